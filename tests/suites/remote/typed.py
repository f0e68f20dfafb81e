"""Types a token at `quater login`, on a terminal of its own; says what the terminal showed."""

import os
import pty
import sys

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], [sys.argv[1], "login", sys.argv[2]])
shown = b""
while not shown.endswith(b"token: "):
    shown += os.read(terminal, 1024)
os.write(terminal, sys.argv[3].encode() + b"\n")
try:
    while more := os.read(terminal, 1024):
        shown += more
except OSError:
    # So Linux says that the other end has gone.
    pass
_, status = os.waitpid(child, 0)
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(status))
