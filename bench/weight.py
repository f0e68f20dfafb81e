#!/usr/bin/env python3
"""Measures a built service: its size, the time to its first answer, and its memory; and commands that need none.

    cargo build --release --package quater
    bench/weight.py target/release/quater

writes bench/WEIGHT.md. Each start is a process of its own, on a database that is there already; the time counts from
the start of the process to the last byte of the answer to a signed-in request.
"""
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTS = 30
KEY = "a key of the measurement, and of nothing else"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(port, method, path, body=None, token=None):
    """One request on a connection of its own; waits until somebody listens."""
    text = "" if body is None else json.dumps(body)
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as stream:
                stream.sendall((head + "\r\n" + text).encode())
                answer = b""
                while piece := stream.recv(65536):
                    answer += piece
            break
        except ConnectionRefusedError:
            time.sleep(0.0002)
    status, _, rest = answer.decode().partition("\r\n")
    assert status.split()[1] in ("200", "201"), answer
    return json.loads(rest.partition("\r\n\r\n")[2])


def resident(pid):
    """What the kernel calls resident, and the part of it that is the process's own, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return values["VmRSS"] / 1024, values["RssAnon"] / 1024


def took(words, environment):
    """How long a command takes from its start to its end, in milliseconds: the median of as many runs."""
    times = []
    for _ in range(STARTS + 1):
        begin = time.perf_counter()
        subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:])


def main():
    quater = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "store"
        subprocess.run([quater, "build", ROOT / "examples/store", "-o", store], check=True)
        environment = {"SIGNING_KEY": KEY, "PATH": os.environ["PATH"]}
        token, times, memory = None, [], []
        for _ in range(STARTS + 1):
            port = free_port()
            command = [store, "--listen", f"127.0.0.1:{port}"]
            begin = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            if token is None:
                form = {"email": "max@store.example", "password": "correct horse", "name": "north"}
                token = ask(port, "POST", "/branches", form)["token"]
            else:
                ask(port, "GET", "/me", token=token)
                times.append((time.perf_counter() - begin) * 1000)
                memory.append(resident(process.pid))
            process.terminate()
            process.wait()
        size = store.stat().st_size / 1e6
        source = folder / "source"
        shutil.copytree(ROOT / "examples/store", source)
        here = environment | {"DATABASE_URL": f"sqlite:{folder}/store.db", "QUATER_TOKEN": token}
        call = took([quater, "call", source, "me"], here)
        actions = took([quater, "actions", "list", source], here)
    rows = [
        ("executable", f"{size:.1f} MB", "25 MB"),
        ("start to first answer, median", f"{statistics.median(times):.1f} ms", "30 ms"),
        ("start to first answer, slowest", f"{max(times):.1f} ms", ""),
        ("resident after it, median", f"{statistics.median(m[0] for m in memory):.1f} MB", "20 MB"),
        ("of that its own", f"{statistics.median(m[1] for m in memory):.1f} MB", ""),
    ]
    rows += [
        ("`quater call` on its source, median", f"{call:.1f} ms", "15 ms"),
        ("`quater actions list` of it, median", f"{actions:.1f} ms", "10 ms"),
    ]
    text = "# What a built service weighs\n\n"
    text += f"Made by `bench/weight.py` from `examples/store`, {STARTS} starts, on {platform.machine()}, "
    text += f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}.\n\n"
    text += "| | measured | aim |\n|---|---|---|\n"
    text += "".join(f"| {what} | {got} | {aim} |\n" for what, got, aim in rows)
    (ROOT / "bench/WEIGHT.md").write_text(text)
    print(text)


main()
