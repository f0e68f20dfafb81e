"""What both peers do by hand: one connection a process, prepared statements, a token checked by PyJWT."""

import os
import sqlite3

import jwt

DATABASE = sqlite3.connect(os.environ["PEERS_DATABASE"], isolation_level=None, check_same_thread=False)
DATABASE.execute("PRAGMA journal_mode = WAL")
DATABASE.execute("PRAGMA synchronous = FULL")
KEY = os.environ["SIGNING_KEY"]
ITEM = ("id", "sku", "title", "price", "stock")


class Taken(Exception):
    """Another item has this number."""


def caller(header: str | None) -> int | None:
    """The row of whoever sends such a header."""
    word, _, token = (header or "").partition(" ")
    if word != "Bearer":
        return None
    try:
        claims = jwt.decode(token, KEY, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        return None
    row = DATABASE.execute('SELECT id FROM "user" WHERE id = ?', (int(claims["sub"]),)).fetchone()
    return row[0] if row else None


def item(key: int) -> dict[str, object] | None:
    """One item."""
    row = DATABASE.execute('SELECT id, sku, title, price, stock FROM "item" WHERE id = ?', (key,)).fetchone()
    return dict(zip(ITEM, row)) if row else None


def add(sku: str, title: str, price: int, stock: int) -> dict[str, object]:
    """A new item, on the disk."""
    try:
        text = 'INSERT INTO "item" (sku, title, price, stock) VALUES (?, ?, ?, ?) RETURNING id'
        (key,) = DATABASE.execute(text, (sku, title, price, stock)).fetchone()
    except sqlite3.IntegrityError as error:
        raise Taken from error
    return dict(zip(ITEM, (key, sku, title, price, stock)))
