// Stands for your own page: a session on the local stack instead of your sign-in, a file input, and one line of text.
import type { Session } from "./broker.ts";

/** A session of the first seeded user, with the first case. */
export async function session(): Promise<Session> {
  const { origins, users, cases } = await (await fetch("/seeds.json")).json();
  const body = new URLSearchParams({ grant_type: "password", username: users[0].username });
  const granted = await (await fetch(`${origins.oidc}/token`, { method: "POST", body })).json();
  const onWaiting = (seconds: number) => say(`Waiting for its turn, about ${seconds} s.`);
  return { api: origins.api, token: granted.access_token, resource: cases[0].arn, onWaiting };
}

/** Shows the state of the upload. */
export function say(text: string): void {
  element("output").textContent = text;
}

/** The page's element of this tag. */
export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag): HTMLElementTagNameMap[Tag] {
  const found = document.querySelector(tag);
  if (found === null) throw new Error(`this page has no <${tag}>`);
  return found;
}

/** Adds a button that calls `use`. */
export function addButton(label: string, use: () => unknown): void {
  const button = document.createElement("button");
  button.textContent = label;
  button.onclick = use;
  element("label").after(" ", button);
}

/**
 * Calls `use` with each file that is chosen in the page's input, and shows its error. The Cancel button aborts the signals
 * of all files.
 */
export function onFile(use: (file: File, signal: AbortSignal) => Promise<void>): void {
  const input = element("input");
  let stop = new AbortController();
  addButton("Cancel", () => {
    stop.abort(new Error("Cancelled."));
    stop = new AbortController();
  });
  input.addEventListener("change", () => {
    for (const file of input.files ?? []) use(file, stop.signal).catch((error: Error) => say(error.message));
  });
  input.disabled = false;
}
