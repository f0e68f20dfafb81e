// What people do with the examples, through the clients that were written for them.
import * as conduit from "./conduit.ts";
import * as desk from "./desk.ts";
import * as store from "./store.ts";

declare const process: { argv: string[] };

function same(got: unknown, want: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`got ${a} instead of ${b}`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function shop(url: string): Promise<void> {
  const nobody = new store.Client({ url });
  const { token } = await nobody.openBranch({ email: "max@ts.example", password: "correct horse", name: "ts" });
  const max = new store.Client({ url, credential: { login: token } });
  const ann = new store.Client({
    url,
    credential: async () => ({ login: (await nobody.logIn({ email: "ann@ts.example", password: "battery staple" })).token }),
  });
  await nobody.signUp({ email: "ann@ts.example", password: "battery staple", branch: "ts" });
  const pen = await max.addProduct({ sku: "PEN-0001", title: "Pen", price: "2.50", stock: 5 });
  same((await ann.listProducts())[0]?.id, pen.id);
  for (const qty of [1, 1, 1]) await ann.placeOrder({ lines: [{ sku: "PEN-0001", qty }] });
  const short = await ann.placeOrder({ lines: [{ sku: "PEN-0001", qty: 7 }] }).outcome();
  if (short.ok) throw new Error("more than there is");
  switch (short.problem.code) {
    case "OutOfStock":
      same([short.problem.status, short.problem.data.left], [409, 2]);
      break;
    default:
      throw new Error(short.problem.message);
  }
  const totals = (await all(ann.listOrdersItems({ limit: 2 }))).map((order) => order.total);
  same(totals, ["2.50", "2.50", "2.50"]);
  const bad = await max.addProduct({ sku: "x", title: "", price: "-1" }).outcome();
  same(!bad.ok && bad.problem.code === "Invalid" && bad.problem.violations.map((one) => one.pointer), ["/sku", "/title", "/price"]);
  same(await max.removeProduct({ item: pen.id }).outcome().then((it) => !it.ok && it.problem.code), "Conflict");
  try {
    await nobody.me();
    throw new Error("nobody is somebody");
  } catch (error) {
    same(error instanceof store.ServiceError && error.problem.code, "Unauthorized");
  }
}

async function blog(url: string): Promise<void> {
  const nobody = new conduit.Client({ url });
  const account = await nobody.register({ username: "tess", email: "tess@ts.example", password: "secret words" });
  const tess = new conduit.Client({ url, credential: { login: account.token } });
  const other = await nobody.register({ username: "bob_ts", email: "bob@ts.example", password: "secret words" });
  const bob = new conduit.Client({ url, credential: { login: other.token } });
  for (const title of ["One thing", "Another thing", "A third thing"]) {
    await tess.createArticle({ article: { title, description: "How", body: "So.", tagList: ["ts"] } });
  }
  same((await bob.follow({ username: "tess" })).following, true);
  same((await bob.feed({ limit: 1 })).total, 3);
  const titles = (await all(nobody.listArticlesItems({ author: "tess", limit: 2 }))).map((it) => it.title);
  same(titles.sort(), ["A third thing", "Another thing", "One thing"]);
  same((await bob.favorite({ slug: "one-thing" })).favoritesCount, 1);
  const comment = await bob.addComment({ slug: "one-thing", body: "Thanks!" });
  same((await nobody.listComments({ slug: "one-thing" })).map((it) => it.id), [comment.id]);
  await bob.deleteComment({ slug: "one-thing", comment: comment.id });
  same((await tess.updateUser({ changes: { bio: "Writes." } })).bio, "Writes.");
  const taken = await nobody.register({ username: "tess", email: "t@ts.example", password: "secret words" }).outcome();
  if (taken.ok || taken.problem.status !== 422) throw new Error("the name is taken");
  same(taken.problem.messages, ["username has already been taken"]);
  await tess.deleteArticle({ slug: "one-thing" });
  same(await nobody.getArticle({ slug: "one-thing" }).outcome().then((it) => !it.ok && it.problem.status), 404);
}

async function everything(url: string): Promise<void> {
  const nobody = new desk.Client({ url });
  await nobody.join({ name: "tüss", password: "a long password", key: "the key of ts" });
  const client = new desk.Client({ url, credential: { key: "the key of ts" } });
  const other = new desk.Client({ url, credential: { staff: { user: "tüss", password: "a long password" } } });
  const thing = await client.addThing({ thing: { label: "a/b ü", price: "1.00" } }, { key: "ts-1" });
  same((await client.addThing({ thing: { label: "a/b ü", price: "1.00" } }, { key: "ts-1" })).id, thing.id);
  const full = await other.addThing({ thing: { label: "leaf", price: "2.00", colour: "green" } }).outcome();
  same(!full.ok && full.problem.code === "NoRoom" && full.problem.data, { left: 3, colour: "green" });
  for (const label of ["b", "c"]) await client.addThing({ thing: { label, price: "1.00", weight: 0.5 } });
  const found = await all(client.listThingsItems({ colour: ["red"], limit: 2 }));
  same(found.map((it) => it.label), ["a/b ü", "b", "c"]);
  const edited = await client.editThing({ thing: thing.id, changes: { weight: null, label: "d" } });
  same([edited.label, edited.weight], ["d", null]);
  const sheet = new File(["hello"], "hello.txt", { type: "text/plain" });
  const put = await client.putSheet({ thing: thing.id, sheet, note: "a note" });
  same([put.sheet.name, put.sheet.size, put.note], ["hello.txt", 5, "a note"]);
  const waits = await client.throwAway({ thing: thing.id }).outcome();
  same(!waits.ok && waits.problem.code === "WaitingApproval" && waits.problem.data.operation, "throw_away");
  const forms: desk.Form[] = [{ kind: "Disc", radius: 3 }, { kind: "Box", width: 1, height: 2, lid: true }];
  const echoed = await nobody.echo({
    forms,
    names: { a: 1 },
    by: { green: 2 },
    pair: [1, "one"],
    named: { from: "ts", class: "first" },
    sender: "ts",
  });
  same([echoed.forms, echoed.by, echoed.pair, echoed.day], [forms, { green: 2 }, [1, "one"], null]);
  same([echoed.named, echoed.sender], [{ from: "ts", class: "first" }, "ts"]);
  const sum = echoed.forms.reduce((area, form) => area + (form.kind === "Disc" ? form.radius : form.width), 0);
  same(sum, 4);
  same(await nobody.remember({ thought: null, mood: "so so" }), { thought: null, place: null, mood: "so so" });
  same((await nobody.remember({ thought: [1], place: "here", mood: "" })).place, "here");
  const split = await nobody.remember({ thought: 1, mood: "y; place=elsewhere" }).outcome().catch((error) => error);
  same(split instanceof TypeError, true);
  same(await all(nobody.numbers()), [1, 2, 3]);
}

const [at, rows, things] = process.argv.slice(2);
if (at === undefined || rows === undefined || things === undefined) throw new Error("three addresses are needed");
await shop(at);
await blog(rows);
await everything(things);
