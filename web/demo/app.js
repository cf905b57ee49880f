// One file into a case: token, ask, PUT, complete, poll. Every request crosses origins for real.

/** How long the page waits for a final status. */
const POLL_BUDGET_MS = 90_000;
/** Wait between two polls where the broker does not name one. */
const POLL_EVERY_MS = 2_000;
const FINAL = new Set(["APPROVED", "REJECTED", "FAILED", "UPLOAD_EXPIRED", "DELETED"]);
/** Query members of a presigned URL that are secrets, or lead to them. */
const SECRET_QUERY = /^x-amz-(signature|credential|security-token)$/i;

const byId = (id) => document.getElementById(id);
const form = byId("upload");
const outcome = byId("outcome");

/** Failure that the page can explain. */
class Trouble extends Error {
  constructor(what, advice) {
    super(`${what} ${advice}`);
  }
}

start();

async function start() {
  try {
    const seeds = await (await fetch("seeds.json")).json();
    fill(byId("user"), [...seeds.users, ...seeds.strangers].map(({ username, connectUserArn }) => [
      username,
      connectUserArn ? username : `${username} (not in Connect)`,
    ]));
    fill(byId("case"), seeds.cases.map(({ arn }) => [arn, arn.split("/").at(-1)]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(seeds.origins);
    });
    byId("go").disabled = false;
    say("", "Choose a file and press Upload.");
  } catch {
    say("failed", "The list of users and cases could not be read. Is the local stack still running? Reload the page.");
  }
}

/** @param {HTMLSelectElement} select @param {[string, string][]} options value and text */
function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/** The whole journey of the chosen file. */
async function run(origins) {
  const chosen = { user: byId("user").value, caseArn: byId("case").value, file: byId("file").files[0] };
  byId("go").disabled = true;
  byId("steps").replaceChildren();
  say("", "Working…");
  try {
    const status = await upload(origins, chosen);
    const good = status === "APPROVED";
    say(good ? "done" : "failed", good ? `APPROVED: ${chosen.file.name} is in the case.` : fate(status));
  } catch (error) {
    say("failed", error instanceof Trouble ? error.message : `Something unexpected happened: ${error.message}`);
  } finally {
    byId("go").disabled = false;
  }
}

/** @returns {Promise<string>} the final status */
async function upload(origins, { user, caseArn, file }) {
  const token = await signIn(origins.oidc, user);
  const asked = await call("Ask for an upload", token, "POST", `${origins.api}/uploads`, {
    fileName: file.name,
    fileSizeInBytes: file.size,
    associatedResourceArn: caseArn,
  });
  const location = new URL(asked.response.headers.get("Location"), asked.response.url);
  await put(asked.body, file);
  await call("Complete", token, "POST", `${location}/complete`);
  return poll(token, location);
}

async function signIn(issuer, user) {
  const body = new URLSearchParams({ grant_type: "password", username: user });
  const step = newStep("Get a token");
  const response = await send(step, `${issuer}/token`, { method: "POST", body }, body.toString());
  const answer = await response.json();
  step.answered(response, { ...answer, access_token: "…" });
  if (!response.ok) throw step.fail("The issuer gave no token.", "Choose another user.");
  step.done(`signed in as ${user}`);
  return answer.access_token;
}

/** One call of the broker, as one step. */
async function call(title, token, method, url, body) {
  const step = newStep(title);
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const text = body && JSON.stringify(body);
  const response = await send(step, url, { method, headers, body: text }, body && pretty(body));
  const answer = await readJson(response);
  step.answered(response, masked(answer));
  if (!response.ok) throw step.fail(answer?.detail ?? answer?.message ?? `The answer was ${response.status}.`, advice(response, answer));
  step.done(String(response.status));
  return { response, body: answer, step };
}

/** The bytes, with exactly the headers that the broker returned. */
function put({ url, headers }, file) {
  const step = newStep("Send the bytes");
  step.sent("PUT", url, headers, `(${file.size} bytes)`);
  const progress = step.element.querySelector("progress");
  progress.hidden = false;
  progress.setAttribute("aria-label", "Bytes sent");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      progress.value = total ? loaded / total : 0;
      step.note(`${loaded} of ${total} bytes`);
    });
    request.addEventListener("load", () => {
      step.answered({ status: request.status, headers: [] }, request.responseText);
      if (request.status !== 200) {
        reject(step.fail(`The store answered ${request.status}.`, "The URL may have expired: upload again."));
        return;
      }
      progress.value = 1;
      step.done(`200, ${file.size} bytes`);
      resolve();
    });
    request.addEventListener("error", () => reject(step.fail("The store could not be reached.", UNREACHABLE)));
    request.open("PUT", url);
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    // A copy without a type: the file's own would replace the signed Content-Type.
    request.send(file.slice());
  });
}

/** Asks for the status until it is final; one step for all the asking. */
async function poll(token, location) {
  const step = newStep("Wait for the scan");
  const end = Date.now() + POLL_BUDGET_MS;
  for (let asked = 1; Date.now() < end; asked += 1) {
    const options = { headers: { Authorization: `Bearer ${token}` } };
    const response = await send(step, location.href, { method: "GET", ...options });
    const answer = await readJson(response);
    step.answered(response, answer);
    const waits = response.status === 429 || response.status === 503;
    if (!response.ok && !waits) throw step.fail(answer?.detail ?? `The answer was ${response.status}.`, advice(response, answer));
    if (FINAL.has(answer?.status)) {
      step.done(`${answer.status} after ${asked} ${asked === 1 ? "poll" : "polls"}`);
      return answer.status;
    }
    step.note(`${answer?.status ?? response.status}, asked ${asked} times`);
    await new Promise((wake) => setTimeout(wake, retryAfterMs(response)));
  }
  throw step.fail("No final status yet.", "The scan takes long: look at the case later.");
}

const UNREACHABLE = "Either it is not running, or its CORS rules do not name this page's origin: see the browser's console.";

/** fetch, with the request shown first and a network failure explained. */
async function send(step, url, options, shownBody) {
  step.sent(options.method, url, options.headers ?? {}, shownBody);
  try {
    return await fetch(url, options);
  } catch {
    throw step.fail(`${new URL(url).origin} could not be reached.`, UNREACHABLE);
  }
}

async function readJson(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text || undefined;
  }
}

function retryAfterMs(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? seconds * 1000 : POLL_EVERY_MS;
}

/** What the reader can do about a refusal, by status: the gateway's own answers have no code. */
function advice(response, answer) {
  const retryAfter = response.headers.get("Retry-After");
  switch (response.status) {
    case 401: return "The token is not accepted: sign in again.";
    case 403: return "This user may not use this case, or is not known to Connect: choose another.";
    case 409: return answer?.code === "attachment-quota-exceeded" ? "The case is full: choose another." : "Upload the file again.";
    case 413: return answer?.maxFileSizeInBytes ? `Choose a file of at most ${answer.maxFileSizeInBytes} bytes.` : "Choose a smaller file.";
    case 422: return answer?.allowedExtensions ? `Choose a file of type ${answer.allowedExtensions.join(", ")}.` : "Rename the file or choose another.";
    case 429: case 503: return `Too much at once: try again ${retryAfter ? `in ${retryAfter} s` : "in a moment"}.`;
    default: return response.status >= 500 ? "The fault is not yours: try again, then read the broker's log." : "See what was answered below.";
  }
}

function fate(status) {
  return {
    REJECTED: "REJECTED: the scan refused the file. Choose another.",
    FAILED: "FAILED: the size or type of the file is not what was announced. Upload it again.",
    UPLOAD_EXPIRED: "UPLOAD_EXPIRED: the bytes came too late. Upload the file again.",
    DELETED: "DELETED: somebody removed the file.",
  }[status] ?? status;
}

/** A new line in the list of steps. */
function newStep(title) {
  const element = byId("step").content.firstElementChild.cloneNode(true);
  const find = (selector) => element.querySelector(selector);
  const note = (text) => { find(".result").textContent = text; };
  const finish = (state, text) => {
    element.dataset.state = state;
    note(text);
  };
  find(".title").textContent = title;
  byId("steps").append(element);
  return {
    element,
    note,
    sent(method, url, headers, body) {
      find("details").hidden = false;
      const lines = [`${method} ${maskedUrl(url)}`, ...headerLines(headers)];
      find(".sent").textContent = [...lines, ...(body ? ["", body] : [])].join("\n");
    },
    answered({ status, headers }, body) {
      const lines = [`${status}`, ...headerLines(Object.fromEntries(headers))];
      const text = typeof body === "string" ? body : body && pretty(body);
      find(".answered").textContent = [...lines, ...(text ? ["", text] : [])].join("\n");
    },
    done: (text) => finish("done", text),
    fail(what, todo) {
      finish("failed", "failed");
      find("details").open = true;
      return new Trouble(what, todo);
    },
  };
}

function headerLines(headers) {
  return Object.entries(headers).map(([name, value]) => `${name}: ${maskedHeader(name, value)}`);
}

function maskedHeader(name, value) {
  if (/^authorization$/i.test(name)) return "Bearer …";
  return /^location$/i.test(name) ? maskedUrl(value) : value;
}

/** The answer of the broker with its presigned URL masked. */
function masked(answer) {
  return answer?.url ? { ...answer, url: maskedUrl(answer.url) } : answer;
}

/** The text of a URL without what would let others use it: signatures and upload handles. */
function maskedUrl(text) {
  const [path, query] = text.split("?");
  const shown = path.replace(/(\/uploads\/)[^/]+/, "$1…");
  if (query === undefined) return shown;
  const members = query.split("&").map((member) => {
    const [name] = member.split("=");
    return SECRET_QUERY.test(name) ? `${name}=…` : member;
  });
  return `${shown}?${members.join("&")}`;
}

function pretty(value) {
  return JSON.stringify(value, null, 2);
}

function say(state, text) {
  outcome.dataset.state = state;
  outcome.textContent = text;
}
