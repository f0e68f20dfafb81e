// Judges the TextMate grammar over right programs: every declaration word, every word that begins a line of a
// block, every text, number, truth value and comment gets its scope.
//
//     node scopes.mjs FILE.qtr…
//
// What a line is made of is found here by a few rules of its own, not by the grammar that is judged.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const wasm = readFileSync(path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm"));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
const file = path.join(here, "syntaxes/quater.tmLanguage.json");
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(file, "utf8"), file),
});
const grammar = await registry.loadGrammar("source.qtr");

const DECLARATIONS =
  /^(service|use|env|resource|static|auth|type|enum|error|fn|entity|operation|channel|job|test)\b/;
const LINES =
  /^\s+(http|mcp|cli|allow|deny|limit|idempotent|approve|timeout|compress|audit|fails|impl|retry|every|receives|let|require|if|for|return|given|expect|stub|run|find|list|create|upsert|update|delete|call|enqueue|emit|send)\b(?=\s+[^:=\s]|$)/;

// The parts of a line outside texts and comments, and those inside.
function cut(line) {
  const parts = { texts: [], comment: -1, bare: [] };
  let at = 0;
  let bare = "";
  while (at < line.length) {
    if (line[at] === '"') {
      const from = at;
      let depth = 0;
      for (at += 1; at < line.length; at += 1) {
        if (line[at] === "\\" && depth === 0) at += 1;
        else if (line[at] === "{" && line[at + 1] === "{" && depth === 0) at += 1;
        else if (line[at] === "{") depth += 1;
        else if (line[at] === "}" && depth > 0) depth -= 1;
        else if (line[at] === '"' && depth === 0) break;
      }
      at += 1;
      parts.texts.push([from, at]);
      bare += " ".repeat(at - from);
      continue;
    }
    if (line.startsWith("//", at) && (at === 0 || /\s/.test(line[at - 1]))) {
      parts.comment = at;
      break;
    }
    const regex = /[(,]\s?$/.test(bare) ? /^\/(?:\\.|\[(?:\\.|[^\]])*\]|[^/[])+\//.exec(line.slice(at)) : null;
    const route = /(?:GET|POST|PUT|PATCH|DELETE|static|base|docs)\s+$/.test(bare) ? /^[/{]\S*/.exec(line.slice(at)) : null;
    const skip = (regex ?? route)?.[0].length ?? 0;
    bare += skip > 0 ? " ".repeat(skip) : line[at];
    at += Math.max(skip, 1);
  }
  parts.bare = bare;
  return parts;
}

function wanted(line) {
  const parts = cut(line);
  const found = [];
  if (parts.comment >= 0) found.push([parts.comment, "comment"]);
  for (const [from] of parts.texts) found.push([from, "string"]);
  const docs = /^\s*\/\/\//.test(line);
  if (docs) return [[line.indexOf("/"), "comment"]];
  const declaration = DECLARATIONS.exec(parts.bare);
  if (declaration) found.push([0, "keyword.declaration"]);
  const start = LINES.exec(parts.bare);
  if (start) found.push([line.indexOf(start[1]), "keyword"]);
  for (const number of parts.bare.matchAll(/(?<![\w.])\d+(?:\.\d+)?[a-z]*\b/g)) found.push([number.index, "constant.numeric"]);
  for (const word of parts.bare.matchAll(/(?<![\w.])(null|true|false)\b(?!\s*:)/g)) {
    found.push([word.index, /on delete $/.test(parts.bare.slice(0, word.index)) ? "" : "constant.language"]);
  }
  return found;
}

let judged = 0;
const wrong = [];
for (const name of process.argv.slice(2)) {
  let stack = textmate.INITIAL;
  for (const [number, line] of readFileSync(name, "utf8").split("\n").entries()) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const [at, scope] of wanted(line)) {
      judged += 1;
      const token = tokens.find((one) => one.startIndex <= at && at < one.endIndex);
      if (!token?.scopes.some((one) => one.startsWith(scope))) {
        wrong.push(`${name}:${number + 1}:${at + 1}: no ${scope}, but ${token?.scopes.join(" ")}: ${line}`);
      }
    }
    if (stack.depth > 1) {
      wrong.push(`${name}:${number + 1}: something stays open at the end of the line: ${line}`);
      stack = textmate.INITIAL;
    }
  }
}
console.log(`${judged} places judged, ${wrong.length} wrong`);
wrong.slice(0, 40).forEach((one) => console.log(one));
process.exit(wrong.length === 0 && judged > 0 ? 0 : 1);
