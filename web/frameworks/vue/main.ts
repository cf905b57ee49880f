import { createApp, h, ref } from "vue";
import { Files } from "./files.ts";

const session = Object.fromEntries(new URLSearchParams(location.search));
const isShown = ref(true);
const toggle = (): void => {
  isShown.value = !isShown.value;
};

createApp(() => [h("button", { onClick: toggle }, "Toggle"), isShown.value && h(Files, session as never)]).mount("#app");
