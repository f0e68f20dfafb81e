"""The service in FastAPI, under Uvicorn with uvloop and httptools."""

import uuid
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, StringConstraints, NonNegativeInt
from starlette.middleware.trustedhost import TrustedHostMiddleware

import shared

LARGEST = 1 << 20


class Guard:
    """What Quater does by itself and FastAPI leaves to its user: a bounded body, an id of each request."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        length = next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
        if length > LARGEST:
            await send({"type": "http.response.start", "status": 413, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        request = str(uuid.uuid4()).encode()

        async def told(message):
            if message["type"] == "http.response.start":
                message["headers"] += [(b"x-request-id", request), (b"x-content-type-options", b"nosniff")]
            await send(message)

        return await self.app(scope, receive, told)


class NewItem(BaseModel):
    """What a new item is made of."""

    model_config = ConfigDict(extra="forbid")
    sku: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[0-9]{6}$")]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    price: NonNegativeInt
    stock: NonNegativeInt


class Item(NewItem):
    """An item."""

    id: int


async def caller(authorization: Annotated[str | None, Header()] = None) -> int:
    found = shared.caller(authorization)
    if found is None:
        raise HTTPException(401)
    return found


app = FastAPI()
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1"])
app.add_middleware(Guard)


@app.get("/health")
async def health() -> dict[str, bool]:
    return {"ok": True}


@app.get("/items/{key}", dependencies=[Depends(caller)])
async def get_item(key: int) -> Item:
    found = shared.item(key)
    if found is None:
        raise HTTPException(404)
    return found


@app.post("/items", status_code=201, dependencies=[Depends(caller)])
async def add_item(new: NewItem) -> Item:
    try:
        return shared.add(new.sku, new.title, new.price, new.stock)
    except shared.Taken:
        raise HTTPException(409) from None
