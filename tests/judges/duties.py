"""Everything an agent does, by the official Python client: lists, calls, progress, taking back, files, approval,
subscriptions.

Arguments: the endpoint, `auto` or `legacy`, the token of a clerk, that of a manager. Says nothing where all is well.
"""

import base64
import hashlib
import sys

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult, ResourceUpdatedNotification

CSV = b"line,amount\n1,2.50\n"
OTHER = b"line,amount\n1,9.99\n"


def inline(content):
    return {"name": "a.csv", "type": "text/csv", "data": base64.b64encode(content).decode()}


class Caller:
    """A client that signs in with a token, and whose user is asked as `ask` says."""

    def __init__(self, url, mode, token, ask=None, hear=None):
        self.http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        transport = streamable_http_client(url, http_client=self.http)
        self.client = Client(transport, mode=mode, elicitation_callback=ask, message_handler=hear)

    async def __aenter__(self):
        await self.http.__aenter__()
        client = await self.client.__aenter__()
        await client.list_tools()
        return client

    async def __aexit__(self, *why):
        await self.client.__aexit__(*why)
        await self.http.__aexit__(*why)


async def tools(client):
    return [tool.name for tool in (await client.list_tools()).tools]


async def progress(client):
    steps = []

    async def hear(done, total, message):
        steps.append((done, total, message))

    result = await client.call_tool("count_up", {}, progress_callback=hear)
    assert result.structured_content == {"counted": 3}, result
    assert steps == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")], steps


async def kept(client):
    result = await client.call_tool("papers", {})
    return result.structured_content["kept"]


async def taken_back(client):
    before = await kept(client)
    begun = anyio.Event()

    async def hear(done, total, message):
        begun.set()

    async with anyio.create_task_group() as tasks:
        rounds = {"rounds": list(range(100))}
        tasks.start_soon(lambda: client.call_tool("toil", rounds, progress_callback=hear))
        with anyio.fail_after(20):
            await begun.wait()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(20):
        # The one thread that writes is free again, and nothing stayed.
        result = await client.call_tool("keep", {"title": "after", "scan": inline(CSV)})
    assert not result.is_error, result
    assert await kept(client) == before + 1


async def files(client):
    result = await client.call_tool("keep", {"title": "t", "scan": inline(CSV)})
    assert result.structured_content["digest"] == hashlib.sha256(CSV).hexdigest(), result
    links = [block for block in result.content if block.type == "resource_link"]
    assert [(str(it.uri), it.name) for it in links] == [(result.structured_content["url"], "a.csv")], links
    announced = {"name": "b.csv", "type": "text/csv", "size": len(OTHER), "digest": hashlib.sha256(OTHER).hexdigest()}
    told = await client.call_tool("keep", {"title": "t", "scan": announced})
    assert told.is_error, told
    [upload] = told.meta["quater/upload"]
    async with httpx2.AsyncClient() as http:
        assert (await http.put(upload["url"], content=OTHER)).status_code == 204
    result = await client.call_tool("keep", {"title": "t", "scan": {"upload": upload["upload"]}})
    assert result.structured_content["digest"] == announced["digest"], result
    again = await client.call_tool("keep", {"title": "t", "scan": {"upload": upload["upload"]}})
    assert again.is_error, again


async def approval(client, manager):
    paper = {"title": "t", "scan": inline(CSV)}
    waits = await client.call_tool("publish", paper)
    assert waits.is_error, waits
    request = waits.meta["quater/approval"]["approval"]
    listed = await manager.call_tool("quater_approvals", {})
    assert [it["approval"] for it in listed.structured_content["items"]] == [request], listed
    own = await client.call_tool("quater_approvals", {})
    assert [it["state"] for it in own.structured_content["items"]] == ["waiting"], own
    granted = await manager.call_tool("quater_decide", {"approval": request, "decision": "grant"})
    assert granted.structured_content["state"] == "granted", granted
    other = await client.call_tool("publish", {**paper, "scan": inline(OTHER)})
    assert other.is_error, "another file waits for itself"
    done = await client.call_tool("publish", paper)
    assert not done.is_error, done
    assert (await client.call_tool("publish", paper)).is_error, "a grant is used up"


async def asked(url, mode, token, manager):
    """The user of a client that can ask is asked until somebody has granted the call."""
    rounds = []

    async def ask(context, params):
        rounds.append(params.message)
        if len(rounds) == 2:
            listed = (await manager.call_tool("quater_approvals", {})).structured_content["items"]
            [request] = [it["approval"] for it in listed if it["approval"] in params.message]
            await manager.call_tool("quater_decide", {"approval": request, "decision": "grant"})
        return ElicitResult(action="accept", content={})

    async with Caller(url, mode, token, ask) as client:
        result = await client.call_tool("publish", {"title": "asked", "scan": inline(CSV)})
    assert not result.is_error and len(rounds) == 2, (result, rounds)


async def changes(url, mode, token):
    """A client hears of changes by calls over HTTP, and not of what it may not read, until it wants to hear no more."""
    people, ledger = "papers://people", "papers://ledger"
    told, heard = anyio.create_memory_object_stream(64)

    async def hear(message):
        if isinstance(message, ResourceUpdatedNotification):
            await told.send(str(message.params.uri))

    async def join():
        async with httpx2.AsyncClient() as http:
            made = await http.post(url.removesuffix("/mcp") + "/people", json={"name": "new", "role": "clerk"})
            assert made.status_code == 200, made

    async with Caller(url, mode, token, hear=hear) as client:
        if mode == "auto":
            async with client.listen(resource_subscriptions=[people, ledger]) as listening:
                assert listening.honored.resource_subscriptions == [people], listening.honored
                await join()
                with anyio.fail_after(20):
                    event = await anext(aiter(listening))
                assert str(event.uri) == people, event
            return
        assert client.server_capabilities.resources.subscribe
        await client.subscribe_resource(people)
        try:
            await client.subscribe_resource(ledger)
            raise AssertionError("a clerk subscribes to what managers read")
        except MCPError as refused:
            assert "Forbidden" in str(refused.error), refused
        await join()
        with anyio.fail_after(20):
            assert await heard.receive() == people
        await client.unsubscribe_resource(people)
        await join()
        await anyio.sleep(0.5)
        assert heard.statistics().current_buffer_used == 0


async def main(url, mode, clerk, manager):
    async with Caller(url, mode, clerk) as client, Caller(url, mode, manager) as boss:
        assert await tools(client) == ["count_up", "keep", "papers", "publish", "toil", "weigh", "quater_approvals"]
        assert "quater_decide" in await tools(boss)
        await progress(client)
        await files(client)
        await taken_back(client)
        await approval(client, boss)
        await asked(url, mode, clerk, boss)
        await changes(url, mode, clerk)


anyio.run(main, *sys.argv[1:5])
