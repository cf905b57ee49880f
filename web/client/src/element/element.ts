/** `<connect-upload endpoint resource token>`: importing this module defines the element. */
import { createUploadList } from "../list/list.ts";
import type { UploadItem, UploadList, UploadListEvent, UploadListOptions } from "../list/types.ts";
import { en } from "../messages/en.ts";
import { fill } from "../messages/amounts.ts";
import type { TokenSource, UploadFile } from "../options.ts";
import { langOf, type Language, languageOf, languageWith, listenForLanguage, type OwnMessages } from "./language.ts";
import { type Action, troubleOf } from "./row.ts";
import { STYLES } from "./styles.ts";
import { listenForFiles, type Taken } from "./take.ts";
import { View } from "./view.ts";

const TAG = "connect-upload";
const ATTRIBUTES = ["endpoint", "resource", "token", "caller", "disabled"] as const;
const PROPERTIES = [...ATTRIBUTES, "options", "messages"] as const;
const TICK_MS = 1_000;
/** On a server there are no elements, but a page's code may import this module. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** Options beyond the attributes. */
export type ConnectUploadOptions = Partial<Omit<UploadListOptions, "endpoint" | "resource" | "token" | "caller" | "onEvent">>;

export class ConnectUploadElement extends Base {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  #token: string | TokenSource | undefined;
  #options: ConnectUploadOptions = {};
  #own: OwnMessages = {};
  #language: Language = languageWith(en, "en", {});
  #list: UploadList | undefined;
  #view: View | undefined;
  #connected: AbortController | undefined;
  #isOutdated = false;
  #translations = 0;
  readonly #saidToWait = new Set<number>();

  /** A bearer token, or a function that returns one. Overrides the attribute. */
  get token(): string | TokenSource | undefined {
    return this.#token ?? this.getAttribute("token") ?? undefined;
  }
  set token(token: string | TokenSource | undefined) {
    this.#token = token;
    this.#update();
  }
  get endpoint(): string {
    return this.getAttribute("endpoint") ?? "";
  }
  set endpoint(endpoint: string) {
    this.#reflect("endpoint", endpoint);
  }
  get resource(): string {
    return this.getAttribute("resource") ?? "";
  }
  set resource(resource: string) {
    this.#reflect("resource", resource);
  }
  /** Names the person who is signed in: with it, a new token takes the place of the old one. */
  get caller(): string | undefined {
    return this.getAttribute("caller") ?? undefined;
  }
  set caller(caller: string | undefined) {
    this.#reflect("caller", caller);
  }
  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }
  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }
  /** Options of the uploader and its list, such as `fetch`, `concurrency` and `tags`. */
  get options(): ConnectUploadOptions {
    return this.#options;
  }
  set options(options: ConnectUploadOptions) {
    this.#options = options ?? {};
    this.#update();
  }
  /** Texts of the page's own; those that are left out stay as they are. */
  get messages(): OwnMessages {
    return this.#own;
  }
  set messages(messages: OwnMessages) {
    this.#own = messages ?? {};
    void this.#translate();
  }

  connectedCallback(): void {
    // A page may have set these before the element was defined.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      Reflect.deleteProperty(this, name);
      Object.assign(this, { [name]: value });
    }
    this.#view ??= this.#render();
    const { signal } = (this.#connected = new AbortController());
    listenForFiles(this, this.#view.drop, () => this.#isOn(), (taken) => this.#take(taken), signal);
    listenForLanguage(this, () => void this.#translate(), signal);
    for (const change of ["online", "offline"]) addEventListener(change, () => this.#show(), { signal });
    const ticking = setInterval(() => this.#list?.state().items.some(({ waiting }) => waiting) && this.#show(), TICK_MS);
    signal.addEventListener("abort", () => clearInterval(ticking));
    void this.#translate();
    this.#update();
  }

  /** Uploads go on, because a page may only move the element, or show another view. */
  disconnectedCallback(): void {
    this.#connected?.abort();
  }

  attributeChangedCallback(): void {
    this.#update();
  }

  /** The list of files: cancels, retries and removes them. Undefined until there is an endpoint and a resource. */
  get list(): UploadList | undefined {
    this.#apply();
    return this.#list;
  }
  /** Adds files as if they were chosen: none while the element is disabled, or has no resource. */
  add(files: Iterable<UploadFile>): void {
    if (!this.#isOn()) return;
    this.list?.add([...files].filter((file) => this.#dispatch("choose", { file }, true)));
  }

  /** Frameworks set a property to `undefined` or `null` when it has no value. */
  #reflect(name: string, value: string | null | undefined): void {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  #isOn(): boolean {
    return !this.disabled && this.endpoint !== "" && this.resource !== "";
  }

  #render(): View {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    const view = new View({
      act: (action, id) => this.#act(action, id),
      cancelAll: () => this.#list?.cancel(),
      removeEnded: () => this.#list?.remove(),
      choose: (files) => this.#take({ files, folders: [] }),
    });
    root.append(view.element);
    return view;
  }

  #act(action: Action, id: number): void {
    this.#list?.[action](id);
  }

  #take({ files, folders }: Taken): void {
    this.#view?.showFolders(folders, this.#language);
    this.add(files);
  }

  /** Brings attributes and properties into the list together, because a new token and a new caller belong together. */
  #update(): void {
    this.#isOutdated = true;
    queueMicrotask(() => this.#apply());
  }

  #apply(): void {
    if (!this.#isOutdated || !this.#connected) return;
    this.#isOutdated = false;
    if (!this.#isOn()) return this.#show();
    const { endpoint, resource, token, caller } = this;
    const options = { ...this.#options, endpoint, resource, token, caller };
    if (this.#list) this.#list.update(options);
    else this.#begin(options);
    this.#show();
  }

  #begin(options: UploadListOptions): void {
    this.#list = createUploadList({ ...options, onEvent: (event) => this.#tell(event) });
    this.#list.subscribe(() => this.#show());
    this.#list.start();
  }

  async #translate(): Promise<void> {
    const turn = (this.#translations += 1);
    const language = await languageOf(langOf(this), this.#own);
    // Texts that were loaded for an earlier language may come later.
    if (turn !== this.#translations) return;
    this.#language = language;
    this.#show();
  }

  #show(): void {
    this.#view?.show(this.#list?.state(), this.#language, this.resource, this.#isOn());
  }

  #tell({ type, ...detail }: UploadListEvent): void {
    if ("item" in detail) this.#say(type, detail.item);
    this.#dispatch(type, { ...detail, total: this.#list?.state().total });
  }

  #say(type: UploadListEvent["type"], item: UploadItem): void {
    const { said } = this.#language.messages;
    const { id, name, outcome } = item;
    // Once for each file, because a screen reader would speak of nothing else in a long line.
    if (type === "waiting" && this.#saidToWait.has(id)) return;
    if (type === "waiting") this.#saidToWait.add(id);
    if (type === "add" || type === "waiting") this.#view?.say(fill(said[type === "add" ? "added" : type], { name }));
    if (type === "outcome" && outcome)
      this.#view?.say(outcome.ok ? fill(said.approved, { name }) : `${name}: ${troubleOf(item, outcome, this.#language).join(" ")}`);
  }

  #dispatch(type: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(`${TAG}:${type}`, { detail, bubbles: true, composed: true, cancelable }));
  }
}
