/** `useConnectUpload` for React 18 and newer. */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createUploadList } from "./list/list.ts";
import type { UploadList, UploadListOptions, UploadListState } from "./list/types.ts";

export type ConnectUpload = UploadListState & Pick<UploadList, "add" | "cancel" | "retry" | "remove">;

/**
 * The files of a component and how far they are. With a list instead of options, components share it.
 *
 * Uploads go on after the component is gone. A new `token` function is the same person's, unless `caller` changes too.
 */
export const useConnectUpload = (given: UploadListOptions | UploadList): ConnectUpload => {
  const latest = useRef(given);
  const [own] = useState(() =>
    isList(given) ? undefined : createUploadList({ caller: "", ...given, onEvent: (event) => optionsOf(latest.current)?.onEvent?.(event) }),
  );
  const list = isList(given) ? given : (own as UploadList);
  useEffect(() => {
    latest.current = given;
    const { onEvent: _, ...options } = optionsOf(given) ?? {};
    if (!isList(given)) list.update({ caller: "", ...options });
  });
  useEffect(() => list.start(), [list]);
  const state = useSyncExternalStore(list.subscribe, list.state, list.state);
  const { add, cancel, retry, remove } = list;
  return { ...state, add, cancel, retry, remove };
};

const isList = (given: UploadListOptions | UploadList): given is UploadList => "subscribe" in given;
const optionsOf = (given: UploadListOptions | UploadList): UploadListOptions | undefined => (isList(given) ? undefined : given);
