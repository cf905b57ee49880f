/** Files to upload and how far each is: the state behind `<connect-upload>`, the React hook and the Vue composable. */
import { check } from "../check.ts";
import { existing, finish } from "../existing.ts";
import { guarded } from "../guarded.ts";
import { laneOf } from "../lane.ts";
import { notify } from "../listener.ts";
import type { UploadFile } from "../options.ts";
import { ended, type Outcome } from "../outcome.ts";
import { queueOf } from "../queue.ts";
import { type Context, objection, randomKey } from "../upload.ts";
import { watch } from "../watch.ts";
import { storedUpload, suggestedName } from "./again.ts";
import { endOf, type Listeners, listenersOf, newItem, stateOf, staysOpen } from "./item.ts";
import { type Keeper, keeperOf } from "./kept.ts";
import { listedUploads } from "./listed.ts";
import { contextOf, isForOthers, type Person, personOf } from "./person.ts";
import type { UploadItem, UploadList, UploadListEvent, UploadListOptions, UploadListState } from "./types.ts";

/** Uploads of an earlier page that are completed at the same time. */
const RESUMED_AT_A_TIME = 6;

/** A file of the list, and what belongs to its current attempt. */
interface Entry {
  item: UploadItem;
  readonly context: Context;
  readonly keeper: Keeper;
  stop: AbortController;
  /** Idempotency key, and name among the remembered uploads. */
  key: string;
}

/** Makes a list. It asks nothing and listens to nothing before it is started or has a file. */
export const createUploadList = (given: UploadListOptions): UploadList => {
  const list = new List(given);
  // As properties, because hooks pass them on without the list.
  return {
    state: () => list.state(),
    subscribe: (listener) => list.subscribe(listener),
    start: () => list.start(),
    update: (options) => list.update(options),
    add: (files) => list.add(files),
    cancel: (id) => list.cancel(id),
    retry: (id) => list.retry(id),
    remove: (id) => list.remove(id),
  };
};

class List {
  #options: UploadListOptions;
  #entries: readonly Entry[] = [];
  #lastId = 0;
  #person: Person = { token: undefined };
  #context: Context | undefined;
  #limits: UploadListState["limits"];
  #signingIn = 0;
  #isStarted = false;
  /** Made when it is asked for, and kept until something changes. */
  #state: UploadListState | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #queue;
  readonly #resumed = laneOf(RESUMED_AT_A_TIME);

  constructor(options: UploadListOptions) {
    this.#options = options;
    this.#queue = queueOf(options.concurrency);
  }

  state(): UploadListState {
    const items = (): UploadItem[] => this.#entries.map(({ item }) => item);
    return (this.#state ??= stateOf(items(), this.#limits, this.#options, this.#signingIn > 0));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(): void {
    if (typeof document === "undefined") return;
    this.#isStarted = true;
    const context = this.#current();
    void guarded("limits", () => context.limits()).then((limits) => {
      if (context !== this.#context) return;
      this.#limits = limits;
      this.#changed({ type: "limits", limits });
    });
    this.#resumeKept();
    if (this.#options.asksBroker) void guarded("watch", () => this.#resumeListed(context));
  }

  update(to: Partial<UploadListOptions>): void {
    const before = this.#options;
    this.#options = { ...before, ...to };
    const { resource, asksBroker } = this.#options;
    const isOther = isForOthers(before, this.#options);
    if (isOther) this.#context = this.#limits = undefined;
    else Object.assign(this.#person, personOf(this.#options));
    if (!isOther && resource === before.resource && asksBroker === before.asksBroker) return;
    this.#changed();
    if (this.#isStarted) this.start();
  }

  add(files: Iterable<UploadFile>): void {
    const added = [...files].map((file) => [this.#push(file.name, file.size, file), file] as const);
    for (const [entry, file] of added) this.#send(entry, file);
  }

  cancel(id?: number): void {
    for (const { stop } of this.#chosen(id)) stop.abort();
  }

  retry(id: number): void {
    for (const entry of this.#chosen(id)) if (entry.item.outcome && !entry.item.outcome.ok) this.#again(entry);
  }

  remove(id?: number): void {
    for (const entry of this.#chosen(id)) {
      if (id === undefined && !entry.item.outcome) continue;
      const { stop } = entry;
      // From now on the attempt changes nothing.
      entry.stop = new AbortController();
      stop.abort();
      entry.keeper.forget(entry.key);
      this.#entries = this.#entries.filter((other) => other !== entry);
      this.#changed({ type: "remove", item: entry.item });
      if (!entry.item.outcome) this.#completed();
    }
  }

  #chosen(id?: number): readonly Entry[] {
    return this.#entries.filter(({ item }) => id === undefined || item.id === id);
  }

  /** The context of uploads that begin now. */
  #current(): Context {
    const onAsking = (change: 1 | -1): void => {
      this.#signingIn += change;
      this.#changed();
    };
    if (!this.#context) this.#person = personOf(this.#options);
    return (this.#context ??= contextOf(this.#options, this.#person, onAsking));
  }

  #changed(event?: UploadListEvent): void {
    this.#state = undefined;
    globalThis[this.state().isSending ? "addEventListener" : "removeEventListener"]?.("beforeunload", this.#warn);
    if (event) void notify(() => this.#options.onEvent?.(event));
    for (const listener of this.#listeners) void notify(listener);
  }

  /** Makes the browser ask whether to leave the page. */
  readonly #warn = (event: Event): void => event.preventDefault();

  #change(entry: Entry, to: Partial<UploadItem>, type?: "progress" | "waiting" | "retry" | "outcome"): void {
    entry.item = { ...entry.item, ...to };
    this.#changed(type && { type, item: entry.item });
  }

  #push(name: string, size: number, file: UploadFile | undefined, key: string = randomKey()): Entry {
    const { endpoint, resource, storage } = this.#options;
    const item = newItem((this.#lastId += 1), name, size, file, resource);
    const entry = { item, context: this.#current(), keeper: keeperOf(storage, endpoint, resource), stop: new AbortController(), key };
    this.#entries = [...this.#entries, entry];
    this.#changed({ type: "add", item });
    return entry;
  }

  /** Runs an attempt. One that was replaced or has ended changes nothing any more. */
  async #attempt(entry: Entry, run: (listeners: Listeners, signal: AbortSignal) => Promise<Outcome>): Promise<void> {
    const { stop } = entry;
    const isOver = (): boolean => entry.stop !== stop || entry.item.outcome !== undefined;
    const listeners = listenersOf((type, to) => {
      if (isOver()) return;
      if (to.upload && to.upload !== entry.item.upload) this.#keep(entry, to.upload);
      this.#change(entry, to, type);
    });
    const outcome = await guarded("ask", () => run(listeners, stop.signal));
    if (!isOver()) this.#end(entry, outcome);
  }

  #end(entry: Entry, outcome: Outcome): void {
    const end = endOf(entry.item, outcome);
    if (!staysOpen({ ...entry.item, ...end })) entry.keeper.forget(entry.key);
    this.#change(entry, end, "outcome");
    this.#completed();
  }

  /** Says that no file is under way any more, after one has ended or was removed. */
  #completed(): void {
    const { items } = this.state();
    if (items.every((item) => item.outcome)) this.#changed({ type: "complete", items });
  }

  #keep({ keeper, key, item: { name, size } }: Entry, upload?: string): void {
    keeper.keep(key, { name, size, upload });
  }

  #send(entry: Entry, file: UploadFile): void {
    const { context, stop, key } = entry;
    const { resource } = entry.item;
    const { tags, onBehalfOf, urlExpiryInSeconds } = this.#options;
    const [fault] = check(file, { resource });
    if (fault) return this.#end(entry, fault);
    this.#keep(entry);
    const options = { resource, idempotencyKey: key, tags, onBehalfOf, urlExpiryInSeconds };
    void this.#attempt(entry, (listeners, signal) => this.#queue(context, file, { ...options, ...listeners, signal }));
    // A file that does not fit is refused before its turn.
    void objection({ limits: context.limits, file, signal: stop.signal }, resource).then((refusal) => {
      if (!refusal || entry.stop !== stop || entry.item.outcome) return;
      this.#end(entry, refusal);
      stop.abort();
    });
  }

  /** Watches an upload that is stored, or completes one of an earlier page. */
  #follow(entry: Entry, upload: string, isStored: boolean): void {
    const { context } = entry;
    this.#change(entry, { state: "running", leg: isStored ? "watch" : "complete", sentBytes: entry.item.size, upload });
    void this.#attempt(entry, async (listeners, signal) => {
      if (isStored) return existing("watch", context, upload, (url) => watch(context, url, signal));
      const leave = await this.#resumed(signal);
      return finish({ ...context, ...listeners }, upload, signal).finally(leave);
    });
  }

  #again(entry: Entry): void {
    const { outcome, file, upload } = entry.item;
    const stored = storedUpload(outcome);
    const resumable = file ? stored : (stored ?? upload);
    const name = suggestedName(outcome);
    if (!file && !resumable) return;
    entry.stop = new AbortController();
    this.#change(entry, { state: "queued", leg: "limits", sentBytes: 0, outcome: undefined, upload: undefined });
    if (!file || resumable) return this.#follow(entry, resumable as string, stored !== undefined);
    // An upload that may still exist is repeated under its key; one that is gone needs a new key.
    if (!outcome?.upload) entry.key = randomKey();
    const renamed = name === undefined ? file : new File([file], name, { type: file.type });
    this.#change(entry, { file: renamed, name: renamed.name });
    this.#send(entry, renamed);
  }

  #resumeKept(): void {
    const { endpoint, resource, storage } = this.#options;
    for (const [key, { name, size, upload }] of keeperOf(storage, endpoint, resource).left()) {
      const entry = this.#push(name, size, undefined, key);
      if (upload) this.#follow(entry, upload, false);
      else this.#end(entry, ended("file-unreadable", "limits", false, "the page was left before the upload began"));
    }
  }

  async #resumeListed(context: Context): Promise<void> {
    const { resource } = this.#options;
    const listed = await listedUploads(context, resource);
    if (context !== this.#context || resource !== this.#options.resource) return;
    // A handle is sealed anew for each answer, so an upload of this page is told by its size.
    const known = new Set(this.state().items.flatMap((item) => (item.upload && item.resource === resource ? [item.size] : [])));
    for (const { upload, size } of listed) if (!known.has(size)) this.#follow(this.#push("", size, undefined), upload, true);
  }
}
