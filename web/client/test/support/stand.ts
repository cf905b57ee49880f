/** Broker, gateway and store over real HTTP, as docs/api.md describes them: one process, two origins. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import type { TestContext } from "node:test";

export type Leg = "limits" | "ask" | "put" | "complete" | "watch" | "delete";

/** What happens to one request instead of, or after, its proper answer. */
export type Fault = Reply | "reset-before" | "reset-after" | "hang";

export interface StoredFile {
  readonly id: string;
  readonly request: Record<string, unknown>;
  status: string;
  bytes?: Buffer;
}

export interface Seen {
  readonly leg: Leg;
  readonly headers: IncomingMessage["headers"];
  status?: number;
}

const SIGNED = {
  "Content-Type": "application/pdf",
  "x-amz-acl": "bucket-owner-full-control",
  "x-amz-meta-account_id": "111122223333",
};
const BASE = "/prod";
const LIMITS = {
  email: { maxFileSizeInBytes: 10, allowedExtensions: ["pdf"] },
  task: { maxFileSizeInBytes: 100, allowedExtensions: ["png"] },
};

export class Stand {
  readonly seen: Seen[] = [];
  readonly files: StoredFile[] = [];
  /** URLs of preflights. */
  readonly preflights: string[] = [];
  readonly validTokens = new Set(["good"]);
  /** Statuses that the watch gets, in order; the last one stays. */
  statuses = ["PROCESSING", "APPROVED"];
  /** Origins that each side's CORS admits; without one, no CORS headers. */
  readonly cors: { broker?: string; store?: string } = {};
  exposed = "Location, Retry-After";
  signed: Record<string, string> = SIGNED;
  /** Origin of a proxy before the store. */
  storeOrigin: string | undefined;
  /** Pause after each part of a PUT's body that is read, and how long the last body took. */
  slowMs = 0;
  tookMs: number | undefined;
  maxCaseFileBytes = 1_000_000;
  now: () => number = Date.now;
  /** Runs before a request's body is read. */
  onArrival: (leg: Leg) => void | Promise<void> = () => {};
  /** Runs while a request waits for its answer. */
  onRequest: (leg: Leg) => void | Promise<void> = () => {};
  private readonly faults: { leg: Leg; fault: Fault }[] = [];
  private readonly byKey = new Map<string, StoredFile>();
  private readonly broker: Server;
  private readonly store: Server;

  constructor() {
    this.broker = createServer((request, response) => void this.answer(request, response, this.brokerAnswer));
    this.store = createServer((request, response) => void this.answer(request, response, this.storeAnswer));
  }

  static async start(): Promise<Stand> {
    const stand = new Stand();
    await Promise.all([stand.broker, stand.store].map((server) => new Promise<void>((up) => server.listen(0, "127.0.0.1", up))));
    return stand;
  }

  async stop(): Promise<void> {
    for (const server of [this.broker, this.store]) {
      server.closeAllConnections();
      await new Promise((down) => server.close(down));
    }
  }

  /** Puts a proxy before the store that takes bytes at once and forwards them `pauseMs` after the last. */
  async useSlowProxy(test: TestContext, pauseMs: number): Promise<void> {
    const { port } = this.store.address() as AddressInfo;
    const proxy = createTcpServer((client) => {
      const store = connect(port, "127.0.0.1");
      const parts: Buffer[] = [];
      const forward = (): void => void store.write(Buffer.concat(parts.splice(0)));
      let pause: NodeJS.Timeout;
      client.on("data", (part) => {
        parts.push(part);
        clearTimeout(pause);
        pause = setTimeout(forward, pauseMs);
      });
      store.pipe(client);
      for (const socket of [client, store]) socket.on("error", () => {}).on("close", () => (client.destroy(), store.destroy()));
    });
    await new Promise<void>((up) => proxy.listen(0, "127.0.0.1", up));
    test.after(() => void proxy.close());
    this.storeOrigin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  }

  get endpoint(): string {
    return origin(this.broker) + BASE;
  }

  /** Arms faults for the next requests of a leg, in this order. */
  fail(leg: Leg, ...faults: Fault[]): void {
    this.faults.push(...faults.map((fault) => ({ leg, fault })));
  }

  /** Disarms the faults that have not happened yet. */
  heal(): void {
    this.faults.length = 0;
  }

  legs(): string[] {
    return this.seen.map(({ leg }) => leg);
  }

  private readonly answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    proper: (request: IncomingMessage, body: Buffer) => Reply,
  ): Promise<void> => {
    const cors = this.corsHeaders(proper === this.brokerAnswer ? this.cors.broker : this.cors.store);
    if (request.method === "OPTIONS") {
      this.preflights.push(request.url ?? "");
      return void response.writeHead(204, cors).end();
    }
    const { leg } = match(request);
    const seen: Seen = { leg, headers: request.headers };
    this.seen.push(seen);
    const at = this.faults.findIndex((armed) => armed.leg === leg);
    const fault = at < 0 ? undefined : this.faults.splice(at, 1)[0]?.fault;
    await this.onArrival(leg);
    const began = Date.now();
    const body = await read(request, leg === "put" ? this.slowMs : 0).catch(() => undefined);
    if (!body) return;
    if (leg === "put") this.tookMs = Date.now() - began;
    await this.onRequest(leg);
    if (fault === "hang") return;
    if (fault === "reset-before") return void request.socket.destroy();
    const reply = typeof fault === "object" ? fault : proper(request, body);
    if (fault === "reset-after") return void request.socket.destroy();
    seen.status = reply.status;
    const type = reply.status >= 400 ? "application/problem+json" : "application/json";
    response.writeHead(reply.status, { "Content-Type": type, ...cors, ...reply.headers });
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  };

  private corsHeaders(origin: string | undefined): Record<string, string> {
    if (origin === undefined) return {};
    return {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
      "Access-Control-Allow-Headers": ["Authorization", "Idempotency-Key", ...Object.keys(SIGNED)].join(", "),
      "Access-Control-Expose-Headers": this.exposed,
      "Access-Control-Max-Age": "7200",
    };
  }

  private readonly brokerAnswer = (request: IncomingMessage, body: Buffer): Reply => {
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    if (!this.validTokens.has(token ?? "")) return problem(401, "invalid-token", false);
    const { leg, id } = match(request);
    if (leg === "limits") return { status: 200, body: { case: { maxFileSizeInBytes: this.maxCaseFileBytes, allowedExtensions: ["pdf", "png"] }, ...LIMITS } };
    if (leg === "ask") return this.ticket(request, body);
    const file = this.files.find((known) => known.id === id);
    if (!file) return problem(404, "not-found", false);
    if (leg === "delete") {
      file.status = "DELETED";
      return { status: 204 };
    }
    if (leg === "complete") {
      if (!file.bytes || file.status === "DELETED") return problem(409, "upload-incomplete", false);
      file.status = "PROCESSING";
      return { status: 204 };
    }
    if (file.status !== "DELETED") file.status = (this.statuses.length > 1 ? this.statuses.shift() : this.statuses[0]) ?? "";
    const isFinal = ["APPROVED", "REJECTED", "FAILED", "DELETED", "UPLOAD_EXPIRED"].includes(file.status);
    return { status: 200, body: { status: file.status }, headers: isFinal ? {} : { "Retry-After": "2" } };
  };

  private ticket(request: IncomingMessage, body: Buffer): Reply {
    const key = `${request.headers["idempotency-key"]} ${body}`;
    const file = this.byKey.get(key) ?? { id: `f${this.files.length + 1}`, request: JSON.parse(String(body)), status: "DRAFTING" };
    if (!this.byKey.has(key)) this.files.push(file);
    this.byKey.set(key, file);
    const seconds = Number(file.request["urlExpiryInSeconds"] ?? 300);
    const url = new URL(`/bucket/${file.id}`, this.storeOrigin ?? origin(this.store));
    url.search = new URLSearchParams({ "X-Amz-Expires": String(seconds), ends: String(this.now() + seconds * 1000) }).toString();
    url.searchParams.set("X-Amz-Signature", signature(url));
    return {
      status: 201,
      headers: { Location: `${BASE}/uploads/${file.id}` },
      body: { url: url.href, headers: this.signed },
    };
  }

  /** S3's rules: expiry, a signature with exactly the signed headers, no second credential. */
  private readonly storeAnswer = (request: IncomingMessage, body: Buffer): Reply => {
    const { url, id } = match(request);
    const file = this.files.find((known) => known.id === id);
    if (request.headers.authorization) return refusal(400, "InvalidArgument", "Only one auth mechanism allowed");
    if (this.now() >= Number(url.searchParams.get("ends"))) return refusal(403, "AccessDenied", "Request has expired");
    const isSigned = Object.entries(this.signed).every(([name, value]) => request.headers[name.toLowerCase()] === value);
    if (!isSigned || url.searchParams.get("X-Amz-Signature") !== signature(url) || file?.request["fileSizeInBytes"] !== body.length)
      return refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match");
    file.bytes = body;
    return { status: 200 };
  };
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export const problem = (status: number, code: string, retryable: boolean, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: { type: `urn:upload-broker:${code}`, title: code, status, detail: `about ${code}`, code, retryable, requestId: "r1" },
});

/** The answer while the caller is in line. */
export const inLine = (retryAfterSeconds: number, position: number): Reply => {
  const { status, body } = problem(429, "too-many-requests", true);
  const headers = { "Retry-After": `${Math.ceil(retryAfterSeconds)}` };
  return { status, headers, body: { ...(body as object), retryAfterSeconds, position } };
};

export const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

const match = (request: IncomingMessage): { leg: Leg; id: string | undefined; url: URL } => {
  const url = new URL(request.url ?? "", "http://stand");
  const [, , id, last] = url.pathname.replace(BASE, "").split("/");
  if (request.method === "PUT") return { leg: "put", id, url };
  if (request.method === "DELETE") return { leg: "delete", id, url };
  if (request.method === "GET") return { leg: url.pathname.endsWith("/limits") ? "limits" : "watch", id, url };
  return { leg: last === "complete" ? "complete" : "ask", id, url };
};

const signature = (url: URL): string => {
  const ends = url.searchParams.get("ends") ?? "";
  return createHmac("sha256", "secret").update(`${url.pathname} ${ends}`).digest("hex");
};

const origin = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const read = async (request: IncomingMessage, pauseMs: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part as Buffer);
    if (pauseMs) await new Promise((wake) => setTimeout(wake, pauseMs));
  }
  return Buffer.concat(parts);
};
