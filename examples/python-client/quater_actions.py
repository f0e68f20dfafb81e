"""A client of Quater's action protocol, version 1, in the standard library alone.

    import quater_actions
    shop = quater_actions.Client("https://shop.example", token="...")
    shop.call("place_order", {"lines": [{"sku": "TEA-0001", "qty": 2}]}, key="order-17")

On the command line:

    python3 quater_actions.py URL                        # what can be called
    python3 quater_actions.py URL ACTION '{"a": 1}'      # a call; the token stands in QUATER_TOKEN
"""

import http.client
import json
import mimetypes
import os
import ssl
import sys
import time
import urllib.parse
import uuid

PROTOCOL = "quater-actions"
VERSION = 1


class Error(Exception):
    """An error of the service; `code` is for programs."""

    def __init__(self, code, status, message, data=None, violations=(), request_id=None):
        super().__init__(f"{code}: {message}")
        self.code, self.status, self.message = code, status, message
        self.data, self.violations, self.request_id = data, list(violations), request_id


class Waiting(Exception):
    """The call waits until somebody else approves it; nothing has been done."""

    def __init__(self, approval, url, expires):
        super().__init__(f"request {approval} waits for approval until {expires}")
        self.approval, self.url, self.expires = approval, url, expires


class Client:
    """A service, called by one caller. One at a time: it keeps one connection."""

    def __init__(self, url, token=None, timeout=60):
        parts = urllib.parse.urlsplit(url)
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                parts.netloc, timeout=timeout, context=ssl.create_default_context()
            )
        elif parts.scheme == "http" and near:
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        else:
            raise ValueError(f"{url}: a service elsewhere is called by https")
        self._token = token
        self._manifest, self._tag = None, None

    def manifest(self):
        """What can be called; asked for again, and taken over where it has not changed."""
        headers = {"If-None-Match": self._tag} if self._tag else {}
        status, head, body = self._send("GET", "/quater/v1", None, headers)
        if status != 304:
            self._refused(status, body)
            if body.get("protocol") != PROTOCOL or body.get("version") != VERSION:
                raise ValueError("this service does not speak version 1 of the action protocol")
            self._manifest, self._tag = body, head.get("ETag")
        return self._manifest

    def actions(self):
        """Every action by its name."""
        return {action["name"]: action for action in self.manifest()["actions"]}

    def can(self, capability):
        """Whether the service can do something beside calls."""
        return capability in (self._manifest or self.manifest())["capabilities"]

    def call(self, action, inputs=None, key=None, wait=False, pause=1.0, progress=None, files=None):
        """What an action gives. With `wait`, waits for approval where the call needs it.

        `progress(done, total, text)` hears how far it has come, where the service can tell that. `files` are paths
        by the names of their inputs.
        """
        while True:
            asked = {"input": inputs or {}, **({"key": key} if key else {})}
            if progress and self.can("progress"):
                asked["progress"] = True
            body = self._post(action, asked, progress, files)
            if body["status"] == "done":
                return body["result"]
            waiting = Waiting(body["approval"], body["url"], body["expires"])
            if not wait or self._decided(waiting.url, pause) == "expired":
                raise waiting

    def dry_run(self, action, inputs=None, files=None):
        """What a call would give, what it would change, and whether it would wait."""
        body = self._post(action, {"input": inputs or {}, "dry_run": True}, None, files)
        return body["result"], body["effects"], body["waits"]

    def pages(self, action, inputs=None):
        """Every item of an action that gives pages."""
        inputs = dict(inputs or {})
        while True:
            page = self.call(action, inputs)
            yield from page["items"]
            if not page.get("next"):
                return
            inputs["cursor"] = page["next"]

    def approvals(self):
        """Every request that the caller has made or may decide."""
        after = None
        while True:
            body = self._get("/quater/v1/approvals" + (f"?after={after}" if after else ""))
            yield from body["items"]
            after = body["next"]
            if not after:
                return

    def approval(self, approval):
        """One request."""
        return self._get(f"/quater/v1/approvals/{approval}")

    def grant(self, approval):
        """Agrees to a request."""
        return self._decide(approval, "grant")

    def deny(self, approval):
        """Refuses a request."""
        return self._decide(approval, "deny")

    def _decide(self, approval, verb):
        status, _, body = self._send("POST", f"/quater/v1/approvals/{approval}/{verb}", None, {})
        self._refused(status, body)
        return body

    def _decided(self, url, pause):
        while True:
            state = self._get(url)["state"]
            if state != "waiting":
                return state
            time.sleep(pause)

    def _get(self, path):
        status, _, body = self._send("GET", path, None, {})
        self._refused(status, body)
        return body

    def _post(self, action, asked, progress=None, files=None):
        path = f"/quater/v1/actions/{urllib.parse.quote(action, safe='')}"
        headers = {"Content-Type": "application/json"}
        sent = json.dumps(asked).encode()
        if files:
            boundary = uuid.uuid4().hex
            headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            sent = self._parts(boundary, sent, files)
        status, _, body = self._send("POST", path, sent, headers, progress)
        self._refused(status, body)
        return body

    @staticmethod
    def _refused(status, body):
        if status < 400:
            return
        error = body.get("error")
        if isinstance(error, dict):
            raise Error(
                error["code"], error["status"], error["message"],
                error.get("data"), error.get("violations", ()), body.get("request_id"),
            )
        # What never reached an action is told as problem details.
        raise Error(body.get("code", "Unavailable"), status, body.get("detail", ""), None, (), body.get("request_id"))

    def _send(self, method, path, body, headers, progress=None):
        headers = {"Quater-Protocol": str(VERSION), "Accept": "application/json", **headers}
        if self._token:
            headers["Authorization"] = f"{self._scheme()} {self._token}"
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            if response.headers.get_content_type() == "application/x-ndjson":
                return self._follow(response, progress)
            text = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        try:
            told = json.loads(text) if text else {}
        except ValueError:
            told = {}
        return response.status, response.headers, told if isinstance(told, dict) else {}

    @staticmethod
    def _parts(boundary, call, files):
        """The call and its files, as they are read."""
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="call"\r\n\r\n'.encode() + call
        for name, path in files.items():
            media = mimetypes.guess_type(path)[0] or "application/octet-stream"
            shown = os.path.basename(path).replace('"', "%22")
            head = f'Content-Disposition: form-data; name="input.{name}"; filename="{shown}"\r\nContent-Type: {media}'
            yield f"\r\n--{boundary}\r\n{head}\r\n\r\n".encode()
            with open(path, "rb") as file:
                while chunk := file.read(64 * 1024):
                    yield chunk
        yield f"\r\n--{boundary}--\r\n".encode()

    @staticmethod
    def _follow(response, progress):
        for line in response:
            told = json.loads(line)
            if told["status"] == "progress":
                progress(told["done"], told["total"], told["text"])
            else:
                response.read()
                return told["error"]["status"] if told["status"] == "error" else 200, response.headers, told
        raise http.client.IncompleteRead(b"")

    def _scheme(self):
        if self._manifest and self._manifest["auth"]:
            return self._manifest["auth"][0]["scheme"]
        return "Bearer"


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    client = Client(arguments[0], os.environ.get("QUATER_TOKEN"))
    try:
        if len(arguments) == 1:
            for name, action in client.actions().items():
                print(f"{name}  {action['summary']}")
        else:
            inputs = json.loads(arguments[2]) if len(arguments) > 2 else {}
            print(json.dumps(client.call(arguments[1], inputs), indent=2))
    except (Error, Waiting) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
