// Starts `quater lsp` and gives the commands that only an editor can run.
"use strict";

const { execFile } = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function command() {
  return vscode.workspace.getConfiguration("quater").get("path") || "quater";
}

function isThere() {
  return new Promise((resolve) => {
    execFile(command(), ["--version"], (why) => resolve(!why));
  });
}

async function start() {
  if (!(await isThere())) {
    const choice = await vscode.window.showErrorMessage(
      `The command \`${command()}\` is not on the path. Install it (\`cargo install --path cli\` in the ` +
        "repository of Quater), or say in the setting `quater.path` where it is.",
      "Open the setting",
    );
    if (choice === "Open the setting") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "quater.path");
    }
    return;
  }
  const settings = vscode.workspace.getConfiguration("quater");
  client = new LanguageClient(
    "quater",
    "Quater",
    { command: command(), args: ["lsp"], transport: TransportKind.stdio },
    {
      documentSelector: [{ language: "quater" }],
      initializationOptions: {
        inlayHints: settings.get("inlayHints"),
        codeLenses: settings.get("codeLenses"),
      },
      synchronize: { configurationSection: "quater" },
    },
  );
  await client.start();
}

async function restart() {
  if (client) {
    await client.stop();
    client = undefined;
  }
  await start();
}

// The folder of the service that a document, or else the workspace, belongs to.
function folder(uri) {
  const file = uri ? vscode.Uri.parse(uri).fsPath : vscode.window.activeTextEditor?.document.uri.fsPath;
  return file ? path.dirname(file) : vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

function inTerminal(name, args, cwd) {
  const terminal = vscode.window.createTerminal({ name, cwd, shellPath: command(), shellArgs: args });
  terminal.show(true);
}

async function call(uri, name) {
  const args = await vscode.window.showInputBox({
    prompt: `Arguments of \`${name}\`, as \`--name value\``,
    placeHolder: "--id 1",
  });
  if (args !== undefined) {
    const words = args.match(/"[^"]*"|\S+/g)?.map((word) => word.replace(/^"|"$/g, "")) ?? [];
    inTerminal(`call ${name}`, ["call", name, ...words], folder(uri));
  }
}

async function callOperation() {
  const name = await vscode.window.showInputBox({ prompt: "Which operation?" });
  if (name) {
    await call(undefined, name);
  }
}

function showReferences(uri, position, locations) {
  const place = client.protocol2CodeConverter;
  return vscode.commands.executeCommand(
    "editor.action.showReferences",
    vscode.Uri.parse(uri),
    place.asPosition(position),
    locations.map((location) => place.asLocation(location)),
  );
}

function report() {
  execFile(command(), ["check", "--report"], { cwd: folder() }, async (why, out, err) => {
    const content = out || err || String(why);
    const document = await vscode.workspace.openTextDocument({ content });
    await vscode.window.showTextDocument(document, { preview: true });
  });
}

function docs() {
  const url = vscode.workspace.getConfiguration("quater").get("docsUrl");
  return vscode.env.openExternal(vscode.Uri.parse(url));
}

async function activate(context) {
  const commands = {
    "quater.run": () => inTerminal("quater run", ["run", "."], folder()),
    "quater.test": () => inTerminal("quater test", ["test", "."], folder()),
    "quater.runTest": (uri, title) => inTerminal("quater test", ["test", ".", "--filter", title], folder(uri)),
    "quater.call": call,
    "quater.callOperation": callOperation,
    "quater.report": report,
    "quater.docs": docs,
    "quater.restart": restart,
    "quater.showReferences": showReferences,
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  await start();
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
