// The language server, driven by the client library of Visual Studio Code: every answer has the form that the
// protocol's own types ask for, and says what it should.
//
//     node editor_client.mjs QUATER
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.cwd(), "package.json"));
const { StreamMessageReader, StreamMessageWriter, createProtocolConnection, ...lsp } = require(
  "vscode-languageserver-protocol/node",
);

const COMMON = "type Money = decimal(2)\n";
const SERVICE = `service shop version 1
use Money from "./common.qtr"

error Dry(left: int) = 409 "þ🗻 {left}"
fn few(count: int) = count < 3

/// Buy something.
operation buy(count: int(1..9), price: Money) -> { paid: Money, left: int } {
  http POST /buy
  allow public
  let left = 9 - count
  require not few(left) else Dry(left)
  return { paid: price, left: left }
}

test "buying leaves some" {
  as nobody call buy(1, 2) gives { left: 8 }
}
`;

const folder = mkdtempSync(path.join(tmpdir(), "quater-"));
const uri = (name) => pathToFileURL(path.join(folder, name)).href;
writeFileSync(path.join(folder, "common.qtr"), COMMON);
writeFileSync(path.join(folder, "shop.qtr"), SERVICE);

function start(capabilities) {
  const server = spawn(process.argv[2], ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const told = [];
  const waiting = [];
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (params) => {
    const at = waiting.findIndex((one) => one.uri === params.uri);
    if (at >= 0) waiting.splice(at, 1)[0].resolve(params);
    else told.push(params);
  });
  const asked = [];
  for (const type of [lsp.RegistrationRequest.type, lsp.WorkDoneProgressCreateRequest.type]) {
    connection.onRequest(type, (params) => void asked.push(params));
  }
  connection.onRequest(lsp.DiagnosticRefreshRequest.type, () => void asked.push("refresh"));
  const progress = [];
  connection.onNotification("$/progress", (params) => progress.push(params.value.kind));
  connection.listen();
  const reports = (of) => {
    const at = told.findIndex((one) => one.uri === of);
    if (at >= 0) return Promise.resolve(told.splice(at, 1)[0]);
    return new Promise((resolve) => waiting.push({ uri: of, resolve }));
  };
  const begin = connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities,
  });
  return { server, connection, reports, asked, progress, begin };
}

// The capability sets of some editors, as far as this server looks at them.
const EDITORS = {
  vscode: {
    general: { positionEncodings: ["utf-16"] },
    textDocument: { diagnostic: {} },
    window: { workDoneProgress: true },
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, diagnostics: { refreshSupport: true } },
  },
  neovim: { general: { positionEncodings: ["utf-8", "utf-16", "utf-32"] } },
  emacs: { general: { positionEncodings: ["utf-32", "utf-8", "utf-16"] } },
  helix: { general: { positionEncodings: ["utf-8", "utf-32", "utf-16"] }, window: { workDoneProgress: true } },
  old: {},
  counts_characters: { general: { positionEncodings: ["utf-32"] } },
};

function place(text, part, inside = 0) {
  const at = text.indexOf(part) + inside;
  const before = text.slice(0, at).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
}

async function judge(name, capabilities) {
  const { server, connection, reports, asked, progress, begin } = start(capabilities);
  const { capabilities: can } = await begin;
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  const offered = capabilities.general?.positionEncodings ?? ["utf-16"];
  assert.ok(offered.includes(can.positionEncoding), `${name}: ${can.positionEncoding}`);
  const shop = uri("shop.qtr");
  const open = (of, text) => connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
    textDocument: { uri: of, languageId: "quater", version: 1, text },
  });
  await open(shop, SERVICE);
  const pulls = capabilities.textDocument?.diagnostic !== undefined;
  const current = async () => {
    if (!pulls) return (await reports(shop)).diagnostics;
    const pulled = await connection.sendRequest(lsp.DocumentDiagnosticRequest.type, { textDocument: { uri: shop } });
    assert.equal(pulled.kind, "full");
    return pulled.items;
  };
  assert.deepEqual(await current(), [], name);

  const textDocument = { uri: shop };
  const at = (part, inside) => ({ textDocument, position: place(SERVICE, part, inside) });
  const ask = (type, params) => connection.sendRequest(type.type, params);

  const hover = await ask(lsp.HoverRequest, at("not few", 5));
  assert.ok(lsp.Hover.is(hover) && hover.contents.value.includes("fn few(count: int)"), name);
  const definition = await ask(lsp.DefinitionRequest, at("price: Money", 8));
  assert.ok(definition.every(lsp.Location.is));
  assert.equal(definition[0].uri, uri("common.qtr"));
  const uses = await ask(lsp.ReferencesRequest, { ...at("let left", 5), context: { includeDeclaration: false } });
  assert.equal(uses.filter(lsp.Location.is).length, 3, name);
  const same = await ask(lsp.DocumentHighlightRequest, at("let left", 5));
  assert.ok(same.length === 4 && same.every((one) => lsp.Range.is(one.range)), name);
  assert.ok((await ask(lsp.DocumentSymbolRequest, { textDocument })).every(lsp.DocumentSymbol.is));
  const found = await ask(lsp.WorkspaceSymbolRequest, { query: "buy" });
  assert.ok(found.length > 0 && found.every((one) => lsp.Location.is(one.location)));
  const items = await ask(lsp.CompletionRequest, at("left: left", 6));
  assert.ok(items.items.length > 0 && items.items.some((one) => one.label === "price"), name);
  assert.ok(items.items.every((one) => lsp.TextEdit.is(one.textEdit)));
  const signature = await ask(lsp.SignatureHelpRequest, at("few(left)", 4));
  assert.equal(signature.signatures[0].label, "few(count: int)");
  assert.ok((await ask(lsp.FoldingRangeRequest, { textDocument })).every(lsp.FoldingRange.is));
  const around = await ask(lsp.SelectionRangeRequest, { textDocument, positions: [place(SERVICE, "let left", 5)] });
  assert.ok(around.every(lsp.SelectionRange.is));
  assert.ok((await ask(lsp.DocumentLinkRequest, { textDocument })).every(lsp.DocumentLink.is));
  assert.ok((await ask(lsp.CodeLensRequest, { textDocument })).every(lsp.CodeLens.is));
  const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  assert.ok((await ask(lsp.InlayHintRequest, { textDocument, range })).every(lsp.InlayHint.is));
  const tokens = await ask(lsp.SemanticTokensRequest, { textDocument });
  assert.ok(lsp.SemanticTokens.is(tokens) && tokens.data.length % 5 === 0 && tokens.data.length > 50);
  assert.ok(lsp.Range.is(await ask(lsp.PrepareRenameRequest, at("let left", 5))));
  const edit = await ask(lsp.RenameRequest, { ...at("type Money", 0), position: place(SERVICE, "use Money", 5), newName: "Amount" });
  assert.ok(lsp.WorkspaceEdit.is(edit));
  assert.deepEqual(Object.keys(edit.changes).sort(), [uri("common.qtr"), shop].sort(), name);
  await assert.rejects(ask(lsp.RenameRequest, { ...at("let left", 5), newName: "count" }), /meaning|means/);
  const moved = await ask(lsp.WillRenameFilesRequest, { files: [{ oldUri: uri("common.qtr"), newUri: uri("money.qtr") }] });
  assert.equal(moved.changes[shop][0].newText, "./money.qtr");

  // Behind letters of two and of one unit, every way of counting must find the same word.
  const line = SERVICE.split("\n")[3];
  const units = { "utf-8": (text) => Buffer.byteLength(text), "utf-16": (text) => text.length, "utf-32": (text) => [...text].length };
  const count = units[can.positionEncoding];
  const inMessage = { line: 3, character: count(line.slice(0, line.indexOf("{left}") + 2)) };
  const meant = await ask(lsp.DefinitionRequest, { textDocument, position: inMessage });
  assert.deepEqual(meant[0].range.start, { line: 3, character: count("error Dry(") }, name);

  // An edit of a stretch, its report, its fix, and the report's end.
  const change = (changes, version) => connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri: shop, version },
    contentChanges: changes,
  });
  const word = place(SERVICE, "few(left)", 0);
  const wrong = { start: word, end: { ...word, character: word.character + 3 } };
  await change([{ range: wrong, text: "fwe" }], 2);
  const diagnostics = await current();
  assert.ok(diagnostics.every(lsp.Diagnostic.is) && diagnostics[0].code === "E0205", JSON.stringify(diagnostics));
  const actions = await ask(lsp.CodeActionRequest, { textDocument, range: wrong, context: { diagnostics } });
  assert.ok(actions.every(lsp.CodeAction.is));
  const fix = actions.find((one) => one.isPreferred);
  await change(fix.edit.changes[shop].map((one) => ({ range: one.range, text: one.newText })), 3);
  assert.deepEqual(await current(), [], name);

  // Called off: the answer is the refusal that the protocol names, or the answer if that was quicker.
  const source = new lsp.CancellationTokenSource();
  const called = connection.sendRequest(lsp.HoverRequest.type, at("not few", 5), source.token);
  source.cancel();
  await called.catch((why) => assert.equal(why.code, lsp.LSPErrorCodes.RequestCancelled));

  if (capabilities.window?.workDoneProgress) {
    assert.deepEqual(progress, ["begin", "end"], name);
  }
  if (capabilities.workspace?.didChangeWatchedFiles) {
    assert.ok(asked.some((one) => one.registrations?.[0].method === "workspace/didChangeWatchedFiles"), name);
  }
  await connection.sendRequest(lsp.ShutdownRequest.type);
  const ended = new Promise((resolve) => server.on("exit", resolve));
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await ended, 0, name);
}

for (const [name, capabilities] of Object.entries(EDITORS)) {
  await judge(name, capabilities);
  console.log(`${name}: every answer is as the protocol has it`);
}
