// Everything an agent does, by the official TypeScript clients: the same as duties.py, with the same arguments, and the
// folder of the modules behind them. `legacy` is the kit of the handshake revisions, `auto` its successor.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [url, mode, clerk, boss, modules] = process.argv.slice(2);
const require = createRequire(modules + "/package.json");
const load = (name) => import(pathToFileURL(require.resolve(name)));
const CSV = Buffer.from("line,amount\n1,2.50\n");
const OTHER = Buffer.from("line,amount\n1,9.99\n");
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const inline = (bytes) => ({ name: "a.csv", type: "text/csv", data: bytes.toString("base64") });

async function kit() {
  if (mode === "legacy") {
    const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const types = await load("@modelcontextprotocol/sdk/types.js");
    const { ElicitRequestSchema: asks, ResourceUpdatedNotificationSchema: updated } = types;
    return { Client, Transport: StreamableHTTPClientTransport, options: {}, asks, updated };
  }
  const { Client, StreamableHTTPClientTransport } = await load("@modelcontextprotocol/client");
  const options = { versionNegotiation: { mode } };
  const [asks, updated] = ["elicitation/create", "notifications/resources/updated"];
  return { Client, Transport: StreamableHTTPClientTransport, options, asks, updated };
}

const { Client, Transport, options, asks, updated } = await kit();

async function connected(token, ask) {
  const capabilities = ask ? { elicitation: { form: {} } } : {};
  const client = new Client({ name: "judge", version: "1" }, { ...options, capabilities });
  if (ask) client.setRequestHandler(asks, ask);
  const headers = { Authorization: `Bearer ${token}` };
  await client.connect(new Transport(new URL(url), { requestInit: { headers } }));
  await client.listTools();
  return client;
}

const call = (client, name, args = {}, how = {}) => {
  const params = { name, arguments: args };
  return mode === "legacy" ? client.callTool(params, undefined, how) : client.callTool(params, how);
};
const tools = async (client) => (await client.listTools()).tools.map((tool) => tool.name);
const kept = async (client) => (await call(client, "papers")).structuredContent.kept;

async function progress(client) {
  const steps = [];
  const onprogress = ({ progress, total, message }) => steps.push([progress, total, message]);
  const result = await call(client, "count_up", {}, { onprogress });
  assert.deepEqual(result.structuredContent, { counted: 3 });
  assert.deepEqual(steps, [[1, 3, "step 1"], [2, 3, "step 2"], [3, 3, "step 3"]]);
}

async function takenBack(client) {
  const before = await kept(client);
  const control = new AbortController();
  const rounds = [...Array(100).keys()];
  const onprogress = () => control.abort("no longer");
  await assert.rejects(call(client, "toil", { rounds }, { onprogress, signal: control.signal }));
  const after = await call(client, "keep", { title: "after", scan: inline(CSV) });
  assert.ok(!after.isError, JSON.stringify(after));
  assert.equal(await kept(client), before + 1);
}

async function files(client) {
  const result = await call(client, "keep", { title: "t", scan: inline(CSV) });
  assert.equal(result.structuredContent.digest, digest(CSV));
  const links = result.content.filter((block) => block.type === "resource_link");
  assert.deepEqual(links.map(({ uri, name }) => [uri, name]), [[result.structuredContent.url, "a.csv"]]);
  const announced = { name: "b.csv", type: "text/csv", size: OTHER.length, digest: digest(OTHER) };
  const told = await call(client, "keep", { title: "t", scan: announced });
  const [upload] = told._meta["quater/upload"];
  assert.equal((await fetch(upload.url, { method: "PUT", body: OTHER })).status, 204);
  const sent = await call(client, "keep", { title: "t", scan: { upload: upload.upload } });
  assert.equal(sent.structuredContent.digest, announced.digest);
  assert.ok((await call(client, "keep", { title: "t", scan: { upload: upload.upload } })).isError);
}

async function approval(client, manager) {
  const paper = { title: "t", scan: inline(CSV) };
  const waits = await call(client, "publish", paper);
  const request = waits._meta["quater/approval"].approval;
  const listed = await call(manager, "quater_approvals");
  assert.deepEqual(listed.structuredContent.items.map((it) => it.approval), [request]);
  const granted = await call(manager, "quater_decide", { approval: request, decision: "grant" });
  assert.equal(granted.structuredContent.state, "granted");
  assert.ok((await call(client, "publish", { ...paper, scan: inline(OTHER) })).isError, "another file");
  assert.ok(!(await call(client, "publish", paper)).isError);
  assert.ok((await call(client, "publish", paper)).isError, "a grant is used up");
}

/** The user of a client that can ask is asked until somebody has granted the call. */
async function asked(manager) {
  const rounds = [];
  const client = await connected(clerk, async ({ params }) => {
    rounds.push(params.message);
    if (rounds.length === 2) {
      const listed = (await call(manager, "quater_approvals")).structuredContent.items;
      const { approval } = listed.find((it) => params.message.includes(it.approval));
      await call(manager, "quater_decide", { approval, decision: "grant" });
    }
    return { action: "accept", content: {} };
  });
  const result = await call(client, "publish", { title: "asked", scan: inline(CSV) });
  assert.ok(!result.isError && rounds.length === 2, JSON.stringify({ result, rounds }));
  await client.close();
}

/** A client hears of changes by calls over HTTP, and not of what it may not read, until it wants to hear no more. */
async function changes() {
  const [people, ledger] = ["papers://people", "papers://ledger"];
  const heard = [];
  const client = await connected(clerk, undefined);
  client.setNotificationHandler(updated, ({ params }) => void heard.push(params.uri));
  const join = async () => {
    const body = JSON.stringify({ name: "new", role: "clerk" });
    const headers = { "Content-Type": "application/json" };
    assert.equal((await fetch(url.replace(/mcp$/, "people"), { method: "POST", headers, body })).status, 200);
  };
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const hears = async () => {
    for (let tries = 0; heard.length === 0 && tries < 200; tries += 1) await pause(100);
    assert.deepEqual([...new Set(heard.splice(0))], [people]);
  };
  if (mode === "legacy") {
    assert.ok(client.getServerCapabilities().resources.subscribe);
    await client.subscribeResource({ uri: people });
    await assert.rejects(client.subscribeResource({ uri: ledger }), /may not|Forbidden/);
    await join();
    await hears();
    await client.unsubscribeResource({ uri: people });
  } else {
    const listening = await client.listen({ resourceSubscriptions: [people, ledger] });
    assert.deepEqual(listening.honoredFilter.resourceSubscriptions, [people]);
    await join();
    await hears();
    await listening.close();
  }
  await join();
  await pause(500);
  assert.deepEqual(heard, []);
  await client.close();
}

const [client, manager] = [await connected(clerk), await connected(boss)];
assert.deepEqual(await tools(client), ["count_up", "keep", "papers", "publish", "toil", "weigh", "quater_approvals"]);
assert.ok((await tools(manager)).includes("quater_decide"));
await progress(client);
await files(client);
await takenBack(client);
await approval(client, manager);
await asked(manager);
await changes();
await Promise.all([client.close(), manager.close()]);
