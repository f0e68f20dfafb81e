"""Measures this Quater beside Quater 0.2.2 and FastAPI in turns, and writes a table.

    measure.py QUATER PYTHON FOLDER ROUNDS SECONDS REPORT

Each server gets the same tables with the same rows, is asked the same and must answer the same; its processor time is
that of all its processes, from /proc.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
KEY = "a key of the benchmarks, and of nothing else"
SCENARIOS = {"health": "health", "read": "read with auth", "post": "typed POST", "mcp": "MCP call"}
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 32


def token() -> str:
    def coded(what: object) -> str:
        text = what if isinstance(what, bytes) else json.dumps(what).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=").decode()

    text = f"{coded({'alg': 'HS256', 'typ': 'JWT'})}.{coded({'sub': '1', 'exp': int(time.time()) + 86400})}"
    return f"{text}.{coded(hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest())}"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """One of the three, on a database of its own; ends with its block."""

    def __init__(self, name: str, quater: pathlib.Path, python: pathlib.Path, database: pathlib.Path):
        self.name, self.port = name, free_port()
        env = {"PATH": os.environ["PATH"], "SIGNING_KEY": KEY}
        if name == "Quater":
            command = [quater, "run", str(HERE / "service.qtr"), "--listen", f"127.0.0.1:{self.port}"]
            env["DATABASE_URL"] = f"sqlite:{database}"
        else:
            env["PEERS_DATABASE"], env["PYTHONPATH"] = str(database), str(HERE)
            tools = python.parent
            command = (
                [str(tools / "quater"), "run", "old_quater:app", "--host", "127.0.0.1", "--port", str(self.port),
                 "--workers", "1", "--no-access-log", "--log-level", "warning", "--allow-insecure"]
                if name == "Quater 0.2.2"
                else [str(tools / "uvicorn"), "fastapi_app:app", "--port", str(self.port), "--loop", "uvloop",
                      "--http", "httptools", "--no-access-log", "--log-level", "warning"]
            )
        self.log = open(database.with_suffix(".log"), "wb")
        self.process = subprocess.Popen(
            command, env=env, cwd=HERE, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def __enter__(self) -> "Server":
        begun = time.monotonic()
        while time.monotonic() < begun + 20:
            try:
                if self.ask("GET", "/health", signed=False)[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        sys.exit(f"{self.name} does not start: {self.log.name}")

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        self.log.close()

    def ask(self, method: str, path: str, body: object = None, signed: bool = True) -> tuple[int, object]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        request.add_header("Accept", "application/json, text/event-stream")
        if signed:
            request.add_header("Authorization", f"Bearer {token()}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, None

    def cpu(self) -> float:
        """Seconds that all processes of the server have computed."""
        spent = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:
                spent += int(fields[11]) + int(fields[12])
        return spent / TICKS

    def load(self, scenario: str, seconds: float, begin: int) -> tuple[int, int]:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(HERE / "load.lua"),
                   f"http://127.0.0.1:{self.port}", "--", scenario, token(), str(begin)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"RESULT (\d+) (\d+)", said) or sys.exit(said)
        return int(found[1]), int(found[2])

    def tool(self, key: int) -> object:
        """What the tool that gives one item says."""
        params = {"name": "get_item", "arguments": {"item": key}}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        status, answer = self.ask("POST", "/mcp", call)
        result = answer.get("result") if status == 200 else None
        if not result:
            sys.exit(f"{self.name}: {call} gives {status} {answer}")
        return None if result.get("isError") else json.loads(result["content"][0]["text"])

    def agrees(self) -> None:
        """Answers as all do; what is refused is refused."""
        new = {"sku": "ZZZ-000001", "title": "Pen", "price": 250, "stock": 10}
        wanted = [
            (("GET", "/health", None, False), (200, {"ok": True})),
            (("GET", "/items/7",), (200, {"id": 7, "sku": "AAA-000007", "title": "Item 7", "price": 7, "stock": 7})),
            (("GET", "/items/7", None, False), (401, None)),
            (("GET", "/items/999999",), (404, None)),
            (("POST", "/items", new), (201, {"id": 1001, **new})),
            (("POST", "/items", new), (409, None)),
            (("POST", "/items", {**new, "sku": "pen"}), (422, None)),
            (("POST", "/items", {**new, "colour": "red"}), (422, None)),
            (("POST", "/items", {**new, "price": -1}), (422, None)),
        ]
        for asked, right in wanted:
            got = self.ask(*asked)
            # Quater 0.2.2 tells of wrong input by 400.
            if got != right and not (self.name == "Quater 0.2.2" and (got[0], right[0]) == (400, 422)):
                sys.exit(f"{self.name}: {asked} gives {got}, not {right}")
        if self.name != "FastAPI" and [self.tool(7), self.tool(999999)] != [wanted[1][1][1], None]:
            sys.exit(f"{self.name}: the tool gives {self.tool(7)} and {self.tool(999999)}")


def tables(quater: pathlib.Path, python: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The database that every server gets a copy of: tables as Quater makes them, with rows."""
    made = folder / "made.db"
    with Server("Quater", quater, python, made):
        pass
    with sqlite3.connect(made) as database:
        database.execute("""INSERT INTO "user" (id, name) VALUES (1, 'Ann')""")
        rows = ((at, f"AAA-{at:06}", f"Item {at}", at, at) for at in range(1, 1001))
        database.executemany('INSERT INTO "item" (id, sku, title, price, stock) VALUES (?, ?, ?, ?, ?)', rows)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return made


def measured(server: Server, scenario: str, seconds: float) -> float:
    """Requests a second of processor time."""
    server.load(scenario, 1, 0)
    before = server.cpu()
    requests, broken = server.load(scenario, seconds, 500_000)
    spent = server.cpu() - before
    if broken:
        sys.exit(f"{server.name}, {scenario}: {broken} of {requests} requests fail")
    return requests / spent


def main() -> None:
    # Servers are started in a folder of their own; what a link to an interpreter leads to has no packages.
    quater, python, folder = (pathlib.Path(path).absolute() for path in sys.argv[1:4])
    rounds, seconds, report = sys.argv[4:]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = tables(quater, python, folder)
    names = ["Quater", "Quater 0.2.2", "FastAPI"]
    found: dict[tuple[str, str], list[float]] = {}
    for turn in range(int(rounds)):
        for scenario in SCENARIOS:
            for name in names:
                if scenario == "mcp" and name == "FastAPI":
                    continue
                database = folder / "one.db"
                for old in folder.glob("one.db*"):
                    old.unlink()
                shutil.copy(made, database)
                with Server(name, quater, python, database) as server:
                    if turn == 0:
                        server.agrees()
                    found.setdefault((scenario, name), []).append(measured(server, scenario, float(seconds)))
                print(f"round {turn + 1}: {scenario:6} {name:12} {found[scenario, name][-1]:9.0f} / cpu-s", flush=True)
    middle = {which: statistics.median(all) for which, all in found.items()}
    lines = [f"| requests per second of processor time | {' | '.join(names)} | times 0.2.2 | times FastAPI |",
             "|---|---|---|---|---|---|"]
    for scenario, told in SCENARIOS.items():
        own, old, other = (middle.get((scenario, name)) for name in names)
        ratio = [f"{own / it:.1f}" if it else "–" for it in (old, other)]
        figures = [f"{it:,.0f}" if it else "–" for it in (own, old, other)]
        lines.append(f"| {told} | {' | '.join(figures + ratio)} |")
    table = "\n".join(lines)
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    pathlib.Path(report).write_text(
        "# Beside Quater 0.2.2 and FastAPI\n\nWritten by `bench/peers/run`; what is measured stands in `README.md`.\n\n"
        f"{table}\n\nMedians of {rounds} rounds of {seconds} s in turns, {CONNECTIONS} connections; "
        f"{os.cpu_count()} × {cpu}, {time.strftime('%Y-%m-%d')}.\n"
    )
    print(f"\n{table}")


if __name__ == "__main__":
    main()
