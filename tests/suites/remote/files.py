"""Files by the client of the examples."""

import hashlib
import sys

import quater_actions as qa

url, token, path = sys.argv[1:]
client = qa.Client(url, token)
assert client.can("files")
with open(path, "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
assert client.call("keep", {"title": "t"}, files={"scan": path})["digest"] == digest
assert client.call("weigh", files={"scan": path}) == {"size": 19}
result, effects, _ = client.dry_run("keep", {"title": "t"}, files={"scan": path})
assert result["digest"] == digest and effects[0]["created"] == 1, (result, effects)
assert client.call("papers") == {"kept": 1}
try:
    qa.Client(url).call("keep", {"title": "t"}, files={"scan": path})
    raise AssertionError("Unauthorized was expected")
except qa.Error as error:
    assert error.code == "Unauthorized", error
try:
    client.call("keep", {"title": "t"})
    raise AssertionError("Invalid was expected")
except qa.Error as error:
    assert error.violations[0]["pointer"] == "/scan", error.violations
