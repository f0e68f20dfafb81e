"""The client of desk version 2, written by `quater gen python`: change the service and write it anew."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar, Union, cast

T = TypeVar("T")


# An exact number, as `12.50`.
Decimal = str

# A UUID (RFC 9562).
Uuid = str

# A day, as `2026-01-31`.
Day = str

# A point in time in UTC, as `2026-01-31T09:00:00.000Z`.
Instant = str


class AddThingThing(TypedDict):
    label: str
    colour: NotRequired[Colour]
    price: Decimal
    weight: NotRequired[float | None]


class BoxVariant(TypedDict):
    """One with corners."""

    # Which of them it is.
    kind: Literal["Box"]
    width: int
    height: int
    # Whether it can be closed.
    lid: bool


class BoxVariantInput(TypedDict):
    """One with corners."""

    # Which of them it is.
    kind: Literal["Box"]
    width: int
    height: int
    # Whether it can be closed.
    lid: NotRequired[bool]


# How a thing looks.
Colour = Literal["red", "green"]


class DiscVariant(TypedDict):
    """A round thing."""

    # Which of them it is.
    kind: Literal["Disc"]
    radius: int


class DiscVariantInput(TypedDict):
    """A round thing."""

    # Which of them it is.
    kind: Literal["Disc"]
    radius: int


class EchoOutput(TypedDict):
    forms: list[Form]
    names: dict[str, int]
    by: dict[Colour, int]
    pair: tuple[int, str]
    day: Day | None
    named: Named
    sender: str | None


class EditThingChanges(TypedDict):
    label: NotRequired[str]
    weight: NotRequired[float | None]


Form = Union["DiscVariant", "BoxVariant"]


FormInput = Union["DiscVariantInput", "BoxVariantInput"]


class JoinOutput(TypedDict):
    id: Uuid


Named = TypedDict(
    "Named",
    {
        "from": "str",
        "class": "str | None",
    },
)


NamedInput = TypedDict(
    "NamedInput",
    {
        "from": "str",
        "class": "NotRequired[str | None]",
    },
)


class NoRoomData(TypedDict):
    left: int
    colour: Colour


class PutSheetOutput(TypedDict):
    sheet: StoredFile
    note: str | None


class RememberOutput(TypedDict):
    thought: Any
    place: str | None
    mood: str | None


class ThingCard(TypedDict):
    id: Uuid
    label: str
    colour: Colour
    price: Decimal
    weight: float | None
    made: Instant
    sheet: StoredFile | None


class Page(TypedDict, Generic[T]):
    """Part of a list."""

    items: list[T]
    # The `cursor` of the page after this one; `None` at the end.
    next: str | None


class StoredFile(TypedDict):
    """A file that is kept."""

    name: str
    # In bytes.
    size: int
    # Its media type.
    type: str
    # SHA-256, as hex digits.
    digest: str


# An input that breaks a rule: where it came from, which it is (a JSON Pointer), and the rule.
Violation = TypedDict("Violation", {"in": str, "pointer": str, "code": str, "detail": str})


class Waiting(TypedDict):
    """A request that somebody else has to agree to."""

    approval: str
    operation: str
    expires: str
    url: str


class Problem(Exception):
    """Why a call failed: its class tells."""

    def __init__(self, status: int, message: str, data: Any, body: Any, request_id: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = data
        # The answer as it came.
        self.body = body
        # Names the request in the log of the service.
        self.request_id = request_id

    @property
    def violations(self) -> list[Violation]:
        """The inputs that break a rule."""
        return _at(self.body, "errors") or []


class UnexpectedProblem(Problem):
    """An answer that the contract does not know, as proxies give."""

    code: Literal["Unexpected"] = "Unexpected"


class InvalidProblem(Problem):
    """the input breaks a rule"""

    code: Literal["Invalid"] = "Invalid"


class UnauthorizedProblem(Problem):
    """a valid credential is needed"""

    code: Literal["Unauthorized"] = "Unauthorized"


class ForbiddenProblem(Problem):
    """this caller may not do that"""

    code: Literal["Forbidden"] = "Forbidden"


class NotFoundProblem(Problem):
    """there is no such thing, or this caller may not see it"""

    code: Literal["NotFound"] = "NotFound"


class ConflictProblem(Problem):
    """the state does not allow it"""

    code: Literal["Conflict"] = "Conflict"


class TooManyProblem(Problem):
    """too many calls in this time"""

    code: Literal["TooMany"] = "TooMany"


class MalformedProblem(Problem):
    """the request cannot be read"""

    code: Literal["Malformed"] = "Malformed"


class MethodNotAllowedProblem(Problem):
    """the path exists, the method does not"""

    code: Literal["MethodNotAllowed"] = "MethodNotAllowed"


class TooLargeProblem(Problem):
    """the body is larger than the service takes"""

    code: Literal["TooLarge"] = "TooLarge"


class UnsupportedMediaProblem(Problem):
    """the body's content type is not one that is read here"""

    code: Literal["UnsupportedMedia"] = "UnsupportedMedia"


class MisdirectedProblem(Problem):
    """this service does not answer to that host name"""

    code: Literal["Misdirected"] = "Misdirected"


class InternalProblem(Problem):
    """something went wrong on the server; the request id names it in the log"""

    code: Literal["Internal"] = "Internal"


class UnavailableProblem(Problem):
    """the service cannot answer just now"""

    code: Literal["Unavailable"] = "Unavailable"


class TimedOutProblem(Problem):
    """the request did not arrive in time"""

    code: Literal["TimedOut"] = "TimedOut"


class NoRoomProblem(Problem):
    """Every thing has its place."""

    code: Literal["NoRoom"] = "NoRoom"
    data: NoRoomData


class WaitingApprovalProblem(Problem):
    """Nothing is done yet: when somebody has agreed, the same call does it."""

    code: Literal["WaitingApproval"] = "WaitingApproval"
    data: Waiting


# What every call can fail with.
CommonProblem = (
    InvalidProblem
    | UnauthorizedProblem
    | ForbiddenProblem
    | NotFoundProblem
    | TooManyProblem
    | MalformedProblem
    | MethodNotAllowedProblem
    | TooLargeProblem
    | UnsupportedMediaProblem
    | MisdirectedProblem
    | InternalProblem
    | UnavailableProblem
    | TimedOutProblem
    | UnexpectedProblem
)

# Every problem.
AnyProblem = (
    ConflictProblem
    | NoRoomProblem
    | WaitingApprovalProblem
    | CommonProblem
)

# What `join` can fail with.
JoinProblem = CommonProblem

# What `add_thing` can fail with.
AddThingProblem = ConflictProblem | NoRoomProblem | CommonProblem

# What `edit_thing` can fail with.
EditThingProblem = CommonProblem

# What `list_things` can fail with.
ListThingsProblem = CommonProblem

# What `put_sheet` can fail with.
PutSheetProblem = ConflictProblem | CommonProblem

# What `throw_away` can fail with.
ThrowAwayProblem = ConflictProblem | WaitingApprovalProblem | CommonProblem

# What `echo` can fail with.
EchoProblem = CommonProblem

# What `remember` can fail with.
RememberProblem = CommonProblem

# What `numbers` can fail with.
NumbersProblem = CommonProblem


_PROBLEMS: dict[str, type[Problem]] = {
    "Invalid": InvalidProblem,
    "Unauthorized": UnauthorizedProblem,
    "Forbidden": ForbiddenProblem,
    "NotFound": NotFoundProblem,
    "Conflict": ConflictProblem,
    "TooMany": TooManyProblem,
    "Malformed": MalformedProblem,
    "MethodNotAllowed": MethodNotAllowedProblem,
    "TooLarge": TooLargeProblem,
    "UnsupportedMedia": UnsupportedMediaProblem,
    "Misdirected": MisdirectedProblem,
    "Internal": InternalProblem,
    "Unavailable": UnavailableProblem,
    "TimedOut": TimedOutProblem,
    "NoRoom": NoRoomProblem,
}


def _problem(status: int, headers: Message, text: bytes) -> Problem:
    """What an answer says that is no success."""
    body = _parsed(text)
    said = _at(body, "detail")
    message = said if isinstance(said, str) else f"the service answered with {status}"
    request_id = headers.get("X-Request-Id")
    if status == 202:
        return WaitingApprovalProblem(status, message, body, body, request_id)
    problem = _PROBLEMS.get(str(_at(body, "code")), UnexpectedProblem)
    return problem(status, message, _at(body, "data"), body, request_id)


@dataclass(frozen=True)
class KeyCredential:
    """Signs in by `key`."""

    token: str


@dataclass(frozen=True)
class StaffCredential:
    """Signs in by `staff`."""

    user: str
    password: str


# How a caller proves who it is.
Credential = KeyCredential | StaffCredential


def _sign(request: urllib.request.Request, credential: Credential | None) -> None:
    """Tells a request who makes it."""
    if isinstance(credential, KeyCredential):
        request.add_header("x-key", credential.token)
    if isinstance(credential, StaffCredential):
        pair = base64.b64encode(f"{credential.user}:{credential.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")


@dataclass(frozen=True)
class Upload:
    """A file that is sent."""

    name: str
    content: bytes
    type: str = "application/octet-stream"


def _text(value: object) -> str:
    """A value where there is no JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _segment(value: object) -> str:
    """A value as a segment of a path."""
    return urllib.parse.quote(_text(value), safe="")


def _given(values: Mapping[str, object]) -> dict[str, object]:
    """What is given of some values."""
    return {name: value for name, value in values.items() if value is not None}


def _cookie(request: urllib.request.Request, name: str, value: str) -> None:
    """Adds a cookie. What would end it, and begin another one, is refused: services read the text as it is."""
    if not value.isascii() or not value.isprintable() or set(value) & set(';"') or value != value.strip():
        raise ValueError(f"the cookie `{name}` is visible ASCII without semicolons, quotes and spaces around it")
    before = request.get_header("Cookie")
    request.add_header("Cookie", f"{before}; {name}={value}" if before else f"{name}={value}")


def _at(body: object, *path: str) -> Any:
    """What stands behind some members of a body."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _multipart(parts: Mapping[str, object]) -> tuple[bytes, str]:
    """A body of parts (RFC 7578), and its media type."""

    def quoted(name: str) -> str:
        return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

    boundary = uuid.uuid4().hex
    pieces: list[bytes] = []
    for name, value in parts.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted(name)}"'
        if isinstance(value, Upload):
            head += f'; filename="{quoted(value.name)}"\r\nContent-Type: {value.type}'
            content = value.content
        else:
            content = _text(value).encode()
        pieces += [head.encode(), b"\r\n\r\n", content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"


# No body; `None` is one, `null`.
_NOTHING = object()


class _Wire:
    """Sends requests."""

    def __init__(self, url: str, credential: Credential | None, timeout: float) -> None:
        self._root = url.rstrip("/")
        self._credential = credential
        self._timeout = timeout

    def call(self, method: str, path: str, **sent: Any) -> Any:
        """Makes a call whose answer is one value."""
        with self._open(method, path, "application/json", **sent) as response:
            body = response.read()
            if response.status == 202:
                raise _problem(response.status, response.headers, body)
        return _parsed(body)

    def stream(self, method: str, path: str, **sent: Any) -> Iterator[Any]:
        """Makes a call whose answer comes item by item, as lines of JSON."""
        with self._open(method, path, "application/x-ndjson", **sent) as response:
            for line in response:
                item = json.loads(line)
                if isinstance(item, dict) and item.keys() == {"status", "problem"}:
                    raise _problem(item["status"], response.headers, json.dumps(item["problem"]).encode())
                yield item

    def _open(
        self,
        method: str,
        path: str,
        accept: str,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, object] | None = None,
        cookies: Mapping[str, object] | None = None,
        body: object = _NOTHING,
        parts: Mapping[str, object] | None = None,
    ) -> HTTPResponse:
        url = self._root + path
        if query:
            url += "?" + urllib.parse.urlencode({name: _text(value) for name, value in query.items()})
        request = urllib.request.Request(url, method=method)
        request.add_header("Accept", f"{accept}, application/problem+json")
        for name, value in (headers or {}).items():
            request.add_header(name, _text(value))
        for name, value in (cookies or {}).items():
            _cookie(request, name, _text(value))
        if parts is not None:
            request.data, media = _multipart(parts)
            request.add_header("Content-Type", media)
        elif body is not _NOTHING:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        _sign(request, self._credential)
        try:
            return cast(HTTPResponse, urllib.request.urlopen(request, timeout=self._timeout))
        except urllib.error.HTTPError as error:
            with error:
                raise _problem(error.code, error.headers, error.read()) from None


class Client:
    """A desk where things are kept: one of everything that a client can meet."""

    def __init__(self, url: str, credential: Credential | None = None, *, timeout: float = 30.0) -> None:
        self._wire = _Wire(url, credential, timeout)

    def join(self, *, name: str, password: str, key: str) -> JoinOutput:
        """Become somebody."""
        body = self._wire.call("POST", "/people", body={"name": name, "password": password, "key": key})
        return cast("JoinOutput", body)

    def add_thing(self, *, thing: AddThingThing, idempotency_key: str | None = None) -> ThingCard:
        """Put a thing on the desk.

        Nothing green fits.
        """
        body = self._wire.call(
            "POST",
            "/things",
            headers=_given({"Idempotency-Key": idempotency_key}),
            body=thing,
        )
        return cast("ThingCard", body)

    def edit_thing(self, *, thing: Uuid, changes: EditThingChanges) -> ThingCard:
        """Say something else about a thing."""
        body = self._wire.call("PATCH", f"/things/{_segment(thing)}", body=changes)
        return cast("ThingCard", body)

    def list_things(
        self,
        *,
        colour: Sequence[Colour] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[ThingCard]:
        """Things, oldest first.

        colour: Only where `colour` is one of these.
        cursor: Where the page begins: `next` of the page before it.
        limit: How many items a page has at most.
        """
        body = self._wire.call(
            "GET",
            "/things",
            query=_given({"colour": colour, "cursor": cursor, "limit": limit}),
        )
        return cast("Page[ThingCard]", body)

    def list_things_items(self, *, colour: Sequence[Colour] | None = None, limit: int | None = None) -> Iterator[ThingCard]:
        """Every item of `list_things`, asked for page by page."""
        cursor: str | None = None
        while True:
            page = self.list_things(colour=colour, limit=limit, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def put_sheet(self, *, thing: Uuid, sheet: Upload, note: str | None = None) -> PutSheetOutput:
        """Attach a sheet of paper."""
        body = self._wire.call(
            "PUT",
            f"/things/{_segment(thing)}/sheet",
            parts={"sheet": sheet, **_given({"note": note})},
        )
        return cast("PutSheetOutput", body)

    def throw_away(self, *, thing: Uuid) -> None:
        """Throw a thing away, once somebody else agrees."""
        self._wire.call("DELETE", f"/things/{_segment(thing)}")

    def echo(
        self,
        *,
        forms: Sequence[FormInput],
        names: dict[str, int],
        by: dict[Colour, int],
        pair: tuple[int, str],
        day: Day | None = None,
        named: NamedInput,
        sender: str | None = None,
    ) -> EchoOutput:
        """Give values back as they came."""
        body = self._wire.call(
            "POST",
            "/echo",
            headers=_given({"x-sender": sender}),
            body={"values": {"forms": forms, "names": names, "by": by, "pair": pair, "named": named, **_given({"day": day})}},
        )
        return cast("EchoOutput", _at(body, "echoed", "all"))

    def remember(self, *, thought: Any, place: str | None = None, mood: str | None = None) -> RememberOutput:
        """Give anything back, and what cookies say beside it."""
        body = self._wire.call(
            "POST",
            "/thoughts",
            cookies=_given({"place": place, "mood": mood}),
            body=thought,
        )
        return cast("RememberOutput", body)

    def numbers(self) -> Iterator[int]:
        """The numbers up to three.

        Deprecated: nobody counts any more. It may be gone after 2030-01-31.
        """
        return self._wire.stream("GET", "/numbers")
