#!/usr/bin/env python3
"""Draws the pictures of docs/editors.md: Neovim over the language server, as a terminal shows it.

    pip install pyte
    cargo build --package quater
    docs/pictures/editor.py target/debug/quater

Neovim is set up by the lines of docs/editors.md. Each picture is drawn once the screen says what it should.
"""
import os
import pty
import re
import select
import sys
import tempfile
import time
from pathlib import Path
from xml.sax.saxutils import escape

import pyte

COLUMNS, LINES = 96, 24
WIDTH, HEIGHT = 8.4, 18
PATIENCE = 30
FOLDER = Path(__file__).parent

SHOP = '''\
service shop version 1

env {
  DATABASE_URL: text secret = "sqlite::memory:"
}
resource data = database(env.DATABASE_URL)

/// How far an order is.
enum Status { open, paid, sent }

/// What somebody has asked for.
entity Order in data {
  id:     uuid key
  title:  text(1..120)
  total:  decimal(2)
  status: Status = open
  allow read when status != open
  allow update(status) public
}

/// Say that an order has left the house.
operation send_order(order: Order lock) -> Order(id, status) {
  http POST /orders/{order}/send
  allow public
  require order.status == paid else Conflict
  update order { status: sent }
  return order
}
'''
COLOURS = '''
syntax match Comment "//.*$"
syntax region String start=/"/ end=/"/
syntax keyword Keyword service env resource enum entity operation allow read update when require else return in key lock
syntax keyword Type text uuid decimal
highlight NormalFloat ctermfg=252 ctermbg=237
highlight Pmenu ctermfg=252 ctermbg=237
highlight PmenuSel ctermfg=231 ctermbg=24
'''
NAMED = {"default": "#d4d4d4", "black": "#1e1e1e", "red": "#f07178", "green": "#a5d6a7", "brown": "#ffd479",
         "blue": "#82aaff", "magenta": "#c792ea", "cyan": "#89ddff", "white": "#d4d4d4", "brightblack": "#7f8b99",
         "brightred": "#ff8b92", "brightgreen": "#c3e88d", "brightbrown": "#ffe585", "brightblue": "#9cc4ff",
         "brightmagenta": "#e1acff", "brightcyan": "#a3f7ff", "brightwhite": "#ffffff"}
PAPER = "#1e1e1e"


class Neovim:
    """An editor in a terminal of its own."""

    def __init__(self, quater, home, path):
        lines = re.search(r"```lua\n(.*?)```", (FOLDER.parent / "editors.md").read_text(), re.S)[1]
        init = home / "init.lua"
        colours = "\n".join(f"vim.cmd([[{line}]])" for line in COLOURS.strip().splitlines())
        look = "vim.o.termguicolors = false vim.o.cmdheight = 1 vim.o.laststatus = 0 vim.o.signcolumn = 'no'\n"
        on_open = f"vim.api.nvim_create_autocmd('BufReadPost', {{ callback = function() {colours} end }})\n"
        omni = ("vim.o.completeopt = 'menu,menuone'\n"
                "vim.api.nvim_create_autocmd('BufReadPost', { callback = function() vim.bo.omnifunc = "
                "'v:lua.vim.lsp.omnifunc' end })\n")
        init.write_text(lines + look + on_open + omni)
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.stream = pyte.ByteStream(self.screen)
        bin_folder = home / "bin"
        bin_folder.mkdir()
        (bin_folder / "quater").symlink_to(quater)
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", HOME=str(home), XDG_STATE_HOME=str(home), COLUMNS=str(COLUMNS),
                              LINES=str(LINES), PATH=f"{bin_folder}:{os.environ['PATH']}")
            os.execvp("nvim", ["nvim", "--clean", "-u", str(init), str(path)])
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def settle(self, seconds=0.4):
        """Draws until nothing comes any more."""
        while select.select([self.terminal], [], [], seconds)[0]:
            try:
                self.stream.feed(os.read(self.terminal, 65536))
            except OSError:
                return

    def type(self, keys):
        os.write(self.terminal, keys.encode())
        self.settle()

    def shows(self, text):
        end = time.monotonic() + PATIENCE
        while not any(text in line for line in self.screen.display):
            if time.monotonic() > end:
                sys.exit(f"`{text}` never came:\n" + "\n".join(self.screen.display))
            self.settle()
        self.settle()

    def draw(self, name):
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * WIDTH + 16:.0f} {LINES * HEIGHT + 16}" '
               'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">',
               f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>']
        for row in range(LINES):
            out += self.row(row)
        (FOLDER / f"{name}.svg").write_text("\n".join([*out, "</svg>", ""]))

    def row(self, row):
        cells = [self.screen.buffer[row][column] for column in range(COLUMNS)]
        drawn, start = [], 0
        while start < COLUMNS:
            look = style(cells[start])
            end = start
            while end < COLUMNS and style(cells[end]) == look:
                end += 1
            text = "".join(cell.data for cell in cells[start:end])
            ink, paper, bold, lined = look
            x, y = 8 + start * WIDTH, 8 + row * HEIGHT
            if paper != PAPER:
                drawn.append(f'<rect x="{x:.1f}" y="{y}" width="{(end - start) * WIDTH:.1f}" height="{HEIGHT}" fill="{paper}"/>')
            if text.strip():
                more = (' font-weight="bold"' if bold else "") + (' text-decoration="underline"' if lined else "")
                drawn.append(f'<text x="{x:.1f}" y="{y + 13.5}" fill="{ink}" xml:space="preserve" '
                             f'textLength="{(end - start) * WIDTH:.1f}"{more}>{escape(text)}</text>')
            start = end
        return drawn


def colour(name, default):
    if name == "default":
        return default
    return NAMED.get(name, f"#{name}")


def style(cell):
    ink, paper = colour(cell.fg, NAMED["default"]), colour(cell.bg, PAPER)
    if cell.reverse:
        ink, paper = paper, ink
    return ink, paper, cell.bold, cell.underscore


def main():
    quater = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "shop.qtr"
        path.write_text(SHOP)
        editor = Neovim(quater, Path(home), path)
        editor.shows("operation send_order")
        # Hover: over the operation.
        editor.type("Gzb/send_order\r:noh\r:lua vim.lsp.buf.hover()\r")
        editor.shows("updates Order")
        editor.draw("hover")
        editor.type("\x1b:noh\r")
        # Diagnostics: two members are written wrongly.
        editor.type(":%s/order.status ==/order.statu ==/\r:%s/status: sent/status: shipped/\r")
        editor.shows("did you mean")
        editor.type(":noh\r")
        editor.draw("diagnostics")
        editor.type(":%s/order.statu ==/order.status ==/\r:%s/status: shipped/status: sent/\r:noh\r")
        # Completion: what a value of the enum may be.
        editor.type("/status: sent\r:noh\rwwcw\x18\x0f")
        editor.shows("Status")
        editor.draw("completion")
        editor.type("\x1b:qa!\r")


if __name__ == "__main__":
    main()
