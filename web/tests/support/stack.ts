// A local stack on free ports, for a test file or a suite.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before } from "node:test";

const PROJECT = resolve(import.meta.dirname, "../../..");
const PROGRAM = join(process.env["CARGO_TARGET_DIR"] ?? join(PROJECT, "target"), "debug/local-stack");
/** The last line that the stack prints when it is ready. */
const UP = "Ctrl-C ends everything.";

/** One line of the Connect stand-in's record of files. */
export interface AttachedFile {
  FileName: string;
  FileSizeInBytes: number;
  FileStatus: string;
}

/** A failure of the Connect stand-in, armed for coming calls. */
export interface Fault {
  operation: string;
  kind: string;
  call?: number;
  times?: number;
  status?: number;
  code?: string;
  delayMs?: number;
  value?: unknown;
}

/** Address of each part. */
export interface Origins {
  api: string;
  page: string;
  connect: string;
  store: string;
  oidc: string;
}

/** A running stack. */
export interface Stack extends AsyncDisposable {
  origins: Origins;
  /** The files of the Connect stand-in, oldest first. */
  files(): Promise<AttachedFile[]>;
  /** Operations that the Connect stand-in was called for, in order. */
  calls(): Promise<string[]>;
  /** Replaces the armed faults. */
  arm(faults: Fault[]): Promise<void>;
  /** SHA-256 of every object in the store, in hex. */
  storedDigests(): Promise<string[]>;
}

/** Starts a stack on free ports, with `flags`; without Connect's quota, unless `--quota` is one of them. */
export async function startStack(...flags: string[]): Promise<Stack> {
  const root = await mkdtemp(join(tmpdir(), "upload-broker-"));
  const ports = ["api", "page", "connect", "store", "oidc", "events", "dynamodb"].flatMap((part) => [`--${part}-port`, "0"]);
  const quota = flags.includes("--quota") ? [] : ["--no-quota"];
  const scan = flags.includes("--scan-delay-ms") ? [] : ["--scan-delay-ms", "50"];
  const child = spawn(
    PROGRAM,
    [...ports, "--root", root, ...quota, ...scan, ...flags.filter((flag) => flag !== "--quota")],
    { cwd: PROJECT, env: { ...process.env, NODE: process.execPath }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const welcome = await outputUntil(child, UP);
  const page = /demo page +(\S+)/.exec(welcome)?.[1];
  const seeds = await fetch(`${page}/seeds.json`);
  const { origins } = (await seeds.json()) as { origins: Origins };
  return stackOf(origins, child, root);
}

/** The stack of the file or suite that calls this, which starts and ends with it. */
export function useStack(...flags: string[]): () => Stack {
  let stack: Stack;
  before(async () => {
    stack = await startStack(...flags);
  });
  after(() => stack[Symbol.asyncDispose]());
  return () => stack;
}

function stackOf(origins: Origins, child: ChildProcess, root: string): Stack {
  const local = (path: string, init?: RequestInit) => fetch(`${origins.connect}/_local/${path}`, init);
  return {
    origins,
    files: async () => ((await (await local("files")).json()) as { files: AttachedFile[] }).files,
    calls: async () => ((await (await local("calls")).json()) as { operation: string }[]).map((call) => call.operation),
    async arm(faults) {
      const answer = await local("faults", { method: "PUT", body: JSON.stringify(faults) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    storedDigests: () => digests(join(root, "store")),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await rm(root, { recursive: true });
    },
  };
}

/** The output of a process until it contains `text`. It is read to its end, so that the process never blocks. */
function outputUntil(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`local-stack ended with ${code}: ${output}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve(output);
    });
  });
}

async function digests(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => digest(await readFile(file))));
}

/** SHA-256 in hex. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
