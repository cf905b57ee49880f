/** Files that a page gives to the element, and folders, which browsers give as files that cannot be read. */
export interface Taken {
  readonly files: readonly File[];
  readonly folders: readonly string[];
}

/** What was dropped or pasted. */
export const takenFrom = (data: DataTransfer | null): Taken => {
  const items = [...(data?.items ?? [])].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => [item, item.webkitGetAsEntry()] as const);
  return {
    files: entries.flatMap(([item, entry]) => (entry?.isDirectory ? [] : (item.getAsFile() ?? []))),
    folders: entries.flatMap(([, entry]) => (entry?.isDirectory ? [entry.name] : [])),
  };
};

/** Whether a paste belongs to a field that the person is writing in. */
const isForField = (event: Event): boolean => {
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=file]), textarea"));
};

/** Listens for drops on `host`, and for files pasted anywhere on the page. Ends with the signal. */
export const listenForFiles = (host: HTMLElement, drop: HTMLElement, isOn: () => boolean, take: (taken: Taken) => void, signal: AbortSignal): void => {
  const over = (isOver: boolean): void => void drop.toggleAttribute("data-over", isOver);
  host.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (isOn()) over(true);
    else event.dataTransfer.dropEffect = "none";
  }, { signal });
  host.addEventListener("dragleave", (event) => {
    if (!host.contains(event.relatedTarget as Node | null)) over(false);
  }, { signal });
  host.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    over(false);
    if (isOn()) take(takenFrom(event.dataTransfer));
  }, { signal });
  document.addEventListener("paste", (event) => {
    // Another element of the page may have taken the files.
    if (event.defaultPrevented || !isOn() || !event.clipboardData?.files.length || isForField(event)) return;
    event.preventDefault();
    take(takenFrom(event.clipboardData));
  }, { signal });
};
