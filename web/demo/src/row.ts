import type { Failure, Outcome, Progress, Retry, Waiting } from "@upload-broker/client";
import { storedUpload } from "./again.ts";
import { bytesText, durationText, percentOf } from "./amounts.ts";
import { copyOf } from "./dom.ts";
import type { Answered, Sent } from "./exchanges.ts";
import { Pace } from "./pace.ts";
import { canTryAgain, failureWords, suggestedName } from "./words.ts";

/** The steps that a row shows, in order. */
const LEGS = ["ask", "put", "complete", "watch"] as const;

/** State of a row; the style sheet uses the same names. */
type State = "waiting" | "running" | "done" | "failed" | "cancelled";

const CHIPS: Record<Progress["leg"], string> = {
  limits: "Asking",
  ask: "Asking",
  put: "Sending",
  complete: "Completing",
  watch: "Scanning",
};

/** Types of pictures that browsers show. */
const SHOWABLE = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** One file on the page. */
export class Row {
  readonly element: HTMLElement;
  readonly #part: <Part extends HTMLElement>(name: string) => Part;
  #name = "";
  #pace = new Pace();
  #exchanges = 0;
  #waits = 0;

  constructor(file: File, on: { cancel(): void; retry(): void; remove(): void }) {
    const { element, part } = copyOf("row");
    this.element = element;
    this.#part = part;
    part("size").textContent = bytesText(file.size);
    part("thumbnail").append(thumbnail(file));
    for (const action of ["cancel", "retry", "remove"] as const) part(action).addEventListener("click", on[action]);
    this.wait(file.name);
  }

  /** Shows that the file waits, under this name. */
  wait(name: string): void {
    this.#name = name;
    this.#part("name").textContent = name;
    this.#part("progress").setAttribute("aria-label", `Upload progress of ${name}`);
    for (const action of ["cancel", "remove"] as const) this.#label(action, this.#part(action).textContent ?? "");
    this.#pace = new Pace();
    this.#show("waiting", "Waiting");
    this.#part<HTMLProgressElement>("progress").value = 0;
    this.#part("trouble").hidden = true;
    this.#offer("cancel");
    this.#reach(undefined);
  }

  progress({ leg, sentBytes, totalBytes }: Progress): void {
    const percent = percentOf(sentBytes, totalBytes);
    this.#show("running", leg === "put" ? `Sending ${percent} %` : CHIPS[leg]);
    this.#reach(leg === "limits" ? "ask" : leg);
    this.#part<HTMLProgressElement>("progress").value = percent;
    this.#part("pace").textContent = leg === "put" ? this.#paceText(sentBytes, totalBytes) : "";
  }

  /** Shows that the upload waits for its turn, and counts down. */
  inLine({ leg, waitInMs, position }: Waiting): void {
    this.#show("waiting", "In line");
    this.#reach(leg === "limits" ? "ask" : leg);
    const end = performance.now() + waitInMs;
    const wait = (this.#waits += 1);
    const tick = (): void => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (wait !== this.#waits || this.element.dataset["state"] !== "waiting" || left < 0) return;
      this.#part("pace").textContent = `waiting for its turn, about ${durationText(left)}; ${position} before it`;
      setTimeout(tick, 1000);
    };
    tick();
  }

  /** Shows that a request failed and is repeated. */
  retrying({ attempt, failure }: Retry): void {
    this.#part("pace").textContent = `${failureWords(failure).what} Attempt ${attempt} follows.`;
  }

  /** Shows the outcome; returns the text to announce. */
  end(outcome: Outcome): string {
    this.#part("pace").textContent = "";
    if (outcome.ok) return this.#approved();
    return this.#ended(outcome);
  }

  /** Shows a request at once, and its answer when it arrives. */
  watch(sent: Sent): (answered: Answered) => void {
    const { element, part } = copyOf("exchange");
    part("method").textContent = sent.method;
    part("path").textContent = sent.path;
    part("request").textContent = sent.text;
    this.#part("log").append(element);
    this.#exchanges += 1;
    this.#part("summary").textContent = `Requests and answers (${this.#exchanges})`;
    this.#part("exchanges").hidden = false;
    return ({ verdict, isError, text }) => {
      part("verdict").textContent = verdict;
      part("verdict").toggleAttribute("data-error", isError);
      part("answer").textContent = text;
    };
  }

  #approved(): string {
    this.#show("done", "Approved");
    this.#reach("approved");
    this.#offer("remove");
    this.#part("pace").textContent = "attached";
    return `${this.#name} is attached.`;
  }

  #ended(failure: Failure): string {
    const { what, advice } = failureWords(failure);
    const isCancelled = failure.code === "cancelled";
    this.#show(isCancelled ? "cancelled" : "failed", isCancelled ? "Cancelled" : failure.code === "rejected" ? "Rejected" : "Failed");
    this.#part("what").textContent = what;
    this.#part("advice").textContent = advice;
    this.#part("detail").textContent = `${failure.code} at ${failure.leg}: ${failure.detail}`;
    this.#part("technical").hidden = isCancelled;
    this.#part("trouble").hidden = false;
    const isStored = storedUpload(failure) !== undefined;
    const suggestion = suggestedName(failure);
    this.#label("retry", isStored ? "Keep waiting" : suggestion === undefined ? "Try again" : `Upload as “${suggestion}”`);
    this.#offer(...(canTryAgain(failure) || isStored ? (["retry", "remove"] as const) : (["remove"] as const)));
    return `${this.#name}: ${what} ${advice}`;
  }

  #label(action: "cancel" | "retry" | "remove", text: string): void {
    const button = this.#part(action);
    button.textContent = text;
    button.setAttribute("aria-label", `${text}: ${this.#name}`);
  }

  #show(state: State, chip: string): void {
    this.element.dataset["state"] = state;
    this.#part("chip").textContent = chip;
  }

  /** Shows only these buttons. If the focused button disappears, the first of them gets the focus. */
  #offer(...offered: ("cancel" | "retry" | "remove")[]): void {
    const focused = document.activeElement;
    const held = focused instanceof HTMLElement && this.#part("cancel").parentElement?.contains(focused) === true;
    for (const action of ["cancel", "retry", "remove"] as const) this.#part(action).hidden = !offered.includes(action);
    const [first] = offered;
    if (held && focused.hidden && first) this.#part(first).focus();
  }

  #reach(leg: (typeof LEGS)[number] | "approved" | undefined): void {
    const current = leg === "approved" ? LEGS.length : leg === undefined ? -1 : LEGS.indexOf(leg);
    for (const [index, name] of LEGS.entries()) {
      const item = this.element.querySelector<HTMLElement>(`[data-leg="${name}"]`);
      item?.setAttribute("data-reached", index < current ? "past" : index === current ? "now" : "");
      if (index === current) item?.setAttribute("aria-current", "step");
      else item?.removeAttribute("aria-current");
    }
  }

  #paceText(sentBytes: number, totalBytes: number): string {
    this.#pace.add(performance.now(), sentBytes);
    const speed = this.#pace.bytesPerSecond();
    const left = this.#pace.secondsLeft(totalBytes);
    return speed && left !== undefined ? `${bytesText(speed)}/s, ${durationText(left)} left` : "";
  }
}

/** The picture itself, or the extension of another file. */
const thumbnail = (file: File): HTMLElement => {
  if (!SHOWABLE.test(file.type)) {
    const tile = document.createElement("span");
    tile.textContent = file.name.slice(file.name.lastIndexOf(".") + 1, file.name.length).slice(0, 4) || "file";
    return tile;
  }
  const image = new Image();
  image.alt = "";
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return image;
};
