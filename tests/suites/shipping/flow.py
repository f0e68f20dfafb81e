"""What people do with the examples, through the clients that were written for them."""

from __future__ import annotations

import sys

import conduit
import desk
import store


def same(got: object, want: object) -> None:
    if got != want:
        raise AssertionError(f"got {got!r} instead of {want!r}")


def shop(url: str) -> None:
    nobody = store.Client(url)
    token = nobody.open_branch(email="max@py.example", password="correct horse", name="py")["token"]
    boss = store.Client(url, store.LoginCredential(token))
    token = nobody.sign_up(email="ann@py.example", password="battery staple", branch="py")["token"]
    ann = store.Client(url, store.LoginCredential(token))
    pen = boss.add_product(sku="PEN-0001", title="Pen", price="2.50", stock=5)
    same(ann.list_products()[0]["id"], pen["id"])
    for qty in [1, 1, 1]:
        ann.place_order(lines=[{"sku": "PEN-0001", "qty": qty}])
    try:
        ann.place_order(lines=[{"sku": "PEN-0001", "qty": 7}])
        raise AssertionError("more than there is")
    except store.OutOfStockProblem as problem:
        same((problem.status, problem.code, problem.data["left"]), (409, "OutOfStock", 2))
    same([order["total"] for order in ann.list_orders_items(limit=2)], ["2.50"] * 3)
    try:
        boss.add_product(sku="x", title="", price="-1")
        raise AssertionError("that is no product")
    except store.InvalidProblem as problem:
        same([one["pointer"] for one in problem.violations], ["/sku", "/title", "/price"])
    try:
        boss.remove_product(item=pen["id"])
        raise AssertionError("it was ordered")
    except store.Problem as problem:
        same(isinstance(problem, store.ConflictProblem | store.NotFoundProblem), True)
    try:
        nobody.me()
        raise AssertionError("nobody is somebody")
    except store.UnauthorizedProblem:
        pass


def blog(url: str) -> None:
    nobody = conduit.Client(url)
    account = nobody.register(username="pia", email="pia@py.example", password="secret words")
    pia = conduit.Client(url, conduit.LoginCredential(account["token"]))
    account = nobody.register(username="bob_py", email="bob@py.example", password="secret words")
    bob = conduit.Client(url, conduit.LoginCredential(account["token"]))
    for title in ["One snake", "Another snake", "A third snake"]:
        pia.create_article(article={"title": title, "description": "How", "body": "So.", "tagList": ["py"]})
    same(bob.follow(username="pia")["following"], True)
    same(bob.feed(limit=1)["total"], 3)
    titles = sorted(article["title"] for article in nobody.list_articles_items(author="pia", limit=2))
    same(titles, ["A third snake", "Another snake", "One snake"])
    same(bob.favorite(slug="one-snake")["favoritesCount"], 1)
    comment = bob.add_comment(slug="one-snake", body="Thanks!")
    same([one["id"] for one in nobody.list_comments(slug="one-snake")], [comment["id"]])
    bob.delete_comment(slug="one-snake", comment=comment["id"])
    same(pia.update_user(changes={"bio": "Writes."})["bio"], "Writes.")
    try:
        nobody.register(username="pia", email="p@py.example", password="secret words")
        raise AssertionError("the name is taken")
    except conduit.Problem422 as problem:
        same(problem.message, "username has already been taken")
    pia.delete_article(slug="one-snake")
    try:
        nobody.get_article(slug="one-snake")
        raise AssertionError("it is gone")
    except conduit.Problem404:
        pass


def everything(url: str) -> None:
    nobody = desk.Client(url)
    nobody.join(name="püa", password="a long password", key="the key of py")
    client = desk.Client(url, desk.KeyCredential("the key of py"))
    other = desk.Client(url, desk.StaffCredential("püa", "a long password"))
    thing = client.add_thing(thing={"label": "a/b ü", "price": "1.00"}, idempotency_key="py-1")
    again = client.add_thing(thing={"label": "a/b ü", "price": "1.00"}, idempotency_key="py-1")
    same(again["id"], thing["id"])
    try:
        other.add_thing(thing={"label": "leaf", "price": "2.00", "colour": "green"})
        raise AssertionError("there is no room")
    except desk.NoRoomProblem as problem:
        same(problem.data, {"left": 3, "colour": "green"})
    for label in ["b", "c"]:
        client.add_thing(thing={"label": label, "price": "1.00", "weight": 0.5})
    labels = [it["label"] for it in client.list_things_items(colour=["red"], limit=2)]
    same(labels[-3:], ["a/b ü", "b", "c"])
    edited = client.edit_thing(thing=thing["id"], changes={"weight": None, "label": "d"})
    same((edited["label"], edited["weight"]), ("d", None))
    sheet = desk.Upload("hello.txt", b"hello", "text/plain")
    put = client.put_sheet(thing=thing["id"], sheet=sheet, note="a note")
    same((put["sheet"]["name"], put["sheet"]["size"], put["note"]), ("hello.txt", 5, "a note"))
    try:
        client.throw_away(thing=thing["id"])
        raise AssertionError("nobody agreed")
    except desk.WaitingApprovalProblem as waits:
        same(waits.data["operation"], "throw_away")
    forms: list[desk.FormInput] = [{"kind": "Disc", "radius": 3}, {"kind": "Box", "width": 1, "height": 2, "lid": True}]
    echoed = nobody.echo(
        forms=forms, names={"a": 1}, by={"green": 2}, pair=(1, "one"), named={"from": "py", "class": "a"}, sender="py"
    )
    same((echoed["named"], echoed["sender"]), ({"from": "py", "class": "a"}, "py"))
    same((echoed["forms"], echoed["by"], list(echoed["pair"]), echoed["day"]), (forms, {"green": 2}, [1, "one"], None))
    area = sum(form["radius"] if form["kind"] == "Disc" else form["width"] for form in echoed["forms"])
    same(area, 4)
    same(nobody.remember(thought=None, mood="so so"), {"thought": None, "place": None, "mood": "so so"})
    same(nobody.remember(thought=[1], place="here", mood="")["place"], "here")
    try:
        nobody.remember(thought=1, mood="y; place=elsewhere")
        raise AssertionError("one cookie is two")
    except ValueError:
        pass
    same(list(nobody.numbers()), [1, 2, 3])


shop(sys.argv[1])
blog(sys.argv[2])
everything(sys.argv[3])
