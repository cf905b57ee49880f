import type { UploadListState } from "../list/types.ts";
import { bytesText, fill, percentOf } from "../messages/amounts.ts";
import { scopesFor } from "../limits.ts";
import { icon, make, setText } from "./dom.ts";
import type { Language } from "./language.ts";
import { type Action, Row } from "./row.ts";

/** What a person can do in the view. */
export interface Handlers {
  act(action: Action, id: number): void;
  cancelAll(): void;
  removeEnded(): void;
  choose(files: readonly File[]): void;
}

/** The content of the element's shadow root. */
export class View {
  readonly input: HTMLInputElement = make("input", "", { type: "file", multiple: true, className: "hidden" });
  readonly #choose = make("span", "");
  readonly #prompt = make("span", "");
  readonly #limits = make("p", "limits", { id: "limits" });
  readonly #folder = make("p", "alert", { role: "alert", hidden: true });
  readonly #offline = make("p", "alert", { role: "alert", hidden: true });
  readonly #label = make("label", "button choose", {}, this.#choose, this.input);
  readonly drop: HTMLDivElement = make("div", "drop", {}, icon(), make("p", "prompt", {}, this.#prompt, " ", this.#label), this.#limits, this.#folder);
  readonly #total = make("p", "total-text");
  readonly #bar = make("progress", "progress total-progress", { max: 100, value: 0 });
  readonly #cancelAll = make("button", "button cancel-all", { type: "button" });
  readonly #removeEnded = make("button", "button remove-ended", { type: "button" });
  readonly #summary = make("div", "total", {}, this.#total, this.#cancelAll, this.#removeEnded, this.#bar);
  readonly #list = make("ol", "list");
  readonly #said = make("p", "", { className: "hidden", role: "status" });
  readonly element: HTMLDivElement = make("div", "base", {}, this.#offline, this.drop, this.#summary, this.#list, this.#said);
  readonly #rows = new Map<number, Row>();
  readonly #on: Handlers;

  constructor(on: Handlers) {
    this.#on = on;
    this.input.setAttribute("aria-describedby", "limits");
    this.input.onchange = () => {
      on.choose([...(this.input.files ?? [])]);
      // So that the same file can be chosen again.
      this.input.value = "";
    };
    this.#cancelAll.onclick = on.cancelAll;
    this.#removeEnded.onclick = on.removeEnded;
  }

  show(state: UploadListState | undefined, language: Language, resource: string, isOn: boolean): void {
    const { messages } = language;
    this.element.lang = language.lang;
    setText(this.#prompt, messages.drop);
    setText(this.#choose, messages.choose);
    setText(this.#limits, limitsText(state?.limits, language, resource));
    setText(this.#offline, messages.offline);
    this.#offline.hidden = navigator.onLine;
    this.input.disabled = !isOn;
    this.input.accept = state?.accept ?? "";
    this.#summary.hidden = !state?.items.length;
    if (!state) return;
    this.#showTotal(state, language);
    this.#showRows(state, language);
  }

  #showTotal({ total, items }: UploadListState, { messages, lang }: Language): void {
    const { files, endedFiles, sentBytes, totalBytes } = total;
    const values = { ended: endedFiles, files, sent: bytesText(sentBytes, lang), size: bytesText(totalBytes, lang) };
    setText(this.#total, fill(messages.total, values));
    setText(this.#cancelAll, messages.cancelAll);
    setText(this.#removeEnded, messages.removeEnded);
    this.#cancelAll.hidden = items.every(({ outcome }) => outcome);
    this.#removeEnded.hidden = items.every(({ outcome }) => !outcome);
    this.#bar.value = percentOf(sentBytes, totalBytes);
    this.#bar.ariaLabel = messages.totalProgress;
    this.#list.ariaLabel = messages.files;
  }

  #showRows({ items, isSigningIn }: UploadListState, language: Language): void {
    const gone = new Set(this.#rows.keys());
    for (const item of items) {
      gone.delete(item.id);
      const row = this.#rows.get(item.id) ?? this.#newRow(item.id);
      row.show(item, language, isSigningIn);
    }
    for (const id of gone) this.#removeRow(id);
  }

  #newRow(id: number): Row {
    const row = new Row((action) => this.#on.act(action, id));
    this.#rows.set(id, row);
    this.#list.append(row.element);
    return row;
  }

  /** Removes a row. If it had the focus, its neighbour gets it, or the button that chooses files. */
  #removeRow(id: number): void {
    const element = this.#rows.get(id)?.element;
    const hadFocus = element?.contains((element.getRootNode() as ShadowRoot).activeElement);
    const near = element?.nextElementSibling ?? element?.previousElementSibling;
    element?.remove();
    this.#rows.delete(id);
    if (!hadFocus) return;
    const neighbour = [...this.#rows.values()].find((row) => row.element === near);
    (neighbour ?? this.input).focus();
  }

  /** Says a text to screen readers; it is not visible. */
  say(text: string): void {
    this.#said.textContent = text;
  }

  showFolders(names: readonly string[], { messages }: Language): void {
    this.#folder.hidden = !names.length;
    setText(this.#folder, names.map((name) => fill(messages.folder, { name })).join(" "));
  }
}

const limitsText = (limits: UploadListState["limits"], { messages, lang }: Language, resource: string): string => {
  if (!limits) return messages.limitsLoading;
  if (!limits.ok) return messages.limitsUnknown;
  const scopes = scopesFor(resource, limits.limits);
  if (!scopes.length) return messages.limitsNone;
  const size = bytesText(Math.max(...scopes.map((scope) => scope.maxFileSizeInBytes)), lang);
  const types = [...new Set(scopes.flatMap((scope) => scope.allowedExtensions))].join(", ");
  return fill(messages.limits, { size, types });
};
