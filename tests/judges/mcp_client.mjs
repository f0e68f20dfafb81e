// Calls tools through the official TypeScript clients: a JSON line in, a JSON line out, until the input ends.
// Lines and answers are those of mcp_client.py. `legacy` is the kit of the handshake revisions, `auto` its successor.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [url, mode, modules] = process.argv.slice(2);
const require = createRequire(modules + "/package.json");
const load = (name) => import(pathToFileURL(require.resolve(name)));

async function kit() {
  if (mode === "legacy") {
    const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return { Client, Transport: StreamableHTTPClientTransport, options: {} };
  }
  const { Client, StreamableHTTPClientTransport } = await load("@modelcontextprotocol/client");
  return { Client, Transport: StreamableHTTPClientTransport, options: { versionNegotiation: { mode } } };
}

const { Client, Transport, options } = await kit();
const open = new Map();

/** One connection for each credential, opened when it is first used. */
async function connected(token) {
  if (!open.has(token)) {
    const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    const client = new Client({ name: "judge", version: "1" }, options);
    const transport = new Transport(new URL(url), { requestInit: { headers } });
    await client.connect(transport);
    // The client holds results to the output schemas of the tools that it has listed.
    await client.listTools();
    open.set(token, { client, transport });
  }
  return open.get(token);
}

/** What a client says when HTTP turned it away: the body of the response, which both kits keep in the error. */
function denied(error) {
  const text = error.data?.text ?? error.message.slice(error.message.indexOf("{"));
  try {
    const body = JSON.parse(text);
    return { denied: body.error.data, message: body.error.message, code: body.error.code };
  } catch {
    return { denied: error.data ?? null, message: error.message, code: error.code ?? null };
  }
}

async function answer({ token, tool, arguments: given, meta: wishes = {} }) {
  try {
    const { client, transport } = await connected(token);
    if (tool === undefined || tool === null) {
      const { tools } = await client.listTools();
      const revision = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion;
      return { tools: tools.map((one) => one.name), revision };
    }
    const result = await client.callTool({ name: tool, arguments: given, _meta: wishes });
    const text = result.content.map((block) => block.text);
    const { structuredContent: structured = null, _meta: meta = null, isError = false } = result;
    return { structured, meta, text, is_error: isError };
  } catch (error) {
    return denied(error);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
await Promise.all([...open.values()].map(({ client }) => client.close()));
