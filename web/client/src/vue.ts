/** `useConnectUpload` for Vue 3.3 and newer. */
import { type MaybeRefOrGetter, onMounted, onScopeDispose, type ShallowRef, shallowRef, toValue, watch } from "vue";
import { createUploadList } from "./list/list.ts";
import type { UploadList, UploadListOptions, UploadListState } from "./list/types.ts";

export type ConnectUpload = { readonly state: Readonly<ShallowRef<UploadListState>> } & Pick<UploadList, "add" | "cancel" | "retry" | "remove">;

/**
 * The files of a component and how far they are. With a list instead of options, components share it.
 *
 * Uploads go on after the component is gone. A new `token` function is the same person's, unless `caller` changes too.
 */
export const useConnectUpload = (given: MaybeRefOrGetter<UploadListOptions> | UploadList): ConnectUpload => {
  const list = isList(given) ? given : createUploadList({ caller: "", ...toValue(given) });
  const state = shallowRef(list.state());
  onScopeDispose(
    list.subscribe(() => {
      state.value = list.state();
    }),
  );
  if (!isList(given)) watch(() => toValue(given), (options) => list.update({ caller: "", ...options }));
  onMounted(() => list.start());
  const { add, cancel, retry, remove } = list;
  return { state, add, cancel, retry, remove };
};

const isList = (given: MaybeRefOrGetter<UploadListOptions> | UploadList): given is UploadList =>
  typeof given === "object" && "subscribe" in given;
