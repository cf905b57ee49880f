import "@upload-broker/client/element";
import { byId } from "./dom.ts";
import { watchedFetch, watchedSend } from "./exchanges.ts";
import { showExchange } from "./log.ts";
import { SAMPLES } from "./samples.ts";
import { readSeeds, Session, type Seeds } from "./stack.ts";

const user = byId<HTMLSelectElement>("user");
const resource = byId<HTMLSelectElement>("resource");
const upload = document.querySelector("connect-upload") as HTMLElementTagNameMap["connect-upload"];
const fetch = watchedFetch(showExchange);

// The request log is why this page replaces `fetch` and `send`; another page needs neither.
upload.options = { fetch, send: watchedSend(showExchange) };
// A file that is dropped beside the element must not replace the page.
for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
start().catch(() => {
  byId("stack").hidden = false;
});

async function start(): Promise<void> {
  const seeds = await readSeeds();
  fill(seeds);
  const signIn = (): void => {
    const session = new Session(seeds.origins.oidc, user.value);
    upload.token = ({ refused }) => session.token(refused, fetch);
  };
  const choose = (): void => {
    upload.resource = resource.value;
  };
  user.addEventListener("change", signIn);
  resource.addEventListener("change", choose);
  signIn();
  choose();
  offerSamples();
  for (const control of [user, resource]) control.disabled = false;
  upload.endpoint = seeds.origins.api;
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

function offerSamples(): void {
  for (const { label, make } of SAMPLES) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", async () => upload.add([await make()]));
    byId("samples").append(button);
  }
}
