"""Uses the store through the package that openapi-generator makes of its contract. Run with its folder and address."""

import sys

sys.path.insert(0, sys.argv[1])

import store  # noqa: E402
from store.exceptions import ConflictException, UnprocessableEntityException  # noqa: E402

anybody = store.ApiClient(store.Configuration(host=sys.argv[2]))
form = store.OpenBranchRequest(email="pia@store.example", password="correct horse", name="east")
token = store.BranchesApi(anybody).open_branch(form).token
pia = store.ApiClient(store.Configuration(host=sys.argv[2], access_token=token))

me = store.MeApi(pia).me()
assert (me.email, me.role, me.branch) == ("pia@store.example", store.Role.MANAGER, "east"), me

products = store.ProductsApi(pia)
pen = products.add_product(store.AddProductRequest(sku="PEN-0001", title="Pen", price="2.50", stock=10))
assert (pen.price, pen.stock, pen.affordable) == ("2.50", 10, True), pen
assert [it.sku for it in products.list_products()] == ["PEN-0001"]
try:
    products.add_product(store.AddProductRequest(sku="PEN-0001", title="Pen", price="2.50"))
    raise AssertionError("a number that is taken is taken twice")
except ConflictException as taken:
    assert taken.data.code == "SkuTaken", taken

orders = store.OrdersApi(pia)
order = orders.place_order(store.PlaceOrderRequest(lines=[store.Line(sku="PEN-0001", qty=4)]))
assert (order.status, order.total, order.mine) == (store.Status.PENDING, "10.00", True), order
assert [(it.qty, it.cost) for it in orders.order_lines(order.id)] == [(4, "10.00")]
page = orders.list_orders(status=store.Status.PENDING, limit=5)
assert [it.id for it in page.items] == [order.id] and page.next is None, page
moved = orders.move_order(order.id, store.MoveOrderRequest(to=store.Status.PAID))
assert moved.status == store.Status.PAID, moved
try:
    orders.list_orders(cursor="nobody made this")
    raise AssertionError("a cursor of nobody's making is taken")
except UnprocessableEntityException as wrong:
    assert wrong.data.errors[0].pointer == "/cursor", wrong
