"""Builds the tree-sitter grammar and parses right programs with it: none may have an error node.

    tree_sitter.py GRAMMAR-FOLDER SCRATCH FILE…
"""
import ctypes
import subprocess
import sys
import warnings
from pathlib import Path

# The folder of this file would hide the library of the same name.
sys.path = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]
from tree_sitter import Language, Parser, Query, QueryCursor  # noqa: E402

warnings.simplefilter("ignore")


def language(folder, scratch):
    library = scratch / "quater.so"
    sources = [folder / "src/parser.c", folder / "src/scanner.c"]
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-I", folder / "src", *sources, "-o", library], check=True)
    make = ctypes.CDLL(str(library)).tree_sitter_quater
    make.restype = ctypes.c_void_p
    return Language(make())


def wrong(node):
    if node.is_error or node.is_missing:
        yield node
    for child in node.children if node.has_error else ():
        yield from wrong(child)


def main():
    folder, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    quater = language(folder, scratch)
    parser = Parser(quater)
    queries = {path.stem: Query(quater, path.read_text()) for path in sorted((folder / "queries").glob("*.scm"))}
    found, declarations = 0, 0
    for name in sys.argv[3:]:
        text = Path(name).read_bytes()
        tree = parser.parse(text)
        for node in wrong(tree.root_node):
            found += 1
            row, column = node.start_point
            print(f"{name}:{row + 1}:{column + 1}: {text.splitlines()[row].decode()}")
        declarations += sum(child.type == "declaration" for child in tree.root_node.children)
        for of in queries.values():
            QueryCursor(of).captures(tree.root_node)
    print(f"{declarations} declarations, {found} errors, queries: {', '.join(queries)}")
    sys.exit(1 if found or not declarations else 0)


main()
