"""A call that tells how far it has come, by the client of the examples."""

import sys

import quater_actions as qa

steps = []
client = qa.Client(sys.argv[1])
assert client.can("progress") and client.actions()["look"]["progress"]
told = client.call("mark_all", {"names": ["x", "y"]}, progress=lambda *step: steps.append(step))
assert told == {"marked": 2}, told
assert steps == [(1, 2, "wrote x"), (2, 2, "wrote y")], steps
try:
    client.call("mark_all", {"names": ["z", "spoiled"]}, progress=lambda *step: steps.append(step))
    raise AssertionError("Spoiled was expected")
except qa.Error as error:
    assert (error.code, error.status, error.data) == ("Spoiled", 409, {"name": "spoiled"}), error
assert steps[2:] == [(1, 2, "wrote z")], steps
assert client.call("look", progress=lambda *step: None) == client.call("look")
