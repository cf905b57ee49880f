// The client's `check` says of a name what the broker says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "@upload-broker/client/check";
import { useStack } from "./support/stack.ts";

/** Names that keep a rule, and names that break it. */
const NAMES = [
  ...["scan 001.pdf", "a.tar.PDF", "re\u0301sume\u0301.pdf", "photo (1) & co #2 100%.pdf", "CONTRACT.pdf", "a CON.pdf", "COM10.pdf"],
  ...["議事録：第１回.pdf", "請求書／領収書.pdf", "本当ですか？.pdf", "（最終）＜確認済＞＊｜.pdf", "．隠し.pdf", "a／...／b.pdf", "℀.pdf", "ＣＯＮ.pdf"],
  ...["\u2764\ufe0f.pdf", "1\ufe0f\u20e3.pdf", "\u845b\u{e0100}.pdf", "\u1820\u180b.pdf", `q${"\u0325".repeat(8)}.pdf`, `e\u0301${"\u030d".repeat(8)}.pdf`],
  ...["", "a\0.pdf", "a\r\n.pdf", "line\r\nbreak\u2028s.pdf", "a\x07b\u3000c.pdf", "a\u0600b\ue000.pdf", "a\u2029.pdf"],
  ...["../a.pdf", "C:\\scans\\a.pdf", "a<.pdf", "a>.pdf", "a|.pdf", "a*.pdf", "what?.pdf", 'a".pdf', "＂資料＂.pdf", "請求書／領収書?.pdf"],
  ...[" a.pdf", "a.pdf ", "a.pdf.", ".pdf", "  .a.pdf. ", "\u00a0a.pdf", "\u3000a.pdf", "pdf", "README", "a.p df", "a.pdf\u0301", "a.\u0440df", "..."],
  ...["a．pdf", "a\u2024pdf", "a.ｐdf", "a.pdf．ｅxe", "report．ｐｄｆ", `a.${"b".repeat(33)}`, `${"語".repeat(300)}.pdf`, "😀".repeat(252) + ".pdf", "😀".repeat(253) + ".pdf"],
  ...["exe\u202efdp.pdf", "a\u200b.pdf", "a\ufeff.pdf", "a\u00ad.pdf", "a\u034f.pdf", "\u3164.pdf", "a\u2800.pdf", "می\u200cخواهم.pdf", "a\u200cb.pdf"],
  ...["\u{1f468}\u200d\u{1f467}.pdf", "a\ufe0f.pdf", "1\ufe0f.pdf", "\u2764\ufe0f\ufe0f.pdf", "\u3042\u{e0100}.pdf", "a.p\u200bdf", "क्\u200dष.pdf"],
  ...["nul.pdf", "CON  .pdf", "NUL .tar.pdf", "conin$.pdf", "COM\u00b9.pdf", "con.a／b.pdf", `con.${"a".repeat(300)}.pdf`],
  ...["／etc／a.pdf", "＼＼server＼a.pdf", "a／..／b.pdf", "a＼.＼b.pdf", "．．／a.pdf", "‥／a.pdf", "con.／．．／a.pdf"],
  ...[`q${"\u0325".repeat(9)}.pdf`, `q${"\u0325".repeat(8)}\u20dd.pdf`, `q${"\u0325".repeat(100)}.pdf`],
];

const stack = useStack();

/** A user's token, and a case for its files. */
async function signedIn(): Promise<{ token: string; resource: string }> {
  const { page, oidc } = stack().origins;
  const { cases, users } = (await (await fetch(`${page}/seeds.json`)).json()) as {
    cases: { arn: string }[];
    users: { username: string }[];
  };
  const body = new URLSearchParams({ grant_type: "password", username: users[0]?.username ?? "" });
  const { access_token: token } = (await (await fetch(`${oidc}/token`, { method: "POST", body })).json()) as { access_token: string };
  return { token, resource: cases[0]?.arn ?? "" };
}

/** The code of a fault, and the name that is offered instead. */
type Verdict = readonly [code: string, suggestion: string | undefined] | "accepted";

test("check says of each name what the broker says", async () => {
  const { token, resource } = await signedIn();
  const ours: Record<string, Verdict> = {};
  const theirs: Record<string, Verdict> = {};
  for (const name of NAMES) {
    const [fault] = check(Object.assign(new Blob(["x"]), { name }), { resource })[0]?.problem?.errors ?? [];
    ours[name] = fault ? [fault.code, fault.suggestion] : "accepted";
    const answer = await fetch(`${stack().origins.api}/uploads`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ fileName: name, fileSizeInBytes: 1, associatedResourceArn: resource }),
    });
    const { errors } = (await answer.json()) as { errors?: { code: string; suggestion?: string }[] };
    theirs[name] = errors?.[0] ? [errors[0].code, errors[0].suggestion] : answer.status === 201 ? "accepted" : [`${answer.status}`, ""];
  }
  const accepted = Object.values(theirs).filter((verdict) => verdict === "accepted").length;
  assert.ok(accepted > 15 && accepted < NAMES.length - 50, `${accepted} of ${NAMES.length} accepted`);
  assert.deepEqual(ours, theirs);
});
