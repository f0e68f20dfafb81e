"""Everything of the protocol by the client of the examples, against a service that runs."""

import sys

import quater_actions as qa


def fails(code, act):
    try:
        act()
    except qa.Error as error:
        assert error.code == code, error
        return error
    raise AssertionError(f"{code} was expected")


url = sys.argv[1]
nobody = qa.Client(url)
assert nobody.can("dry_run") and nobody.can("idempotency") and nobody.can("approvals")
assert nobody.manifest() is nobody.manifest(), "an unchanged manifest is taken over"
assert nobody.actions()["pay"]["idempotent"]


def join(name, role, branch="north"):
    made = nobody.call("join", {"name": name, "role": role, "branch": branch})
    return qa.Client(url, made["token"])


cleo, max_, far = join("cleo", "clerk"), join("max", "manager"), join("far", "manager", "south")
fails("Unauthorized", lambda: nobody.call("list_refunds"))
fails("Unauthorized", lambda: qa.Client(url, "no.such.token").call("list_refunds"))
invalid = fails("Invalid", lambda: cleo.call("pay", {"amount": "x", "labels": {}}))
assert {it["pointer"] for it in invalid.violations} == {"/amount", "/why"}, invalid.violations
fails("NotFound", lambda: cleo.call("nothing"))

payment = {"amount": "5.00", "why": "broken", "labels": {"kind": "a"}}
first = cleo.call("pay", payment, key="one")
assert cleo.call("pay", payment, key="one") == first
fails("Conflict", lambda: cleo.call("pay", {**payment, "amount": "6.00"}, key="one"))
result, effects, waits = cleo.dry_run("pay", payment)
assert result["refund"] and not waits
assert effects[0] == {"entity": "Refund", "created": 1, "updated": 0, "deleted": 0}, effects
assert len(cleo.call("list_refunds")) == 1

large = {"amount": "600", "why": "broken"}
assert cleo.dry_run("refund", large)[2], "it would wait"
try:
    cleo.call("refund", large)
    raise AssertionError("it has to wait")
except qa.Waiting as waiting:
    request = waiting.approval
assert [it["approval"] for it in max_.approvals()] == [request]
assert list(far.approvals()) == []
fails("Forbidden", lambda: cleo.grant(request))
fails("NotFound", lambda: far.grant(request))
assert max_.grant(request)["state"] == "granted"
fails("Conflict", lambda: max_.deny(request))
assert cleo.call("refund", large, wait=True)["amount"] == "600.00"
assert cleo.approval(request)["state"] == "used"
assert len(cleo.call("list_refunds")) == 2
