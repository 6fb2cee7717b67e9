// The desk's data in words. Every sentence the agent reads about a state, phase, reason or trouble is chosen here.
import type {
  BannerKind,
  CauseView,
  CertificateProblem,
  ChoiceView,
  CodeView,
  EndedView,
  NoticeKind,
  OutcomeView,
  PartyView,
  PhaseView,
  RecordingProblem,
  StateLabel,
  TroubleKind,
  Why,
} from "../types";
import { m } from "../paraglide/messages";

/** Who it is: the name where known, else the number. */
export const party = (who: PartyView): string => who.name ?? (who.number || m.unknown_party());

/** A code's own words, with the levels above it. */
export function code(id: string | null, codes: CodeView[]): string | undefined {
  return codes.find((entry) => entry.id === id)?.label;
}

export function state(label: StateLabel, idleCodes: CodeView[]): string {
  switch (label.kind) {
    case "signedOut":
      return m.state_signed_out();
    case "available":
      return m.state_available();
    case "offered":
      return m.state_offered();
    case "engaged":
      return m.state_engaged();
    case "wrapUp":
      return m.state_wrap_up();
    case "idle":
      return code(label.code, idleCodes) ?? m.state_idle();
    case "rona":
      return m.state_rona();
  }
}

export const choice = (to: ChoiceView, idleCodes: CodeView[]): string => state(to, idleCodes);

/** Who made the state so, where the agent did not. */
export function cause(what: CauseView): string | undefined {
  switch (what) {
    case "supervisor":
      return m.cause_supervisor();
    case "registrationLost":
      return m.cause_registration();
    case "deviceLost":
      return m.cause_device();
    case "emergency":
      return m.cause_emergency();
    case "restored":
      return m.cause_restored();
    case "timer":
      return m.cause_timer();
    case "agent":
    case "signIn":
    case "rona":
    case "contact":
      return undefined;
  }
}

export function phase(what: PhaseView): string {
  switch (what.kind) {
    case "connecting":
      return m.phase_connecting();
    case "ringing":
      return m.phase_ringing();
    case "answering":
      return m.phase_answering();
    case "dialing":
      return m.phase_dialing();
    case "ringingThere":
      return m.phase_ringing_there();
    case "connected":
      return m.phase_connected();
    case "onHold":
      if (what.byUs && what.byThem) return m.phase_held_both();
      return what.byThem ? m.phase_held_by_them() : m.phase_on_hold();
    case "wrapUp":
      return m.phase_wrap_up();
  }
}

export function ended(how: EndedView): string {
  switch (how.kind) {
    case "byAgent":
      return m.ended_by_agent();
    case "byParty":
      return m.ended_by_party();
    case "failed":
      return m.ended_failed();
  }
}

export function why(reason: Why): string {
  const words: Record<Why, () => string> = {
    notSignedIn: m.why_not_signed_in,
    registrationLost: m.why_registration,
    onHold: m.why_on_hold,
    notConnected: m.why_not_connected,
    contactActive: m.why_contact_active,
    wrapUpPending: m.why_wrap_up,
    offerOnScreen: m.why_offer,
    anotherInProgress: m.why_another,
    reasonMissing: m.why_reason,
    notAllowed: m.why_not_allowed,
    enterNumber: m.why_number,
    inConsult: m.why_in_consult,
    inConference: m.why_in_conference,
  };
  return words[reason]();
}

export function outcome(what: OutcomeView): string {
  const words: Record<OutcomeView, () => string> = {
    answered: m.outcome_answered,
    missed: m.outcome_missed,
    declined: m.outcome_declined,
    abandoned: m.outcome_abandoned,
    answeredElsewhere: m.outcome_elsewhere,
    failed: m.outcome_failed,
    placed: m.outcome_placed,
    notAnswered: m.outcome_not_answered,
  };
  return words[what]();
}

/** What happened, and what the agent can do about it. */
export interface Sentence {
  what: string;
  act?: string;
}

export function trouble(kind: TroubleKind): Sentence {
  switch (kind.kind) {
    case "wrongPassword":
      return { what: m.trouble_wrong_password(), act: m.trouble_wrong_password_act() };
    case "unknownAccount":
      return { what: m.trouble_unknown_account(), act: m.trouble_unknown_account_act() };
    case "unreachable":
      return { what: m.trouble_unreachable({ server: kind.server }), act: m.trouble_unreachable_act() };
    case "refused":
      return { what: m.trouble_refused({ code: kind.code }), act: m.trouble_refused_act() };
    case "busy":
      return { what: m.trouble_busy(), act: m.trouble_busy_act() };
    case "noAnswer":
      return { what: m.trouble_no_answer(), act: m.trouble_no_answer_act() };
    case "notFound":
      return { what: m.trouble_not_found(), act: m.trouble_not_found_act() };
    case "declined":
      return { what: m.trouble_declined(), act: m.trouble_declined_act() };
    case "noCommonCodec":
      return { what: m.trouble_codec(), act: m.trouble_codec_act() };
    case "notEncrypted":
      return { what: m.trouble_not_encrypted(), act: m.trouble_not_encrypted_act() };
    case "wrongKey":
      return { what: m.trouble_wrong_key(), act: m.trouble_wrong_key_act() };
    case "badEntry":
      return { what: m.trouble_entry({ field: kind.field, reason: kind.reason }), act: m.trouble_entry_act() };
    case "noKeychain":
      return { what: m.trouble_keychain(), act: m.trouble_keychain_act() };
    case "certificate":
      return { what: m.trouble_certificate({ server: kind.server }), act: certificate(kind.problem) };
    case "noRelay":
      return { what: m.trouble_no_relay(), act: m.trouble_no_relay_act() };
    case "mediaLost":
      return { what: m.trouble_media_lost(), act: m.trouble_media_lost_act() };
    case "notResumed":
      return { what: m.trouble_not_resumed(), act: m.trouble_not_resumed_act() };
    case "notRecorded":
      return notRecorded(kind.problem);
    case "recordingGap":
      return { what: m.trouble_recording_gap(), act: m.trouble_recording_gap_act() };
    case "notPlayed":
      return { what: m.trouble_not_played(), act: m.trouble_not_played_act() };
    case "other":
      return { what: m.trouble_other({ detail: kind.detail }), act: m.trouble_other_act() };
  }
}

function notRecorded(problem: RecordingProblem): Sentence {
  switch (problem) {
    case "folder":
      return { what: m.trouble_not_recorded_folder(), act: m.trouble_not_recorded_folder_act() };
    case "full":
      return { what: m.trouble_not_recorded_full(), act: m.trouble_not_recorded_full_act() };
    case "disk":
      return { what: m.trouble_not_recorded_disk(), act: m.trouble_not_recorded_disk_act() };
  }
}

function certificate(problem: CertificateProblem): string {
  const words: Record<CertificateProblem, () => string> = {
    unknownAuthority: m.certificate_unknown,
    wrongName: m.certificate_name,
    expired: m.certificate_expired,
    notYetValid: m.certificate_early,
    revoked: m.certificate_revoked,
    oursRefused: m.certificate_ours,
    other: m.certificate_other,
  };
  return words[problem]();
}

export function banner(kind: BannerKind): Sentence {
  switch (kind.kind) {
    case "registrationLost":
      return { what: m.banner_registration(), act: m.banner_registration_act() };
    case "noMicrophone":
      return { what: m.banner_microphone(), act: m.banner_device_act() };
    case "noSpeaker":
      return { what: m.banner_speaker(), act: m.banner_device_act() };
    case "microphoneLow":
      return { what: m.banner_microphone_low() };
    case "speakerLow":
      return { what: m.banner_speaker_low() };
    case "storeUnavailable":
      return { what: m.banner_store(), act: trouble(kind.trouble.what).act };
  }
}

export function notice(kind: NoticeKind): Sentence {
  switch (kind.kind) {
    case "abandoned":
      return { what: m.notice_abandoned({ party: party(kind.party) }) };
    case "answeredElsewhere":
      return { what: m.notice_elsewhere({ party: party(kind.party) }) };
    case "callFailed": {
      const because = trouble(kind.trouble.what);
      return { what: m.notice_call_failed({ party: party(kind.party) }), act: `${because.what} ${because.act ?? ""}` };
    }
    case "failed":
      return trouble(kind.trouble.what);
    case "wrapUpExpired":
      return { what: m.notice_wrap_expired({ party: party(kind.party) }) };
    case "recordingsMended":
      return { what: m.notice_mended({ count: kind.count }) };
    case "dialCleaned":
      return { what: m.notice_cleaned({ dropped: kind.dropped }) };
  }
}
