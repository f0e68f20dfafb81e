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


