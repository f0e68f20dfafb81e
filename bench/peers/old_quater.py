"""The service in Quater 0.2.2, under Granian."""

from typing import Annotated

import msgspec
from quater import AuthConfig, AuthContext, HTTPError, Quater, Request, Response

import shared


class NewItem(msgspec.Struct, forbid_unknown_fields=True):
    """What a new item is made of."""

    sku: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}-[0-9]{6}$")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    price: Annotated[int, msgspec.Meta(ge=0)]
    stock: Annotated[int, msgspec.Meta(ge=0)]


async def authenticate(request: Request) -> AuthContext | None:
    found = shared.caller(request.headers.get("authorization"))
    return None if found is None else AuthContext(subject=str(found))


app = Quater(auth=[AuthConfig(authenticate, surfaces=["api", "mcp"])], allowed_hosts=["127.0.0.1"], max_body_size=1 << 20)


@app.get("/health", public=True)
async def health() -> dict[str, bool]:
    return {"ok": True}


@app.get("/items/{item:int}", tool=True, description="One item.")
async def get_item(item: int) -> dict[str, object]:
    found = shared.item(item)
    if found is None:
        raise HTTPError("no such item", status_code=404)
    return found


@app.post("/items")
async def add_item(new: NewItem) -> Response:
    try:
        made = shared.add(new.sku, new.title.strip(), new.price, new.stock)
    except shared.Taken:
        raise HTTPError("another item has this number", status_code=409) from None
    return Response(msgspec.json.encode(made), status_code=201, headers={"content-type": "application/json"})
