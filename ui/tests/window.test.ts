// The window as an agent meets it: what stands there, and what a click or key asks of the desk.
import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { flushSync } from "svelte";
import { afterEach, describe, expect, it } from "vitest";
import type { ContactView } from "../src/types";
import { desk } from "../src/desk.svelte";
import { audioView, appView, contactView, deskView, inCall, onHold, practiceScripts, ringing, wrapping } from "../src/preview/fixtures";
import App from "../src/views/App.svelte";
import { deskShowing, FakeShell } from "./fake";

afterEach(cleanup);

const offered = (contacts: ContactView[]) => deskView({ contacts, popovers: contacts.map((contact) => contact.id) });

async function open(view = deskView()) {
  const shell = await deskShowing(view);
  render(App);
  flushSync();
  return { shell, user: userEvent.setup() };
}

describe("first run", () => {
  const signedOut = deskView({ session: { kind: "signedOut", trouble: null } });

  it("offers three ways, one of them blocked with its reason", async () => {
    const { shell, user } = await open(signedOut);
    const organisation = screen.getByTestId("first-run-organisation");
    expect(organisation).toHaveAttribute("aria-disabled", "true");
    expect(organisation).toHaveAccessibleDescription(/no configuration/);
    await user.click(screen.getByTestId("first-run-practice"));
    expect(shell.asked).toEqual([{ kind: "practice" }]);
  });

  it("session_1 signs in with the account, and refuses an address that is none", async () => {
    const { shell, user } = await open(signedOut);
    await user.click(screen.getByTestId("first-run-account"));
    await user.type(screen.getByTestId("sign-in-address"), "anna");
    await user.click(screen.getByTestId("sign-in-go"));
    expect(screen.getByTestId("sign-in-address")).toHaveAttribute("aria-invalid", "true");
    expect(shell.asked).toEqual([]);
    await user.type(screen.getByTestId("sign-in-address"), "@phone.example.com");
    await user.type(screen.getByTestId("sign-in-password"), "secret");
    await user.click(screen.getByTestId("sign-in-go"));
    expect(shell.asked[0]).toMatchObject({ kind: "account", address: "anna@phone.example.com", password: "secret" });
    expect(screen.getByTestId("sign-in-password")).toHaveValue("");
  });

  it("session_1 takes servers that are others than the address says", async () => {
    const { shell, user } = await open(signedOut);
    await user.click(screen.getByTestId("first-run-account"));
    await user.type(screen.getByTestId("sign-in-address"), "anna@phone.example.com");
    await user.click(screen.getByRole("button", { name: "More settings" }));
    await user.type(screen.getByTestId("sign-in-server"), "sbc1.example.com, sbc2.example.com:5061,");
    await user.click(screen.getByTestId("sign-in-go"));
    expect(shell.asked[0]).toMatchObject({ servers: ["sbc1.example.com", "sbc2.example.com:5061"] });
  });

  it("session_1 begins with what the organisation set up, and asks for the password only", async () => {
    const { shell, user } = await open(signedOut);
    const organisation = {
      organisation: "northwind.example",
      address: "sip:4417@northwind.example",
      displayName: "",
      authUser: "a4417",
      servers: ["sip.northwind.example"],
      transport: "tcp" as const,
    };
    desk.app = appView({ organisation });
    flushSync();
    await user.click(screen.getByTestId("first-run-organisation"));
    await user.type(screen.getByTestId("sign-in-password"), "secret");
    await user.click(screen.getByTestId("sign-in-go"));
    const { address, authUser, servers, transport } = organisation;
    expect(shell.asked[0]).toMatchObject({ kind: "account", address, authUser, servers, transport, password: "secret" });
  });

  it("shows the buttons of a call that goes on while nobody is signed in", async () => {
    const view = deskView({ session: { kind: "signedOut", trouble: null }, contacts: [inCall()], selected: 1 });
    await open(view);
    expect(screen.queryByTestId("first-run-account")).toBeNull();
    expect(screen.getByRole("button", { name: /^End/ })).toBeEnabled();
  });

  it("session_10 says why the last try did not work, with the tracking id", async () => {
    const trouble = { what: { kind: "wrongPassword" as const }, tracking: "K7QX" };
    await open(deskView({ session: { kind: "signedOut", trouble } }));
    expect(screen.getByRole("alert")).toHaveTextContent(/password.*K7QX/s);
  });
});

describe("offers", () => {
  it("offer_1 shows who, queue, number dialled and data, and takes the call", async () => {
    const { shell, user } = await open(offered([ringing(1, "Katarzyna Nowak", "…4417", "Billing", 13)]));
    const card = screen.getByTestId("popover");
    for (const text of [/Katarzyna Nowak/, /…4417 · Billing/, /800 100 200/, /Business Fibre/]) {
      expect(card).toHaveTextContent(text);
    }
    await user.click(within(card).getByTestId("accept"));
    expect(shell.sent).toEqual([{ kind: "accept", contact: 1 }]);
  });

  it("offer_1 a connecting contact cannot be accepted yet", async () => {
    await open(offered([contactView({ phase: { kind: "connecting" }, connection: null })]));
    expect(screen.getByTestId("popover")).toHaveTextContent("Connecting");
    expect(screen.queryByTestId("accept")).toBeNull();
  });

  it("offer_4 shows five of seven, the desk's first on top, and turns to the others", async () => {
    const seven = Array.from({ length: 7 }, (_, index) => ringing(index + 1, `Caller ${index + 1}`, "…1", null, 10));
    const { user } = await open(offered(seven));
    expect(screen.getAllByTestId("popover").map((card) => card.dataset.contact)).toEqual(["1", "2", "3", "4", "5"]);
    expect(screen.getByText("1–5 of 7")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Later offers" }));
    expect(screen.getAllByTestId("popover").map((card) => card.dataset.contact)).toEqual(["6", "7"]);
  });

  it("offer_9 declines by key, and takes no key when there is no offer", async () => {
    const { shell, user } = await open(offered([ringing(4, null, "…1", null, 9)]));
    await user.keyboard("{Alt>}d{/Alt}");
    expect(shell.sent).toEqual([{ kind: "decline", contact: 4 }]);
    shell.ears?.desk(deskView());
    flushSync();
    await user.keyboard("{Alt>}a{/Alt}");
    expect(shell.sent).toHaveLength(1);
    expect(screen.queryByTestId("popover")).toBeNull();
  });

  it("offer_3 closes a dialog that would stand between the agent and the offer", async () => {
    const { shell, user } = await open();
    await user.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    shell.ears?.desk(offered([ringing(1, null, "…1", null, 9)]));
    flushSync();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByTestId("accept")).toBeVisible();
  });

  it("does not take the focus from what is being typed", async () => {
    const { shell, user } = await open();
    await user.type(screen.getByTestId("dial-input"), "112");
    shell.ears?.desk(offered([ringing(1, null, "…1", null, 9)]));
    flushSync();
    expect(screen.getByTestId("dial-input")).toHaveFocus();
  });

  it("offer_3 a missed offer asks for a word, which Escape is not", async () => {
    const { shell, user } = await open(
      deskView({ dialog: { kind: "rona", party: { name: "Anna", number: "…1" }, queue: "Billing" } }),
    );
    expect(screen.getByRole("alertdialog")).toHaveAccessibleDescription(/Anna.*Billing/);
    await user.keyboard("{Escape}");
    await user.click(screen.getByTestId("rona-idle"));
    expect(shell.sent).toEqual([{ kind: "answerRona", goAvailable: false }]);
  });
});

describe("in a call", () => {
  const holding = () => deskView({ contacts: [onHold()], selected: 1 });

  it("call_2 blocked buttons stay in reach and say why, and do nothing", async () => {
    const { shell, user } = await open(holding());
    const end = screen.getByTestId("end");
    expect(end).toHaveAttribute("aria-disabled", "true");
    expect(end).toHaveAccessibleDescription(/on hold/i);
    expect(end).not.toBeDisabled();
    await user.click(end);
    end.focus();
    await user.keyboard("{Enter}");
    expect(shell.sent).toEqual([]);
    await user.click(screen.getByTestId("resume"));
    expect(shell.sent).toEqual([{ kind: "resume", contact: 1 }]);
  });

  it("call_3 mutes, and sends keys by click and by typing", async () => {
    const { shell, user } = await open(deskView({ contacts: [inCall()], selected: 1 }));
    await user.click(screen.getByTestId("mute"));
    await user.click(screen.getByTestId("keypad"));
    await user.click(screen.getByTestId("key-5"));
    await user.keyboard("#x");
    expect(shell.sent).toEqual([
      { kind: "mute", contact: 1, on: true },
      { kind: "key", contact: 1, key: "5" },
      { kind: "key", contact: 1, key: "#" },
    ]);
    await user.keyboard("{Escape}");
    expect(screen.queryByTestId("keypad-panel")).toBeNull();
    expect(screen.getByTestId("keypad")).toHaveFocus();
  });

  it("call_3 says beside the mute button that a muted agent talks, in that call alone", async () => {
    await open(deskView({ contacts: [inCall({ muted: true })], selected: 1, speaksMuted: 1 }));
    expect(screen.getByTestId("talking-muted")).toHaveTextContent(/talking, but muted/);
    expect(screen.getByTestId("talking-muted")).toHaveAttribute("role", "alert");
    cleanup();
    await open(deskView({ contacts: [inCall()], selected: 1, speaksMuted: 2 }));
    expect(screen.getByTestId("talking-muted")).toBeEmptyDOMElement();
  });

  it("call_4 switches noise removal each way during the call, by keyboard too", async () => {
    const { shell, user } = await open(deskView({ contacts: [inCall()], selected: 1 }));
    await user.keyboard("{Alt>}n{/Alt}");
    expect(screen.getByRole("switch", { name: "From what you hear" })).toBeChecked();
    await user.click(screen.getByRole("switch", { name: "From what you hear" }));
    await user.click(screen.getByRole("switch", { name: "From what you send" }));
    expect(shell.asked).toEqual([
      { kind: "switchStage", stage: "removalHeard", on: false },
      { kind: "switchStage", stage: "removalSent", on: true },
    ]);
    await user.keyboard("{Escape}");
    expect(screen.getByTestId("noise")).toHaveFocus();
  });

  it("it_2 what the administrator keeps can't be switched, and says whose it is", async () => {
    const { shell, user } = await open(deskView({ contacts: [inCall()], selected: 1 }));
    shell.ears?.audio(audioView({ managed: ["removalHeard"] }));
    flushSync();
    await user.keyboard("{Alt>}n{/Alt}");
    const heard = screen.getByRole("switch", { name: "From what you hear" });
    expect(heard).toHaveAccessibleDescription("Set by your organisation");
    await user.click(heard);
    await user.click(screen.getByRole("switch", { name: "From what you send" }));
    expect(shell.asked).toEqual([{ kind: "switchStage", stage: "removalSent", on: true }]);
  });

  it("call_11 a volume too low comes with its slider", async () => {
    const banners = [{ what: { kind: "speakerLow" as const }, since: 0 }];
    const { shell } = await open(deskView({ banners, contacts: [inCall()], selected: 1 }));
    const slider = within(screen.getByTestId("banner")).getByRole("slider", { name: "Speaker volume" });
    await fireEvent.input(slider, { target: { value: "60" } });
    expect(shell.asked).toEqual([{ kind: "setSpeakerVolume", percent: 60 }]);
  });

  it.each([
    ["the keyboard", (slider: HTMLElement) => fireEvent.keyDown(slider, { key: "ArrowRight" }), (slider: HTMLElement) => slider.blur()],
    ["the pointer", (slider: HTMLElement) => fireEvent.pointerDown(slider), () => fireEvent.pointerUp(window)],
  ])("call_11 the slider stays under %s until it is let go", async (_, take, leave) => {
    const low = { what: { kind: "speakerLow" as const }, since: 0 };
    const lost = { what: { kind: "noMicrophone" as const }, since: 1 };
    const { shell } = await open(deskView({ banners: [low, lost], contacts: [inCall()], selected: 1 }));
    const slider = screen.getByRole("slider", { name: "Speaker volume" });
    slider.focus();
    await take(slider);
    shell.ears?.desk(deskView({ banners: [lost], contacts: [inCall()], selected: 1 }));
    flushSync();
    expect(slider).toBeInTheDocument();
    expect(slider).toHaveFocus();
    expect(screen.getAllByTestId("banner")[0]).toContainElement(slider);
    await leave(slider);
    flushSync();
    expect(slider).not.toBeInTheDocument();
  });

  it("call_4 noise removal goes with its call, and its key does nothing without one", async () => {
    const { shell, user } = await open(deskView({ contacts: [inCall()], selected: 1 }));
    const show = (contacts: ContactView[]) => {
      shell.ears?.desk(deskView({ contacts, selected: contacts.length ? 1 : null }));
      flushSync();
    };
    await user.keyboard("{Alt>}n{/Alt}");
    expect(screen.getByTestId("noise-panel")).toBeVisible();
    show([]);
    show([inCall()]);
    expect(screen.queryByTestId("noise-panel")).toBeNull();
    show([]);
    await user.keyboard("{Alt>}n{/Alt}");
    show([inCall()]);
    expect(screen.queryByTestId("noise-panel")).toBeNull();
    await user.keyboard("{Alt>}n{/Alt}");
    expect(screen.getByTestId("noise-panel")).toBeVisible();
  });

  it("how private a call is is said, and no button that does nothing", async () => {
    await open(deskView({ contacts: [inCall()], selected: 1 }));
    expect(screen.getByTestId("privacy")).toHaveRole("img");
    expect(screen.getByTestId("privacy")).toHaveAccessibleName();
    expect(screen.getByTestId("privacy")).toHaveProperty("tabIndex", -1);
  });

  it("state_3 the state menu picks what follows the contact", async () => {
    const view = deskView({ contacts: [inCall()], selected: 1 });
    view.state = { ...view.state, label: { kind: "engaged" } };
    const { shell, user } = await open(view);
    await user.click(screen.getByTestId("state-menu"));
    expect(screen.getByRole("menu")).toHaveTextContent("After this contact");
    await user.keyboard("{ArrowDown}{Enter}");
    expect(shell.sent).toEqual([{ kind: "setState", to: { kind: "idle", code: "lunch" } }]);
    expect(screen.queryByRole("menu")).toBeNull();
  });
});

describe("wrap-up", () => {
  it("wrapup_1 wants the mandatory reason, and says so on Submit", async () => {
    const { shell, user } = await open(deskView({ contacts: [wrapping(null)], selected: 1 }));
    expect(screen.getByTestId("submit-wrap-up")).toHaveAccessibleDescription(/reason/i);
    await user.type(screen.getByRole("textbox", { name: "Search reasons" }), "refund");
    expect(screen.queryByTestId("reason-visit")).toBeNull();
    await user.click(screen.getByTestId("reason-refund"));
    expect(shell.sent).toEqual([{ kind: "chooseReason", contact: 1, reason: "refund" }]);
  });

  it.each([
    ["a click", (user: UserEvent) => user.click(screen.getByTestId("submit-wrap-up"))],
    ["its key", (user: UserEvent) => user.keyboard("{Control>}{Enter}{/Control}")],
  ])("wrapup_3 hands the notes on before %s submits", async (_, submit) => {
    const { shell, user } = await open(deskView({ contacts: [wrapping("refund")], selected: 1 }));
    await user.type(screen.getByTestId("notes"), "!");
    await submit(user);
    expect(shell.sent.map((command) => command.kind)).toEqual(["writeNotes", "submitWrapUp"]);
  });
});

describe("the rest of the desk", () => {
  it("call_6 cleans what is pasted, says what it dropped, and dials on Enter", async () => {
    const { shell, user } = await open();
    await user.click(screen.getByTestId("dial-input"));
    await user.paste("Tel. +48 22 555 01 90");
    expect(screen.getByTestId("dial-input")).toHaveValue("+48225550190");
    expect(screen.getByText("Left out: Tel")).toBeVisible();
    await user.keyboard("{Enter}");
    expect(shell.sent).toEqual([{ kind: "dial", target: "+48225550190" }]);
    expect(screen.getByTestId("dial-input")).toHaveValue("");
  });

  it("session_9 a banner says what is down and goes by itself", async () => {
    const { shell } = await open(deskView({ banners: [{ what: { kind: "noMicrophone" }, since: 0 }] }));
    expect(screen.getByTestId("banner")).toHaveTextContent(/hear nothing/);
    shell.ears?.desk(deskView());
    flushSync();
    expect(screen.queryByTestId("banner")).toBeNull();
  });

  it("session_8 sign-out says what is in the way", async () => {
    const session = { kind: "signedIn", account: "a", practice: false } as const;
    const { shell, user } = await open(
      deskView({ session: { ...session, signOut: { kind: "blocked", why: "wrapUpPending" } } }),
    );
    await user.click(screen.getByTestId("state-menu"));
    await user.click(screen.getByTestId("sign-out"));
    expect(screen.getByTestId("sign-out")).toHaveTextContent(/wrap-up is still open/);
    expect(shell.sent).toEqual([]);
  });

  it("notices stay until put away", async () => {
    const { shell, user } = await open(
      deskView({ notices: [{ id: 5, at: 0, what: { kind: "abandoned", party: { name: "Giulia", number: "1" } } }] }),
    );
    expect(screen.getByTestId("notice")).toHaveTextContent("Giulia gave up");
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(shell.sent).toEqual([{ kind: "dismiss", notice: 5 }]);
  });

  it("audio_1 the sound panel watches the levels while it is open, and changes act at once", async () => {
    const { shell, user } = await open();
    await user.click(screen.getByTestId("audio-open"));
    expect(shell.asked).toEqual([{ kind: "watchLevels", on: true }]);
    await user.selectOptions(screen.getByRole("combobox", { name: "Speaker" }), "room");
    await user.click(screen.getByRole("button", { name: "Test speaker" }));
    await user.keyboard("{Escape}");
    expect(shell.asked.slice(1)).toEqual([
      { kind: "chooseSpeaker", device: "room" },
      { kind: "testSpeaker" },
      { kind: "watchLevels", on: false },
    ]);
  });

  it("audio_7 each stage has a switch of its own, and sidetone and ear protection a slider", async () => {
    const { shell, user } = await open();
    await user.click(screen.getByTestId("audio-open"));
    for (const name of ["Cancel echo", "Suppress steady noise", "Even out your voice’s level"])
      await user.click(screen.getByRole("switch", { name }));
    await fireEvent.input(screen.getByRole("slider", { name: /own voice/ }), { target: { value: "40" } });
    const limit = screen.getByRole("slider", { name: /Ear protection/ });
    expect(limit).toHaveAttribute("aria-valuetext", "−6 dB");
    await fireEvent.input(limit, { target: { value: "-12" } });
    expect(shell.asked.slice(1)).toEqual([
      { kind: "switchStage", stage: "echoCancellation", on: false },
      { kind: "switchStage", stage: "noiseSuppression", on: false },
      { kind: "switchStage", stage: "gainControl", on: false },
      { kind: "setSidetone", percent: 40 },
      { kind: "setEarLimit", dbfs: -12 },
    ]);
  });

  it("practice brings its scripts and the rush hour", async () => {
    const shell = new FakeShell(
      deskView({ session: { kind: "signedIn", account: "p", practice: true, signOut: { kind: "ready" } } }),
    );
    shell.appNow = appView({ practiceScripts });
    await desk.connect(shell);
    render(App);
    const user = userEvent.setup();
    await user.click(screen.getByTestId("practice-menu"));
    await user.click(screen.getByTestId("practice-script-impatient"));
    await user.click(screen.getByTestId("practice-rush-hour"));
    expect(shell.asked).toEqual([{ kind: "play", script: "impatient" }, { kind: "rushHour" }]);
  });
});
