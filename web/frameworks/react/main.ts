import { createElement as h, type ReactElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Files, type Session } from "./files.ts";

const session = Object.fromEntries(new URLSearchParams(location.search)) as unknown as Session;

function App(): ReactElement {
  const [isShown, show] = useState(true);
  return h("main", null, h("button", { onClick: () => show(!isShown) }, "Toggle"), isShown && h(Files, session));
}

createRoot(document.getElementById("app") as HTMLElement).render(h(StrictMode, null, h(App)));
