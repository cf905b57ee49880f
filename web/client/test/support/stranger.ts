/** Another server, which accepts everything that is sent to it. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface Stranger {
  readonly origin: string;
  /** Requests that arrived, preflights left out. */
  readonly seen: IncomingMessage[];
}

/** Answers everything with 200, to pages of every origin. */
export const startStranger = async (test: TestContext): Promise<Stranger> => {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    if (request.method !== "OPTIONS") seen.push(request);
    request.resume().on("end", () => {
      response.writeHead(200, {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
        "Access-Control-Allow-Headers": request.headers["access-control-request-headers"] ?? "*",
      });
      response.end('{"status":"APPROVED"}');
    });
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  test.after(() => {
    server.closeAllConnections();
    return new Promise((down) => server.close(down));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};
