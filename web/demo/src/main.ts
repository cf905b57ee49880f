import { createUploader, type Outcome, type Uploader } from "@upload-broker/client";
import { storedUpload } from "./again.ts";
import { bytesText } from "./amounts.ts";
import { announce, byId } from "./dom.ts";
import { watchedFetch, watchedSend, type Watcher } from "./exchanges.ts";
import { Queue } from "./queue.ts";
import { Row } from "./row.ts";
import { SAMPLES } from "./samples.ts";
import { readSeeds, Session, type Seeds } from "./stack.ts";
import { folderWords, suggestedName } from "./words.ts";

const FILES_AT_A_TIME = 3;
const UNWATCHED: Watcher = () => () => undefined;

const user = byId<HTMLSelectElement>("user");
const resource = byId<HTMLSelectElement>("resource");
const files = byId<HTMLInputElement>("files");
const drop = byId("drop");
const rows = byId("rows");
const queue = new Queue(FILES_AT_A_TIME);

start().catch(() => {
  byId("limits").textContent = "The local stack does not answer. Start it, then reload the page.";
});

async function start(): Promise<void> {
  const seeds = await readSeeds();
  fill(seeds);
  let session = new Session(seeds.origins.oidc, user.value);
  const showMine = (): Promise<void> => showLimits(uploaderOf(seeds, session, UNWATCHED), resource.value);
  user.addEventListener("change", () => {
    session = new Session(seeds.origins.oidc, user.value);
    void showMine();
  });
  resource.addEventListener("change", () => void showMine());
  const take = (chosen: Iterable<File>): void => {
    for (const file of chosen) add(file, resource.value, seeds, session);
  };
  takeFiles(take);
  offerSamples(take);
  showConnection();
  for (const control of [user, resource, files]) control.disabled = false;
  await showMine();
}

function fill({ users, strangers, cases, contacts }: Seeds): void {
  user.append(...users.map(({ username }) => new Option(username)));
  user.append(...strangers.map(({ username }) => new Option(`${username} (unknown to Connect)`, username)));
  resource.append(group("Cases", "Case", cases), group("Contacts", "Contact", contacts));
}

function group(label: string, kind: string, arns: readonly { readonly arn: string }[]): HTMLOptGroupElement {
  const options = document.createElement("optgroup");
  options.label = label;
  options.append(...arns.map(({ arn }, index) => new Option(`${kind} ${index + 1} (…${arn.slice(-4)})`, arn)));
  return options;
}

function uploaderOf({ origins }: Seeds, session: Session, watch: Watcher): Uploader {
  const fetch = watchedFetch(watch);
  return createUploader({
    endpoint: origins.api,
    token: ({ refused }) => session.token(refused, fetch),
    fetch,
    send: watchedSend(watch),
  });
}

async function showLimits(uploader: Uploader, arn: string): Promise<void> {
  const known = await uploader.limits();
  const mine = known.ok ? known.limits[arn.includes(":cases:") ? "case" : "email"] : undefined;
  byId("limits").textContent = mine
    ? `Up to ${bytesText(mine.maxFileSizeInBytes)} each: ${mine.allowedExtensions.join(", ")}`
    : known.ok
      ? "This user may not add files here. Try it to see the refusal."
      : "The limits could not be loaded. The broker checks each file when you add it.";
}

/** Adds a row for one file and uploads it. */
function add(chosen: File, arn: string, seeds: Seeds, session: Session): void {
  let file = chosen;
  let stop = new AbortController();
  let last: Outcome | undefined;
  const row = new Row(file, { cancel: () => stop.abort(), retry: () => begin(), remove: () => remove(row) });
  const uploader = uploaderOf(seeds, session, (sent) => row.watch(sent));
  let key = crypto.randomUUID();

  const run = (): Promise<Outcome> => {
    const stored = storedUpload(last);
    if (stored !== undefined) return uploader.watch(stored, { signal: stop.signal });
    // An upload that may still exist is repeated under its key; one that is gone needs a new key.
    if (last?.upload === undefined) key = crypto.randomUUID();
    let isToldOfWait = false;
    return uploader.upload(file, {
      resource: arn,
      idempotencyKey: key,
      signal: stop.signal,
      onProgress: (progress) => row.progress(progress),
      onRetry: (retry) => row.retrying(retry),
      onWaiting(waiting) {
        row.inLine(waiting);
        // Once, because a screen reader would speak of nothing else in a long line.
        if (!isToldOfWait) announce(`${file.name} waits for its turn.`);
        isToldOfWait = true;
      },
    });
  };
  const begin = (): void => {
    stop = new AbortController();
    const name = suggestedName(last);
    if (name !== undefined) file = new File([file], name, { type: file.type });
    row.wait(file.name);
    queue.add(async () => {
      last = await run();
      announce(row.end(last));
    });
  };

  rows.prepend(row.element);
  count();
  announce(`${file.name} is being uploaded.`);
  begin();
}

function remove(row: Row): void {
  row.element.remove();
  count();
  byId("list").focus();
}

function count(): void {
  const { childElementCount } = rows;
  byId("empty").hidden = childElementCount > 0;
  byId("count").textContent = childElementCount > 0 ? String(childElementCount) : "";
}

/** Takes files that are chosen in the input or dropped anywhere on the page. */
function takeFiles(take: (chosen: Iterable<File>) => void): void {
  files.addEventListener("change", () => {
    take(files.files ?? []);
    // So that the same file can be chosen again.
    files.value = "";
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.toggleAttribute("data-over", false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", false);
    take(droppedFiles(event.dataTransfer));
  });
}

/** The files of a drop. Folders are announced instead, because browsers give them as files that cannot be read. */
function droppedFiles(data: DataTransfer | null): File[] {
  const dropped = [...(data?.items ?? [])].filter(({ kind }) => kind === "file");
  const folders = dropped.map((item) => item.webkitGetAsEntry()).filter((entry) => entry?.isDirectory);
  const text = folders.map((folder) => folderWords(folder?.name ?? "")).join(" ");
  byId("folder").textContent = text;
  byId("folder").hidden = !text;
  return dropped.flatMap((item) => (item.webkitGetAsEntry()?.isDirectory ? [] : (item.getAsFile() ?? [])));
}

function offerSamples(take: (chosen: Iterable<File>) => void): void {
  for (const { label, make } of SAMPLES) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", async () => take([await make()]));
    byId("samples").append(button);
  }
}

function showConnection(): void {
  const show = (): void => {
    byId("offline").hidden = navigator.onLine;
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}
