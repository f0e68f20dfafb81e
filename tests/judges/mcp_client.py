"""Calls tools through the official Python client: a JSON line in, a JSON line out, until the input ends.

A line is {"token": text or null, "tool": name, "arguments": object}; without a tool, the tools are listed.
An answer is {"structured", "meta", "text", "is_error"}, {"tools"}, or {"denied"} with what the client was told instead.
"""

import json
import sys
from contextlib import AsyncExitStack

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError


class Callers:
    """One connection for each credential, opened when it is first used."""

    def __init__(self, url: str, mode: str, stack: AsyncExitStack) -> None:
        self.url, self.mode, self.stack = url, mode, stack
        self.open: dict[str | None, Client] = {}

    async def client(self, token: str | None) -> Client:
        if token not in self.open:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            http = await self.stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=30))
            transport = streamable_http_client(self.url, http_client=http)
            client = await self.stack.enter_async_context(Client(transport, mode=self.mode))
            # The client holds results to the output schemas of the tools that it has listed.
            await client.list_tools()
            self.open[token] = client
        return self.open[token]


def refusal(raised: BaseException) -> MCPError:
    """The refusal itself: while a client connects, its task groups wrap what they raise."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    if not isinstance(raised, MCPError):
        raise raised
    return raised


async def answer(callers: Callers, line: dict) -> dict:
    try:
        client = await callers.client(line["token"])
        if line.get("tool") is None:
            listed = await client.list_tools()
            return {"tools": [tool.name for tool in listed.tools], "revision": client.protocol_version}
        result = await client.call_tool(line["tool"], line["arguments"], meta=line.get("meta") or None)
    except (MCPError, BaseExceptionGroup) as raised:
        error = refusal(raised)
        return {"denied": error.data, "message": error.message, "code": error.code}
    text = [block.text for block in result.content]
    structured, meta = result.structured_content, result.meta
    return {"structured": structured, "meta": meta, "text": text, "is_error": bool(result.is_error)}


async def main(url: str, mode: str) -> None:
    async with AsyncExitStack() as stack:
        callers = Callers(url, mode, stack)
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            print(json.dumps(await answer(callers, json.loads(line))), flush=True)


anyio.run(main, sys.argv[1], sys.argv[2])
