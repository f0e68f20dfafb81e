// Uses the store through the types that openapi-typescript makes of its contract. Run with its address.
import createClient from "openapi-fetch";
import type { components, paths } from "./store_contract.ts";

declare const process: { argv: string[] };

function sure<T>(given: T | undefined, what: unknown): T {
  if (given === undefined) throw new Error(`no answer: ${JSON.stringify(what)}`);
  return given;
}

function same(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(got)} and not ${JSON.stringify(wanted)}`);
  }
}

const baseUrl = sure(process.argv[2], "the address");
const anybody = createClient<paths>({ baseUrl });
const opened = await anybody.POST("/branches", {
  body: { email: "tess@store.example", password: "correct horse", name: "west" },
});
const api = createClient<paths>({
  baseUrl,
  headers: { Authorization: `Bearer ${sure(opened.data, opened.error).token}` },
});

const wrong = await api.POST("/products", { body: { sku: "pen", title: "Pen", price: "2.50", stock: 1 } });
same(wrong.error?.status, 422);
// @ts-expect-error: a price is a text, so that no digit of it is lost.
const typed: components["schemas"]["ProductCard"]["price"] = 2.5;
same(typeof typed, "number");

const added = await api.POST("/products", { body: { sku: "PEN-0001", title: "Pen", price: "2.50", stock: 10 } });
const pen: components["schemas"]["ProductCard"] = sure(added.data, added.error);
same([pen.price, pen.stock, pen.affordable], ["2.50", 10, true]);

const placed = await api.POST("/orders", { body: { lines: [{ sku: "PEN-0001", qty: 4 }] } });
const order = sure(placed.data, placed.error);
same([order.status, order.total], ["pending", "10.00"]);
const lines = await api.GET("/orders/{of}/lines", { params: { path: { of: order.id } } });
same(sure(lines.data, lines.error).map((line) => [line.qty, line.cost]), [[4, "10.00"]]);

const page = await api.GET("/orders", { params: { query: { status: "pending", limit: 5 } } });
const { items, next } = sure(page.data, page.error);
same([items.length, next], [1, null]);

const much = await api.POST("/orders", { body: { lines: [{ sku: "PEN-0001", qty: 7 }] } });
if (much.error?.code !== "OutOfStock") throw new Error(JSON.stringify(much.error));
// Its code tells which error it is, and so what it carries.
same([much.error.data.sku, much.error.data.left], ["PEN-0001", 6]);
