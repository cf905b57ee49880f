// dynalite with the shared table in it: what the local stack and the tests use as Amazon DynamoDB.
//
//   node serve.mjs [--port N] [--table NAME]
//
// Prints one line of JSON, {"port", "table"}, when the table is there. Ends when standard input ends.
//
// Besides DynamoDB's own API it answers
//   GET  /_local/calls    {"GetItem": 12, ...}: calls since it was ready, by operation
//   POST /_local/faults   {"mode": "answer" | "refuse" | "reset" | "hang", "slowMs": 300, "slowShare": 0.01}
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import dynalite from "dynalite";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, table: { type: "string", default: "upload-broker" } },
});

/** How calls go wrong: none do. */
const SOUND = { mode: "answer", slowMs: 0, slowShare: 0 };

const database = dynalite({ createTableMs: 0 });
let calls = {};
let faults = SOUND;

const server = createServer((request, response) => {
  if (request.url.startsWith("/_local/")) void local(request, response);
  else serve(request, response);
});
server.listen(Number(values.port), "127.0.0.1");
await once(server, "listening");
const { port } = server.address();
await createTable();
await warmUp();
calls = {};
console.log(JSON.stringify({ port, table: values.table }));
process.stdin.resume().on("end", () => process.exit());

/** Answers a call, or lets it fail as the faults say. A slow call is slow on its way there, so it still happens. */
function serve(request, response) {
  const operation = request.headers["x-amz-target"]?.split(".")[1];
  calls[operation] = (calls[operation] ?? 0) + 1;
  const answer = () => database.emit("request", request, response);
  if (faults.mode === "hang") return;
  if (faults.mode === "reset") return request.socket.resetAndDestroy();
  if (faults.mode === "refuse") return refuse(response);
  if (Math.random() < faults.slowShare) setTimeout(answer, faults.slowMs);
  else answer();
}

function refuse(response) {
  response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
  const type = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
  response.end(JSON.stringify({ __type: type, message: "refused" }));
}

async function local(request, response) {
  if (request.url === "/_local/calls") return response.end(JSON.stringify(calls));
  if (request.url !== "/_local/faults" || request.method !== "POST") return response.writeHead(404).end();
  faults = { ...SOUND, ...JSON.parse(await text(request)) };
  response.end();
}

async function createTable() {
  const key = (name, type) => ({ AttributeName: name, KeyType: type });
  const index = (name, keys) => ({ IndexName: name, KeySchema: keys, Projection: { ProjectionType: "ALL" } });
  await call("CreateTable", {
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Object.entries({ pk: "S", sk: "S", queue: "S", due: "N", startedAt: "N" }).map(
      ([name, type]) => ({ AttributeName: name, AttributeType: type }),
    ),
    KeySchema: [key("pk", "HASH"), key("sk", "RANGE")],
    LocalSecondaryIndexes: [index("recent", [key("pk", "HASH"), key("startedAt", "RANGE")])],
    GlobalSecondaryIndexes: [index("due", [key("queue", "HASH"), key("due", "RANGE")])],
  });
}

/** Makes calls until they are fast: the first ones take so long that a burst of them would look like an outage. */
async function warmUp() {
  const Key = { pk: { S: "warm-up" }, sk: { S: "warm-up" } };
  const update = {
    Key,
    UpdateExpression: "SET #next = :next",
    ConditionExpression: "attribute_not_exists(#next) OR #next < :next",
    ExpressionAttributeNames: { "#next": "next" },
    ReturnValues: "ALL_NEW",
  };
  for (let round = 0; round < 100; round += 1) {
    const next = { ":next": { N: String(round) } };
    await Promise.all([
      call("UpdateItem", { ...update, ExpressionAttributeValues: next }),
      call("PutItem", { Item: { ...Key, sk: { S: String(round) } } }),
      call("GetItem", { Key }),
      call("DeleteItem", { Key: { ...Key, sk: { S: String(round - 1) } } }),
    ]);
  }
  await Promise.all([call("DeleteItem", { Key }), call("DeleteItem", { Key: { ...Key, sk: { S: "99" } } })]);
}

async function call(operation, parameters) {
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20270115T080000Z",
      // dynalite reads its form and checks no signature.
      authorization: "AWS4-HMAC-SHA256 Credential=local/20270115/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({ TableName: values.table, ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${text}`);
}
