// The whole journey by Node's fetch, once for each case; test_http_clients.py says what a case is.
//
//   node journey.mjs API CASES

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [api, cases] = process.argv.slice(2);
for (const name of readdirSync(cases).sort()) {
  const read = (file) => readFileSync(join(cases, name, file));
  const authorization = read("authorization").toString();
  const headers = { authorization };
  const started = await fetch(`${api}/uploads`, {
    method: "POST",
    headers: { ...headers, "content-type": read("content-type").toString() },
    body: read("body"),
  });
  let outcome = "none";
  if (started.status === 201) {
    const ticket = await started.json();
    const upload = new URL(started.headers.get("location"), started.url).href;
    const sent = await fetch(ticket.url, { method: "PUT", headers: ticket.headers, body: read("file") });
    assert.equal(sent.status, 200);
    const completed = await fetch(`${upload}/complete`, { method: "POST", headers });
    assert.equal(completed.status, 204);
    for (outcome = "PROCESSING"; outcome === "PROCESSING"; ) {
      const answer = await fetch(upload, { headers });
      assert.equal(answer.status, 200);
      outcome = (await answer.json()).status;
    }
  }
  console.log(name, started.status, outcome);
}
