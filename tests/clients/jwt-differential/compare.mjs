// Compares the verdicts in tokens.jsonl with ours in ours.jsonl. Fails if one differs without a reason in *.json.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const directory = process.argv[2];
const read = (path) => readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const theirs = read(join(directory, "tokens.jsonl"));
const ours = new Map(read(join(directory, "ours.jsonl")).map(({ name, ours }) => [name, ours]));
const reasonsOf = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const reasons = { stricter: reasonsOf("stricter.json"), laxer: reasonsOf("laxer.json") };

const names = new Set(theirs.map(({ name }) => name));
const laxer = theirs.filter((row) => ours.get(row.name) && !row.theirs).map(({ name }) => name);
const stricter = theirs.filter((row) => row.theirs && ours.get(row.name) === false).map(({ name }) => name);
const [valid] = theirs;

const faults = [
  ...(names.size === theirs.length ? [] : ["two tokens have one name"]),
  ...(valid.theirs && ours.get(valid.name) ? [] : ["the valid token is refused"]),
  ...theirs.filter(({ name }) => !ours.has(name)).map(({ name }) => `no verdict of ours: ${name}`),
  ...laxer.filter((name) => !reasons.laxer[name]).map((name) => `we accept what aws-jwt-verify refuses: ${name}`),
  ...stricter.filter((name) => !reasons.stricter[name]).map((name) => `we refuse what aws-jwt-verify accepts: ${name}`),
  ...Object.keys(reasons.laxer).filter((name) => !laxer.includes(name)).map((name) => `laxer.json has an unused reason: ${name}`),
  ...Object.keys(reasons.stricter).filter((name) => !stricter.includes(name)).map((name) => `stricter.json has an unused reason: ${name}`),
];
const equal = theirs.length - laxer.length - stricter.length;
console.log(`${theirs.length} tokens: ${equal} verdicts equal, ours stricter in ${stricter.length}, laxer in ${laxer.length}`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
