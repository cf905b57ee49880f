import { canTryAgain, storedUpload, suggestedName } from "../list/again.ts";
import type { UploadItem } from "../list/types.ts";
import type { Failure } from "../outcome.ts";
import { bytesText, durationText, fill, percentOf, percentText } from "../messages/amounts.ts";
import type { WhatAndAdvice } from "../messages/messages.ts";
import { failureWords } from "../messages/words.ts";
import { make, setText } from "./dom.ts";
import type { Language } from "./language.ts";

const STEPS = ["ask", "put", "complete", "watch"] as const;
const ACTIONS = ["cancel", "retry", "remove"] as const;
export type Action = (typeof ACTIONS)[number];

/** Types of pictures that browsers show. */
const SHOWABLE = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** One file of the element. */
export class Row {
  readonly #thumbnail = make("div", "thumbnail", { ariaHidden: "true" });
  readonly #name = make("bdi", "name");
  readonly #chip = make("span", "status");
  readonly #size = make("span", "size");
  readonly #note = make("span", "note");
  readonly #bar = make("progress", "progress", { max: 100, value: 0 });
  readonly #steps = STEPS.map((leg) => Object.assign(make("li", "step"), { leg }));
  readonly #list = make("ol", "steps", {}, ...this.#steps);
  readonly #what = make("strong", "what");
  readonly #advice = make("span", "advice");
  readonly #summary = make("summary", "");
  readonly #detail = make("p", "detail");
  readonly #details = make("details", "details", {}, this.#summary, this.#detail);
  readonly #trouble = make("div", "trouble", {}, make("p", "", {}, this.#what, " ", this.#advice), this.#details);
  readonly #buttons: Readonly<Record<Action, HTMLButtonElement>>;
  readonly element: HTMLLIElement;
  #pictured: unknown;
  #shows: readonly unknown[] | undefined;

  constructor(on: (action: Action) => void) {
    const button = (action: Action): HTMLButtonElement =>
      make("button", `button ${action}`, { type: "button", onclick: () => on(action) });
    this.#buttons = { cancel: button("cancel"), retry: button("retry"), remove: button("remove") };
    const title = make("p", "title", {}, this.#name, " ", this.#chip);
    const facts = make("p", "facts", {}, this.#size, this.#note);
    const body = make("div", "body", {}, title, facts, this.#bar, this.#list, this.#trouble);
    const actions = make("div", "actions", {}, ...ACTIONS.map((action) => this.#buttons[action]));
    this.element = make("li", "item", {}, this.#thumbnail, body, actions);
  }

  show(item: UploadItem, language: Language, isSigningIn: boolean): void {
    const shows = [item, language, isSigningIn] as const;
    // Of many files few change at a time. A row that counts down changes by itself.
    if (!item.waiting && shows.every((value, at) => value === this.#shows?.[at])) return;
    this.#shows = shows;
    const { messages, lang } = language;
    const name = item.name || messages.unnamed;
    const chip = item.outcome?.code === "rejected" ? "rejected" : item.state === "running" ? item.leg : item.state;
    const percent = percentOf(item.sentBytes, item.size);
    this.element.dataset["state"] = item.state;
    this.element.setAttribute("part", `item ${item.state}`);
    this.#picture(item);
    setText(this.#name, name);
    setText(this.#chip, fill(messages.chip[chip], { percent: percentText(percent, lang) }));
    setText(this.#size, bytesText(item.size, lang));
    setText(this.#note, noteOf(item, language, isSigningIn));
    this.#bar.value = percent;
    this.#bar.ariaLabel = fill(messages.progress, { name });
    this.#showSteps(item, language);
    this.#showTrouble(item, language);
    this.#offer(item, name, language);
  }

  #showSteps(item: UploadItem, { messages }: Language): void {
    const leg = item.leg === "limits" ? "ask" : item.leg;
    const at = item.state === "approved" ? STEPS.length : item.state === "queued" ? -1 : STEPS.indexOf(leg);
    this.#list.ariaLabel = messages.steps;
    for (const [index, step] of this.#steps.entries()) {
      setText(step, messages.step[step.leg]);
      step.dataset["leg"] = step.leg;
      step.dataset["reached"] = index < at ? "past" : index === at ? "now" : "";
      step.ariaCurrent = index === at ? "step" : null;
    }
  }

  #showTrouble(item: UploadItem, language: Language): void {
    const { outcome } = item;
    this.#trouble.hidden = !outcome || outcome.ok;
    if (!outcome || outcome.ok) return;
    const [what, advice] = troubleOf(item, outcome, language);
    setText(this.#what, what);
    setText(this.#advice, advice);
    setText(this.#summary, language.messages.details);
    setText(this.#detail, `${outcome.code} at ${outcome.leg}: ${outcome.detail}`);
    this.#details.hidden = outcome.code === "cancelled";
  }

  /** Shows only the buttons that help. If the focused one disappears, the first of them gets the focus. */
  #offer({ outcome, file, upload }: UploadItem, name: string, { messages }: Language): void {
    const suggestion = suggestedName(outcome);
    const retry = storedUpload(outcome) ? messages.keepWaiting : suggestion === undefined ? messages.retry : fill(messages.uploadAs, { name: suggestion });
    const mayRetry = outcome && canTryAgain(outcome) && (file ?? upload) !== undefined;
    const offered = !outcome ? ["cancel"] : mayRetry ? ["retry", "remove"] : ["remove"];
    const root = this.element.getRootNode() as ShadowRoot;
    const focused = ACTIONS.find((action) => this.#buttons[action] === root.activeElement);
    for (const action of ACTIONS) {
      const label = action === "retry" ? retry : messages[action];
      const button = this.#buttons[action];
      button.hidden = !offered.includes(action);
      setText(button, label);
      button.ariaLabel = fill(messages.action, { action: label, name });
    }
    if (focused && !offered.includes(focused)) this.focus();
  }

  focus(): void {
    ACTIONS.map((action) => this.#buttons[action]).find(({ hidden }) => !hidden)?.focus();
  }

  /** Shows the picture itself, or the extension of another file. */
  #picture({ file, name }: UploadItem): void {
    const pictured = file ?? name;
    if (this.#pictured === pictured) return;
    this.#pictured = pictured;
    const tile = make("span", "", {}, /\.([^.]{1,4})[^.]*$/.exec(name)?.[1] ?? "·");
    if (!file || !SHOWABLE.test(file.type)) return this.#thumbnail.replaceChildren(tile);
    const src = URL.createObjectURL(file);
    const free = (): void => URL.revokeObjectURL(src);
    const failed = (): void => (free(), this.#thumbnail.replaceChildren(tile));
    this.#thumbnail.replaceChildren(make("img", "", { alt: "", src, onload: free, onerror: failed }));
  }
}

/** What happened and what to do. A file of an earlier page cannot be sent again, so it has to be chosen again. */
export const troubleOf = ({ file }: UploadItem, outcome: Failure, { messages, lang }: Language): WhatAndAdvice => {
  const isLost = outcome.code === "file-unreadable" || (outcome.code === "refused" && outcome.problem?.code === "upload-incomplete");
  return isLost && !file ? messages.failure.lost : failureWords(outcome, messages, lang);
};

/** What the file waits for. */
const noteOf = (item: UploadItem, { messages, lang }: Language, isSigningIn: boolean): string => {
  const { note } = messages;
  const { waiting, retry, state, leg, bytesPerSecond: speed, secondsLeft } = item;
  if (retry) return fill(note.retry, { what: failureWords(retry.failure, messages, lang)[0], attempt: retry.attempt });
  if (state === "queued" || state === "approved") return note[state];
  if (waiting) {
    const time = durationText(Math.ceil((waiting.untilMs - Date.now()) / 1000), lang);
    return fill(note.waiting, { time, position: waiting.position });
  }
  if (state !== "running") return "";
  if (leg !== "put") return isSigningIn && leg !== "watch" ? note.signingIn : note[leg];
  return speed && secondsLeft !== undefined ? fill(note.pace, { speed: bytesText(speed, lang), time: durationText(secondsLeft, lang) }) : "";
};
