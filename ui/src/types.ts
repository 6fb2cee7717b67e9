// The shapes that cross between shell and window, as they really arrive: the generated bindings say of a missing value that
// it may be left out, since Rust would accept that; what Rust sends always carries it, as `null`.
import type * as wire from "./bindings";

/** The same shape with nothing left out. */
type Whole<T> = T extends readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> }
    : T;

export type ActionView = Whole<wire.ActionView>;
export type ActionsView = Whole<wire.ActionsView>;
export type AppView = Whole<wire.AppView>;
export type AudioCommand = Whole<wire.AudioCommand>;
export type AudioView = Whole<wire.AudioView>;
export type BannerKind = Whole<wire.BannerKind>;
export type CauseView = Whole<wire.CauseView>;
export type CertificateProblem = Whole<wire.CertificateProblem>;
export type ChoiceView = Whole<wire.ChoiceView>;
export type CodeView = Whole<wire.CodeView>;
export type Command = Whole<wire.Command>;
export type ConfiguredAccount = Whole<wire.ConfiguredAccount>;
export type ConfigTrouble = Whole<wire.ConfigTrouble>;
export type ConnectionView = Whole<wire.ConnectionView>;
export type ContactId = Whole<wire.ContactId>;
export type ContactView = Whole<wire.ContactView>;
export type DeskView = Whole<wire.DeskView>;
export type DeviceKind = Whole<wire.DeviceKind>;
export type DeviceView = Whole<wire.DeviceView>;
export type EndedView = Whole<wire.EndedView>;
export type GreetingCommand = Whole<wire.GreetingCommand>;
export type GreetingTrouble = Whole<wire.GreetingTrouble>;
export type GreetingView = Whole<wire.GreetingView>;
export type GreetingsView = Whole<wire.GreetingsView>;
export type HistoryFilter = Whole<wire.HistoryFilter>;
export type HistoryPage = Whole<wire.HistoryPage>;
export type HistoryQuery = Whole<wire.HistoryQuery>;
export type HistoryRowView = Whole<wire.HistoryRowView>;
export type Levels = Whole<wire.Levels>;
export type NoticeKind = Whole<wire.NoticeKind>;
export type OutcomeView = Whole<wire.OutcomeView>;
export type PartyView = Whole<wire.PartyView>;
export type PhaseView = Whole<wire.PhaseView>;
export type PracticeCommand = Whole<wire.PracticeCommand>;
export type Privacy = Whole<wire.Privacy>;
export type Processing = Whole<wire.Processing>;
export type QualityView = Whole<wire.QualityView>;
export type RecordingProblem = Whole<wire.RecordingProblem>;
export type RecordingView = Whole<wire.RecordingView>;
export type Shape = Whole<wire.Shape>;
export type SoundProblem = Whole<wire.SoundProblem>;
export type SoundSummary = Whole<wire.SoundSummary>;
export type SignInRequest = Whole<wire.SignInRequest>;
export type Snapshot = Whole<wire.Snapshot>;
export type Stage = Whole<wire.Stage>;
export type StudioView = Whole<wire.StudioView>;
export type StateLabel = Whole<wire.StateLabel>;
export type TransportChoice = Whole<wire.TransportChoice>;
export type TroubleKind = Whole<wire.TroubleKind>;
export type TroubleView = Whole<wire.TroubleView>;
export type VariableView = Whole<wire.VariableView>;
export type Why = Whole<wire.Why>;
export type WrapUpView = Whole<wire.WrapUpView>;
