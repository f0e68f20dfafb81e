"""Helix in a terminal, set up by the lines of docs/editors.md: it builds the grammar, opens a file and draws it in
colours, sees what is wrong, applies the fix, and renames over two files.

    QUATER=…/quater DOCS=…/docs/editors.md GRAMMAR=…/editors/tree-sitter-quater FOLDER=… editor_helix.py HX
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

PATIENCE = 20
SHOP = 'service shop version 1\nuse Money from "./common.qtr"\n\ntype Price { amount: Mony }\n'


class Helix:
    """Helix, and all that it has drawn."""

    def __init__(self, command, folder, environment):
        self.child, self.screen = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
        self.drawn = ""

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.screen], [], [], left)[0]:
                try:
                    self.drawn += os.read(self.screen, 65536).decode(errors="replace")
                except OSError:
                    return

    def until(self, what, holds):
        """Waits until something holds of what was drawn, as plain letters."""
        end = time.monotonic() + PATIENCE
        while not holds(re.sub(r"\x1b\[[0-9;?:>]*[a-zA-Z]|\x1b[()=>].?", "", self.drawn)):
            if time.monotonic() > end:
                sys.exit(f"waited in vain for {what}:\n{self.drawn[-3000:]!r}")
            self.read(0.1)

    def type(self, *keys):
        """Types, and lets each be taken by itself."""
        for one in keys:
            self.drawn = ""
            os.write(self.screen, one.encode())
            self.read(0.4)


def main():
    folder, home = Path(os.environ["FOLDER"]).resolve(), Path(os.environ["FOLDER"]).resolve() / "home"
    (home / "helix").mkdir(parents=True)
    section = re.search(r"## Helix\n(.*?)\n## ", Path(os.environ["DOCS"]).read_text(), re.S)[1]
    first, more, shell = re.findall(r"```(?:toml|sh)\n(.*?)```", section, re.S)
    grammar = os.environ["GRAMMAR"]
    lines = f"{more}\n{first}".replace("/path/to/editors/tree-sitter-quater", grammar)
    (home / "helix/languages.toml").write_text(lines)
    (folder / "quater").symlink_to(os.environ["QUATER"])
    common, shop = folder / "common.qtr", folder / "shop.qtr"
    common.write_text("type Money = decimal(2)\n")
    shop.write_text(SHOP)
    environment = {**os.environ, "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home), "TERM": "xterm-256color",
                   "COLORTERM": "truecolor",
                   "PATH": f"{folder}:{os.environ['PATH']}"}
    shell = shell.replace("~/.config", str(home)).replace("/path/to/editors/tree-sitter-quater", grammar)
    shell = shell.replace("hx ", f"{sys.argv[1]} ")
    subprocess.run(["sh", "-ec", shell], env=environment, check=True)
    helix = Helix([*sys.argv[1:], "shop.qtr:4:22"], folder, environment)
    helix.until("the report", lambda drawn: "there is no type" in drawn)
    # The theme draws a keyword and a name in two colours, where the parser and its queries were understood.
    colours = {word: re.search(r"38;2;([0-9;]+)m(?:\x1b\[[0-9;]*m)*" + word, helix.drawn) for word in ("type", "Price")}
    if not all(colours.values()) or len({found[1] for found in colours.values()}) < 2:
        sys.exit(f"not coloured: {helix.drawn[-3000:]!r}")
    helix.type(" a")
    helix.until("the fix", lambda drawn: "write `Money`" in drawn)
    helix.type("\r", ":w\r")
    if "amount: Money" not in shop.read_text():
        sys.exit(f"not mended:\n{shop.read_text()}")
    helix.type(" r", "\x15", "Amount\r", ":wa\r")
    helix.until("both files", lambda _: "type Amount" in common.read_text() and "amount: Amount" in shop.read_text())
    helix.type(":qa!\r")
    os.waitpid(helix.child, 0)
    print("coloured, reported, mended, renamed over two files")


main()
