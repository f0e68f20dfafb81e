#!/usr/bin/env python3
"""Measures a cold `quater check` over services of many shapes, beside TypeSpec and Prisma.

    cargo build --release --package quater
    bench/checking.py target/release/quater target/checking

writes bench/CHECKING.md. The two others are installed from npm into the second folder.
"""
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 5
# What takes longer than so many milliseconds is run once.
PATIENCE = 5000
LARGE = Path(__file__).parent / "src/bin/measure/large.rs"


def template(name):
    """A text of the large service that `measure` checks, so that both measure the same."""
    return re.search(rf'const {name}: &str = r#"(.*?)"#;', LARGE.read_text(), re.S).group(1)


TOP, ENTITY = template("TOP"), template("ENTITY")
EXTRA = '''
entity {name} in data {{
  id:    uuid key
  title: text(1..120)
{more}  allow read signed_in
}}
'''


def things(count, parent):
    """`count` entities with five operations each; `parent` says where each of them points."""
    found = []
    for nth in range(count):
        to = parent(nth)
        line = "" if to is None else f"  parent: Thing{to}? on delete null\n"
        found.append(ENTITY.replace("{parent}\n", line).replace("{n}", str(nth)))
    return found


def clusters(count):
    return [TOP + "".join(things(count, lambda nth: nth - 1 if nth % 10 else None))]


def chain(count):
    return [TOP + "".join(things(count, lambda nth: nth - 1 if nth else None))]


def ring(count):
    return [TOP + "".join(things(count, lambda nth: (nth - 1) % count))]


def deep(count):
    """Each entity points to the one before it, and goes with it."""
    rule = "  parent: Deep{} on delete cascade\n"
    text = [EXTRA.format(name="Deep0", more="")]
    text += [EXTRA.format(name=f"Deep{nth}", more=rule.format(nth - 1)) for nth in range(1, count)]
    return [TOP + "".join(text)]


def wide(fields):
    return [TOP + EXTRA.format(name="Wide", more="".join(f"  field{n}: text(..40)?\n" for n in range(fields)))]


def files(count):
    """A small file an entity, each taken by the first."""
    one = "use data from \"./service.qtr\"\n" + EXTRA
    rest = [one.format(name=f"Small{nth}", more="") for nth in range(count)]
    uses = "".join(f'use Small{nth} from "./part{nth}.qtr"\n' for nth in range(count))
    return [TOP.replace("\nenv {", "\n" + uses + "\nenv {", 1)] + rest


def broken(count, every):
    """The clusters with one field of unknown type in every so many entities."""
    found = things(count, lambda nth: nth - 1 if nth % 10 else None)
    bad = [text.replace("text(trim, 1..120)\n", "txet\n", 1) if nth % every == 0 else text
           for nth, text in enumerate(found)]
    return [TOP + "".join(bad)]


SHAPES = [
    ("clusters, 50 / 250", clusters(50)),
    ("clusters, 200 / 1,000", clusters(200)),
    ("clusters, 1,000 / 5,000", clusters(1000)),
    ("ring, 200 / 1,000", ring(200)),
    ("ring, 1,000 / 5,000", ring(1000)),
    ("chain 1,000 deep, 1,000 / 5,000", chain(1000)),
    ("relations 1,000 deep, 1,000 / 0", deep(1000)),
    ("one entity of 300 fields", wide(300)),
    ("500 small files", files(500)),
    ("one huge file, 2,000 / 10,000", clusters(2000)),
    ("1 % broken, 1,000 / 5,000", broken(1000, 100)),
    ("all broken, 1,000 / 5,000", broken(1000, 1)),
]


def run(command, cwd, codes=(0,)):
    """Milliseconds and mebibytes of one run, children included."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    took = (time.perf_counter() - begin) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"{command}: {process.returncode}\n{said.decode()[:3000]}")
    return took, used.ru_maxrss / 1024


def measured(command, cwd, codes=(0,)):
    runs = [run(command, cwd, codes)]
    if runs[0][0] < PATIENCE:
        runs += [run(command, cwd, codes) for _ in range(RUNS - 1)]
    times = [took for took, _ in runs]
    return statistics.median(times), min(times), max(memory for _, memory in runs)


def put(folder, texts):
    folder.mkdir(parents=True, exist_ok=True)
    for nth, text in enumerate(texts):
        (folder / ("service.qtr" if nth == 0 else f"part{nth - 1}.qtr")).write_text(text)
    return sum(text.count("\n") for text in texts)


# Their compilers want a Node that few systems have.
PEERS = {"node": "22.23.3", "@typespec/compiler": "1.17.0", "@typespec/http": "1.17.0", 
         "@prisma/prisma-schema-wasm": "8.1.0-2.59be4fda12412a79eeb9c2ae727b6aa723593323"}
# The command of Prisma fetches a native engine first; this is the validation that it then runs.
VALIDATE = ('const { validate } = require("@prisma/prisma-schema-wasm");'
            'const text = require("fs").readFileSync(process.argv[1], "utf8");'
            'validate(JSON.stringify({ prismaSchema: [["large.prisma", text]] }));')
TYPESPEC = '''model Thing{n} {{ id: string; @maxLength(120) title: string; price: decimal; state: State{n}; count: int32 = 0;
  owner: string; branch: string; made: utcDateTime; {parent} }}
enum State{n} {{ open, busy, closed }}
@route("/things{n}") interface Things{n} {{
  @post add(title: string, price: decimal): Thing{n};
  @get get(@path thing: string): Thing{n};
  @get @route("/all") list(): Thing{n}[];
  @patch(#{{ implicitOptionality: true }}) edit(@path thing: string, title?: string, price?: decimal): Thing{n};
  @delete remove(@path thing: string): void;
}}
'''
PRISMA = '''model Thing{n} {{
  id String @id
  title String
  price Decimal
  state State{n} @default(open)
  count Int @default(0)
  branch String
  made DateTime @default(now())
  {parent}
  {child}
  @@index([branch, title])
}}
enum State{n} {{
  open
  busy
  closed
}}
'''


def peers(folder, count):
    """Commands of the others over as many entities in clusters; Prisma's have no operations."""
    typespec = 'import "@typespec/http";\nusing Http;\n@service namespace Large;\n'
    prisma = 'datasource db {\n  provider = "postgresql"\n}\n'
    for nth in range(count):
        has_parent, has_child = nth % 10 != 0, nth % 10 != 9 and nth + 1 < count
        typespec += TYPESPEC.format(n=nth, parent=f"parent?: Thing{nth - 1};" if has_parent else "")
        parent = f"parentId String?\n  parent Thing{nth - 1}? @relation(fields: [parentId], references: [id])"
        child = f"children Thing{nth + 1}[]"
        prisma += PRISMA.format(n=nth, parent=parent if has_parent else "", child=child if has_child else "")
    (folder / "large.tsp").write_text(typespec)
    (folder / "large.prisma").write_text(prisma)
    modules = folder / "node_modules/.bin"
    node = str(folder / "node_modules/node/bin/node")
    return [
        ("TypeSpec", [node, str(modules / "tsp"), "compile", "large.tsp", "--no-emit"]),
        ("Prisma", [node, "-e", VALIDATE, str(folder / "large.prisma")]),
    ]


def load():
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def main():
    quater, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    before = load()
    out = ["# How long a check takes", "", "Made by `bench/checking.py`: cold processes, medians of "
           f"{RUNS}, files in the page cache. Entities / operations.", "",
           "| shape | lines | median | best | peak memory |", "|---|---|---|---|---|"]
    for nth, (name, texts) in enumerate(SHAPES):
        place = folder / f"shape{nth}"
        lines = put(place, texts)
        median, best, memory = measured([str(quater), "check", str(place)], folder, codes=(0, 1))
        out.append(f"| {name} | {lines:,} | {median:.0f} ms | {best:.0f} ms | {memory:.0f} MiB |")
        print(out[-1], flush=True)
    out += ["", "## Beside others", "", "The same clusters in the others' languages, checked by their own commands. They "
            "promise other things: TypeSpec checks types and routes, Prisma a schema without operations; neither "
            "knows rules or bodies.", "", "| what | entities | median | best | peak memory |", "|---|---|---|---|---|"]
    wanted = [f"{name}@{version}" for name, version in PEERS.items()]
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *wanted], cwd=folder, check=True)
    for count, shape in ((50, 0), (200, 1), (1000, 2)):
        quater_too = ("Quater", [str(quater), "check", str(folder / f"shape{shape}")])
        for name, command in [quater_too, *peers(folder, count)]:
            median, best, memory = measured(command, folder)
            out.append(f"| {name} | {count:,} | {median:.0f} ms | {best:.0f} ms | {memory:.0f} MiB |")
            print(out[-1], flush=True)
    versions = ", ".join(f"{name} {version}" for name, version in PEERS.items())
    out += ["", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; load before {before}, after {load()} "
            f"(a load above the cores means that others worked too); {versions}.", ""]
    Path(__file__).with_name("CHECKING.md").write_text("\n".join(out))


if __name__ == "__main__":
    main()
