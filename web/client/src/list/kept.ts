import type { UploadListOptions } from "./types.ts";

/** What is remembered of an unfinished upload. Contains no token and no presigned URL. */
export interface Kept {
  readonly name: string;
  readonly size: number;
  readonly upload?: string | undefined;
}

/** Uploads that a list of this page takes care of, by their key. */
const taken = new Set<string>();

export interface Keeper {
  keep(id: string, upload: Kept): void;
  forget(id: string): void;
  /** What an earlier page has left for this endpoint and resource. Each is given away once. */
  left(): (readonly [id: string, upload: Kept])[];
}

/** Undefined for what this page did not write. */
const keptFrom = (text: string | null): Kept | undefined => {
  try {
    const { name, size, upload } = JSON.parse(text ?? "");
    return typeof name === "string" && typeof size === "number" ? { name, size, upload } : undefined;
  } catch {
    return undefined;
  }
};

/** Remembers each upload under a key of its own, so that several lists of a page do not overwrite each other. */
export const keeperOf = (storage: UploadListOptions["storage"], endpoint: string, resource: string): Keeper => {
  const prefix = `upload-broker ${endpoint} ${resource} `;
  const quietly = <Value>(use: (storage: NonNullable<UploadListOptions["storage"]>) => Value): Value | undefined => {
    try {
      // A page in a sandbox has no storage, and the getter throws.
      const all = storage === undefined ? globalThis.sessionStorage : storage;
      return all ? use(all) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    keep(id, upload) {
      taken.add(prefix + id);
      quietly((all) => all.setItem(prefix + id, JSON.stringify(upload)));
    },
    forget: (id) => void quietly((all) => all.removeItem(prefix + id)),
    left: () =>
      quietly((all) => {
        const keys = Array.from({ length: all.length }, (_, at) => all.key(at) ?? "");
        const mine = keys.filter((key) => key.startsWith(prefix) && !taken.has(key));
        return mine.flatMap((key) => {
          taken.add(key);
          const kept = keptFrom(all.getItem(key));
          if (!kept) all.removeItem(key);
          return kept ? [[key.slice(prefix.length), kept] as const] : [];
        });
      }) ?? [],
  };
};
