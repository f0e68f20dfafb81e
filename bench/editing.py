#!/usr/bin/env python3
"""Measures the language server while somebody types, beside those of TypeSpec and Prisma, with one client.

    cargo build --release --package quater
    bench/editing.py target/release/quater target/editing

writes bench/EDITING.md. The two others are installed from npm into the second folder. Other numbers of entities than
200 and 1,000 can stand behind it.
"""
import json
import os
import platform
import queue
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from checking import PEERS, clusters, load, peers

EDITS = 60
QUESTIONS = 30
PATIENCE = 20  # Seconds after which a server is asked no more than it has been.
SEED = 7
ADDED = """/// One more.
operation one_more() -> Absent {
  http GET /one_more
  allow signed_in
  return 1
}

"""
SERVERS = {"node": "22.23.3", "@typespec/compiler": PEERS["@typespec/compiler"],
           "@typespec/http": PEERS["@typespec/http"], "@prisma/language-server": "31.12.10"}


class Server:
    """A server over its standard input and output."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.inbox, self.number = queue.Queue(), 0
        threading.Thread(target=self.read, daemon=True).start()
        uri = folder.as_uri()
        self.ask("initialize", {"processId": os.getpid(), "rootUri": uri, "capabilities": {},
                                "workspaceFolders": [{"uri": uri, "name": "bench"}]})
        self.tell("initialized", {})

    def read(self):
        out = self.process.stdout
        while True:
            length = 0
            while line := out.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length == 0:
                return self.inbox.put(None)
            self.inbox.put(json.loads(out.read(length)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def receive(self, wanted):
        while True:
            message = self.inbox.get(timeout=300)
            if message is None:
                sys.exit("the server is gone")
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            if wanted(message):
                return message

    def ask(self, method, params):
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        answer = self.receive(lambda message: message.get("id") == number and "method" not in message)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return answer["result"]

    def reports(self, uri):
        def about(message):
            return (message.get("method") == "textDocument/publishDiagnostics"
                    and message["params"]["uri"].lower() == uri.lower())
        return self.receive(about)["params"]["diagnostics"]

    def memory(self):
        """The most that was resident, in mebibytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def end(self):
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.process.wait(timeout=30)


def timed(work):
    begin = time.perf_counter()
    result = work()
    return (time.perf_counter() - begin) * 1000, result


def place(text, at):
    line = text.count("\n", 0, at)
    return {"line": line, "character": at - (text.rfind("\n", 0, at) + 1)}


def p95(times):
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


class Typing:
    """Somebody who breaks a word somewhere and mends it again."""

    def __init__(self, server, path, language):
        self.server, self.uri, self.text = server, path.as_uri(), path.read_text()
        self.version = 1
        document = {"uri": self.uri, "languageId": language, "version": 1, "text": self.text}
        self.opened, _ = timed(lambda: self.open(document))

    def open(self, document):
        self.server.tell("textDocument/didOpen", {"textDocument": document})
        self.server.reports(self.uri)

    def replace(self, start, end, new):
        self.version += 1
        change = {"range": {"start": place(self.text, start), "end": place(self.text, end)}, "text": new}
        self.text = self.text[:start] + new + self.text[end:]
        document = {"uri": self.uri, "version": self.version}
        self.server.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        return self.server.reports(self.uri)

    def break_and_mend(self, pattern, chance):
        """How long each of the two edits takes, to its reports."""
        found = chance.choice(list(re.finditer(pattern, self.text)))
        start, end = found.span(1)
        word = found[1]
        broken = word[1:] + word[0]
        one, reports = timed(lambda: self.replace(start, end, broken))
        assert reports, f"no report on {broken}"
        two, reports = timed(lambda: self.replace(start, end, word))
        assert not [report for report in reports if report.get("severity") == 1], reports[:2]
        return [one, two]

    def add_and_take_out(self, text, pattern, chance):
        """How long each takes of a declaration that is not right, somewhere between others."""
        at = chance.choice(list(re.finditer(pattern, self.text))).start()
        one, reports = timed(lambda: self.replace(at, at, text))
        assert reports, f"no report on {text}"
        two, reports = timed(lambda: self.replace(at, at + len(text), ""))
        assert not [report for report in reports if report.get("severity") == 1], reports[:2]
        return [one, two]

    def question(self, method, pattern, chance, **more):
        found = chance.choice(list(re.finditer(pattern, self.text)))
        params = {"textDocument": {"uri": self.uri}, "position": place(self.text, found.start(1) + 1), **more}
        return timed(lambda: self.server.ask(method, params))


def quater(binary, folder, count, out):
    place_of = folder / f"quater{count}"
    place_of.mkdir(parents=True, exist_ok=True)
    path = place_of / "service.qtr"
    path.write_text(clusters(count)[0])
    server = Server([str(binary), "lsp"], place_of)
    typing = Typing(server, path, "quater")
    chance = random.Random(SEED)
    bodies, heads, more = [], [], []
    for _ in range(EDITS // 2):
        bodies += typing.break_and_mend(r"thing\.(count) \+ 1", chance)
        heads += typing.break_and_mend(r"count:  (int)\(0\.\.\)", chance)
        more += typing.add_and_take_out(ADDED, r"/// One thing of kind", chance)
    completion = [typing.question("textDocument/completion", r"thing\.(count) \+ 1", chance)[0]
                  for _ in range(QUESTIONS)]
    hover = [typing.question("textDocument/hover", r"return (thing)\n", chance)[0] for _ in range(QUESTIONS)]
    rename, edit = typing.question("textDocument/rename", r"entity (User) in", chance, newName="Person")
    uses = sum(len(edits) for edits in edit["changes"].values())
    row = [f"Quater, {count:,} / {5 * count:,}", typing.opened, statistics.median(bodies), p95(bodies), p95(heads), p95(more),
           p95(completion), p95(hover)]
    out.append("| " + " | ".join([row[0], *(f"{value:.0f} ms" for value in row[1:])])
               + f" | {rename:.0f} ms of {uses} | {server.memory():.0f} MiB |")
    print(out[-1], flush=True)
    server.end()


def other(name, command, folder, path, language, pattern, out):
    server = Server(command, folder)
    typing = Typing(server, path, language)
    chance = random.Random(SEED)
    times, completion, begun = [], [], time.monotonic()
    while len(times) < EDITS // 2 and time.monotonic() - begun < PATIENCE or len(times) < 4:
        times += typing.break_and_mend(pattern, chance)
    begun = time.monotonic()
    while len(completion) < QUESTIONS // 2 and time.monotonic() - begun < PATIENCE or len(completion) < 2:
        completion.append(typing.question("textDocument/completion", pattern, chance)[0])
    out.append(f"| {name} | {typing.opened:.0f} ms | {statistics.median(times):.0f} ms | {p95(times):.0f} ms | "
               f"| | {p95(completion):.0f} ms | | | {server.memory():.0f} MiB |")
    print(out[-1], flush=True)
    server.process.kill()


def main():
    binary, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    before = load()
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
    node, *servers = [f"{name}@{version}" for name, version in SERVERS.items()]
    # Node is put in place by its script; one of the servers' would fetch an engine that it does not need.
    subprocess.run([*install, node], cwd=folder, check=True)
    subprocess.run([*install, "--ignore-scripts", *servers], cwd=folder, check=True)
    out = ["# How long an edit takes", "", "Made by `bench/editing.py`: one client breaks a word somewhere and mends it, "
           f"{EDITS} times, or less often where it takes over {PATIENCE} s; entities / operations. p95 but where it says "
           "otherwise.", "",
           "| server | open | edit in a body, median | edit in a body | edit of a column | operation more or less | completion | hover | rename "
           "| peak memory |", "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for count in [int(count) for count in sys.argv[3:]] or [200, 1000]:
        quater(binary, folder, count, out)
        peers(folder, count)
        node, modules = str(folder / "node_modules/node/bin/node"), folder / "node_modules"
        other(f"TypeSpec, {count:,}", [node, str(modules / ".bin/tsp-server"), "--stdio"], folder,
              folder / "large.tsp", "typespec", r"price: (decimal);", out)
        other(f"Prisma, {count:,} / 0", [node, str(modules / ".bin/prisma-language-server"), "--stdio"], folder,
              folder / "large.prisma", "prisma", r"title (String)\n", out)
    versions = ", ".join(f"{name} {version}" for name, version in SERVERS.items())
    out += ["", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; load before {before}, after {load()}; "
            f"{versions}.", ""]
    Path(__file__).with_name("EDITING.md").write_text("\n".join(out))


if __name__ == "__main__":
    main()
