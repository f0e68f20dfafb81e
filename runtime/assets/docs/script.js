"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const METHODS = ["get", "post", "put", "patch", "delete"];
  const session = { way: null, user: "", token: "" };

  /** Makes an element: attributes, then children; text is never markup. */
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };

  // Text with `code` in it, and paragraphs.
  const inline = (text) =>
    text.split(/`([^`]+)`/).map((piece, at) => (at % 2 ? el("code", {}, piece) : piece));
  const prose = (text) => {
    const blocks = (text || "").trim().split(/\n\s*\n/).filter(Boolean);
    return blocks.map((block) => {
      const lines = block.split("\n");
      if (!lines.every((line) => /^\s*[-*] /.test(line))) return el("p", {}, inline(lines.join(" ")));
      return el("ul", {}, lines.map((line) => el("li", {}, inline(line.replace(/^\s*[-*] /, "")))));
    });
  };

  const response = await fetch("/openapi.json").catch(() => null);
  if (!response || !response.ok) {
    $("main").replaceChildren(el("p", { class: "notice" }, "The contract at /openapi.json cannot be read."));
    return;
  }
  const api = await response.json();

  const resolve = (node) => {
    for (let depth = 0; node && node.$ref && depth < 16; depth += 1) {
      const path = node.$ref.replace(/^#\//, "").split("/").map((s) => s.replace(/~1/g, "/").replace(/~0/g, "~"));
      node = path.reduce((at, key) => (at ? at[key] : undefined), api);
    }
    return node || {};
  };
  const refName = (node) => (node && node.$ref ? node.$ref.split("/").pop() : "");

  // ---- the model ----

  const operations = [];
  for (const [path, item] of Object.entries(api.paths || {})) {
    for (const method of METHODS) {
      const op = item[method];
      if (!op) continue;
      const parameters = [...(item.parameters || []), ...(op.parameters || [])].map(resolve);
      const id = op.operationId || `${method}${path}`;
      const docs = op.description || "";
      const summary = (op.summary || docs.split("\n")[0] || id).split(". ")[0].replace(/\.$/, "");
      operations.push({ id, path, method: method.toUpperCase(), op, parameters, summary, docs });
    }
  }
  const depthOfCommon = () => {
    const paths = operations.map((o) => o.path.split("/").slice(1));
    let depth = 0;
    while (paths.length > 1 && paths.every((p) => p.length > depth + 1 && p[depth] === paths[0][depth])) depth += 1;
    return depth;
  };
  const common = depthOfCommon();
  const groupOf = (o) => (o.op.tags && o.op.tags[0]) || o.path.split("/")[1 + common] || "root";
  const groups = new Map();
  for (const o of operations) groups.set(groupOf(o), [...(groups.get(groupOf(o)) || []), o]);
  const needsSignIn = (o) => {
    const wanted = o.op.security || api.security || [];
    return wanted.length > 0 && !wanted.some((one) => Object.keys(one).length === 0);
  };

  // ---- ways to sign in ----

  // What each scheme is told, and what of it goes with a request.
  const bytes = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const way = ([name, given]) => {
    const s = resolve(given);
    const word = (/The word `([^`]+)`, a space and/.exec(s.description || "") || [])[1];
    const header = (known, value, shown) => ({ name, docs: s.description, header: known, value, shown });
    const basic = () => `Basic ${bytes(`${session.user}:${session.token}`)}`;
    if (s.type === "http" && s.scheme === "basic") return { ...header("Authorization", basic, null), asks: "Password", named: true };
    if (s.type === "http") return { ...header("Authorization", () => `Bearer ${session.token}`, "Bearer $TOKEN"), asks: "Token" };
    if (s.type !== "apiKey") return null;
    if (s.in === "cookie") return { name, docs: s.description, cookie: s.name, asks: `Cookie ${s.name}` };
    if (word) return { ...header(s.name, () => `${word} ${session.token}`, `${word} $TOKEN`), asks: "Token", word };
    return { ...header(s.name, () => session.token, "$KEY"), asks: `Key for ${s.name}` };
  };
  const ways = Object.entries((api.components || {}).securitySchemes || {}).map(way).filter(Boolean);
  const given = () => Boolean(session.way && session.token);
  // A page cannot send a cookie, the browser does; so it is there until somebody signs out or the tab is left.
  const bake = (value) => {
    const { cookie } = session.way || {};
    if (!cookie) return;
    const secure = location.protocol === "https:" || /^__(Host|Secure)-/.test(cookie) ? "; Secure" : "";
    document.cookie = `${cookie}=${value}; Path=/; SameSite=Strict${secure}${value ? "" : "; Max-Age=0"}`;
  };
  const use = (chosen, user, token) => {
    bake("");
    Object.assign(session, { way: chosen, user, token });
    bake(token);
    signed();
  };
  window.addEventListener("pagehide", () => bake(""));

  // ---- types in words ----

  const plural = (min, max, unit) => {
    if (min === undefined && max === undefined) return "";
    if (min === max) return `${min} ${unit}`;
    if (min === undefined || min === 0) return max === undefined ? "" : `at most ${max} ${unit}`;
    return max === undefined ? `at least ${min} ${unit}` : `${min} to ${max} ${unit}`;
  };
  const withoutNull = (schema) => {
    const s = resolve(schema);
    for (const key of ["anyOf", "oneOf"]) {
      if (!s[key]) continue;
      const rest = s[key].filter((one) => resolve(one).type !== "null");
      if (rest.length < s[key].length) return { schema: rest.length === 1 ? rest[0] : { [key]: rest }, nullable: true };
    }
    if (Array.isArray(s.type) && s.type.includes("null")) {
      const rest = s.type.filter((t) => t !== "null");
      return { schema: { ...s, type: rest.length === 1 ? rest[0] : rest }, nullable: true };
    }
    return { schema, nullable: false };
  };
  const PLAIN = { string: "text", int64: "int", integer: "int", "date-time": "instant", uri: "url" };
  const typeWords = (given) => {
    const { schema, nullable } = withoutNull(given);
    const s = resolve(schema);
    const named = refName(schema);
    let words = named || PLAIN[s.format || s.type] || s.format || s.type || "";
    if (s.enum && !named) words = "one of";
    if (s.type === "array") words = `list of ${typeWords(s.items || {})}`;
    if (s.const !== undefined) words = JSON.stringify(s.const);
    if (s.oneOf || s.anyOf) words = named || (s.oneOf || s.anyOf).map(typeWords).join(" or ");
    if (Array.isArray(words)) words = words.join(" or ");
    return `${words || "any JSON"}${nullable ? " or null" : ""}`;
  };
  const SAFE = Number.MAX_SAFE_INTEGER;
  const rules = (given) => {
    const s = { ...resolve(withoutNull(given).schema) };
    if (Math.abs(s.minimum) === SAFE) delete s.minimum;
    if (Math.abs(s.maximum) === SAFE) delete s.maximum;
    const list = [
      plural(s.minLength, s.maxLength, "characters"),
      plural(s.minItems, s.maxItems, "items"),
      s.minimum !== undefined && s.maximum !== undefined ? `${s.minimum} to ${s.maximum}` : "",
      s.minimum !== undefined && s.maximum === undefined ? `≥ ${s.minimum}` : "",
      s.maximum !== undefined && s.minimum === undefined ? `≤ ${s.maximum}` : "",
      s.exclusiveMinimum !== undefined ? `> ${s.exclusiveMinimum}` : "",
      s.exclusiveMaximum !== undefined ? `< ${s.exclusiveMaximum}` : "",
      s.pattern === "\\S" ? "not blank" : s.pattern && !s.description ? `/${s.pattern}/` : "",
      s.default !== undefined ? `default ${JSON.stringify(s.default)}` : "",
    ];
    const texts = list.filter(Boolean).concat((s.enum || []).map((one) => JSON.stringify(one)));
    return texts.length ? el("div", { class: "rules" }, texts.map((text) => el("code", {}, text))) : null;
  };

  // Records fold open; a record inside itself stays a name.
  const childrenOf = (given) => {
    let s = resolve(withoutNull(given).schema);
    for (let depth = 0; s.type === "array" && depth < 4; depth += 1) s = resolve(withoutNull(s.items || {}).schema);
    return s.properties ? s : null;
  };
  const fieldOf = (name, schema, mark, docs, seen, place) => {
    const inner = childrenOf(schema);
    const deeper = inner && !seen.includes(inner);
    return el("div", { class: "field" },
      el("div", { class: "head" },
        el("span", { class: "name" }, name), el("span", { class: "type" }, typeWords(schema)),
        place && place !== "answer" ? el("span", { class: "tag" }, place) : null,
        mark === "required" ? el("span", { class: "need" }, mark) : mark ? el("span", { class: "type" }, mark) : null),
      docs ? el("p", {}, inline(docs)) : null,
      rules(schema),
      deeper ? el("details", {}, el("summary", {}, "its members"), fields(inner, place === "answer", [...seen, inner])) : null);
  };
  // Of what is sent, the required members are marked; of what comes back, those that may be missing.
  const fields = (given, answer = false, seen = []) => {
    const s = childrenOf(given) || {};
    const mark = (name) => ((s.required || []).includes(name) ? (answer ? "" : "required") : answer ? "may be missing" : "");
    return el("div", { class: "fields" }, Object.entries(s.properties || {}).map(([name, schema]) =>
      fieldOf(name, schema, mark(name), schema.description || "", [...seen, s], answer ? "answer" : "")));
  };

  // ---- examples ----

  const FORMATS = {
    uuid: "018f2b6e-7c1a-7000-8000-000000000000", email: "ann@example.org", date: "2026-01-31",
    "date-time": "2026-01-31T12:00:00.000Z", uri: "https://example.org/", duration: "PT15M", decimal: "10.00",
    password: "correct horse", byte: "aGVsbG8=",
  };
  const example = (given, depth = 0) => {
    const s = resolve(withoutNull(given).schema);
    if (s.examples && s.examples.length) return s.examples[0];
    if (s.example !== undefined) return s.example;
    if (s.default !== undefined) return s.default;
    if (s.const !== undefined) return s.const;
    if (s.enum) return s.enum[0];
    if (s.oneOf || s.anyOf) return example((s.oneOf || s.anyOf)[0], depth + 1);
    const type = Array.isArray(s.type) ? s.type[0] : s.type;
    if (type === "array") return depth > 5 ? [] : [example(s.items || {}, depth + 1)];
    if (type === "object" || s.properties) {
      const wanted = depth > 5 ? [] : Object.entries(s.properties || {});
      return Object.fromEntries(wanted.map(([name, one]) => [name, example(one, depth + 1)]));
    }
    if (type === "integer" || type === "number") return s.minimum ?? 1;
    if (type === "boolean") return true;
    if (type === "string" && s.pattern && !s.format) return fromPattern(s.pattern);
    return type === "string" ? FORMATS[s.format] || "text".padEnd(s.minLength || 0, " text").slice(0, s.maxLength) : null;
  };
  // Good enough for patterns like [A-Z]{3}-[0-9]{4}; others show themselves.
  const fromPattern = (pattern) => {
    const plain = pattern.replace(/^\^(\(\?:)?/, "").replace(/\)?\$$/, "");
    const parts = plain.match(/^(?:(\[[^\]]+\]|\\d|[\w\- ])(?:\{(\d+)(?:,\d*)?\}|[+*?])?)+$/) ? plain.matchAll(/(\[[^\]]+\]|\\d|[\w\- ])(?:\{(\d+)(?:,\d*)?\})?/g) : [];
    const text = [...parts].map(([, set, count]) => (set === "\\d" ? "1" : set[0] === "[" ? set[1] : set).repeat(Number(count || 1)));
    return text.join("") || plain;
  };

  // ---- JSON in colour ----

  const coloured = (text) => {
    const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
    const out = [];
    let last = 0;
    for (const hit of text.matchAll(token)) {
      out.push(text.slice(last, hit.index));
      const kind = hit[1] ? (hit[2] ? "j-key" : "j-text") : hit[3] ? "j-word" : "j-number";
      out.push(el("span", { class: kind }, hit[1] || hit[0]));
      if (hit[2]) out.push(hit[2]);
      last = hit.index + hit[0].length;
    }
    return [...out, text.slice(last)];
  };
  const panel = (text, { json = false, wrap = false, label = "Copy" } = {}) => {
    const copy = el("button", { type: "button", "aria-label": `${label} to the clipboard` }, "Copy");
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text).catch(() => {});
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 1200);
    });
    return el("div", { class: "panel" }, el("pre", { class: wrap ? "wrap" : null, tabindex: "0" }, json ? coloured(text) : text), copy);
  };

  // ---- one operation ----

  const route = (o) => el("div", { class: "route" }, el("span", { class: `method ${o.method}` }, o.method),
    el("code", {}, o.path.split(/(\{[^}]+\})/).map((part) => (part.startsWith("{") ? el("span", { class: "var" }, part) : part))));
  const mediaOf = (o) => {
    const content = resolve(o.op.requestBody || {}).content || {};
    return content["application/json"] || Object.values(content)[0] || {};
  };
  const reply = ([code, given]) => {
    const one = resolve(given);
    const content = Object.values(one.content || {})[0] || {};
    const choices = content.schema ? resolve(content.schema).oneOf || [content.schema] : [];
    const shapes = code < "400" ? choices : choices.filter((choice) => (resolve(choice).properties || {}).data);
    return el("div", { class: "reply" },
      el("div", { class: "head" }, el("span", { class: `code ${code < "400" ? "ok" : "no"}` }, code), el("div", {}, prose(one.description))),
      shapes.filter(childrenOf).map((shape) =>
        el("details", { open: code < "300" }, el("summary", {}, typeWords(shape)), fields(shape, true, [childrenOf(shape)]))));
  };
  // Refusals that say nothing about this operation in particular fold away.
  const COMMON = ["400", "405", "408", "413", "415", "421", "500", "503"];
  const replies = (o) => {
    const all = Object.entries(o.op.responses || {});
    const usual = all.filter(([code]) => COMMON.includes(code));
    return [
      ...all.filter(([code]) => !COMMON.includes(code)).map(reply),
      usual.length ? el("details", { class: "fold" }, el("summary", {}, "what any request may meet"), el("div", { class: "stack" }, usual.map(reply))) : null,
    ];
  };

  const curl = (o, url, headers, body) => {
    const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;
    const lines = [`curl ${o.method === "GET" ? "" : `-X ${o.method} `}${quoted(url)}`];
    for (const [name, value] of Object.entries(headers)) {
      const own = given() && session.way.header === name;
      if (own && session.way.named) lines.push(`-u ${quoted(session.user)}`);
      else lines.push(`-H ${own ? `"${name}: ${session.way.shown}"` : quoted(`${name}: ${value}`)}`);
    }
    if (given() && session.way.cookie) lines.push(`-b "${session.way.cookie}=$COOKIE"`);
    for (const [name, value] of body instanceof FormData ? body : []) {
      lines.push(`-F ${quoted(`${name}=${value instanceof File ? `@${value.name}` : value}`)}`);
    }
    if (typeof body === "string") lines.push(`-d ${quoted(body)}`);
    return lines.join(" \\\n  ");
  };

  const control = (id, schema, needed) => {
    const s = resolve(withoutNull(schema).schema);
    const words = s.enum || (s.type === "boolean" ? [true, false] : null);
    if (!words) return el("input", { id, class: "mono", required: needed, placeholder: typeWords(schema), autocomplete: "off", spellcheck: "false" });
    return el("select", { id, required: needed }, el("option", { value: "" }, needed ? "choose" : "not sent"), words.map((one) => el("option", { value: String(one) }, String(one))));
  };
  const labelled = (text, needed, box) => el("div", {},
    el("label", { for: box.id }, text, needed ? el("span", { class: "need" }, "required") : null), box);

  // Whoever just got a token can go on with it.
  const offer = (data) => {
    const found = (one) => one && ["token", "access_token", "key"].map((name) => one[name]).find((it) => typeof it === "string");
    const token = data && (found(data) || Object.values(data).map(found).find(Boolean));
    const fits = ways.find((one) => one.asks === "Token") || ways.find((one) => one.header && !one.named);
    if (!token || !fits) return null;
    const button = el("button", { type: "button", class: "solid offer" }, "Sign in with it");
    button.addEventListener("click", () => { use(fits, "", token); button.replaceWith("Signed in."); });
    return button;
  };

  // The parts of a body that takes files.
  const partsOf = (o) => {
    const media = (resolve(o.op.requestBody || {}).content || {})["multipart/form-data"];
    if (!media) return null;
    const s = resolve(media.schema);
    return Object.entries(s.properties || {}).map(([name, one], at) => {
      const [needed, taken] = [(s.required || []).includes(name), ((media.encoding || {})[name] || {}).contentType];
      const box = resolve(one).format === "binary" ? el("input", { id: `f${at}`, type: "file", accept: taken, required: needed }) : control(`f${at}`, one, needed);
      return { name, needed, box };
    });
  };

  const tryIt = (o) => {
    const { schema, example: sample } = mediaOf(o);
    const boxes = o.parameters.map((p, at) => ({ p, box: control(`p${at}`, p.schema || {}, Boolean(p.required)) }));
    const parts = partsOf(o);
    const body = schema && !parts ? el("textarea", { id: "body", spellcheck: "false", rows: "8" }) : null;
    if (body) body.value = JSON.stringify(sample ?? example(schema), null, 2);
    const out = el("div", { class: "out", "aria-live": "polite", hidden: true });
    const shell = el("div", { class: "out" });
    const request = () => {
      let path = o.path;
      const query = new URLSearchParams();
      const headers = {};
      for (const { p, box } of boxes) {
        if (p.in === "path") path = path.replace(`{${p.name}}`, box.value ? encodeURIComponent(box.value) : `{${p.name}}`);
        else if (box.value === "") continue;
        else if (p.in === "query") query.append(p.name, box.value);
        else if (p.in === "header") headers[p.name] = box.value;
      }
      if (given() && session.way.header && !(o.op.security && o.op.security.length === 0)) headers[session.way.header] = session.way.value();
      if (body) headers["Content-Type"] = "application/json";
      const form = parts ? new FormData() : undefined;
      for (const { name, box } of parts || []) {
        if (box.type === "file") for (const file of box.files) form.append(name, file);
        else if (box.value !== "") form.append(name, box.value);
      }
      const tail = query.toString();
      return { url: `${location.origin}${path}${tail ? `?${tail}` : ""}`, headers, body: body ? body.value : form };
    };
    const draw = () => { const r = request(); shell.replaceChildren(el("h2", { class: "mini" }, "As a command"), panel(curl(o, r.url, r.headers, r.body), { label: "Copy the command" })); };
    const send = el("button", { class: "solid", type: "submit" }, "Send");
    const form = el("form", { oninput: draw, onsubmit: async (event) => {
      event.preventDefault();
      send.disabled = true;
      const r = request();
      const began = performance.now();
      const answer = await fetch(r.url, { method: o.method, headers: r.headers, body: r.body, credentials: given() && session.way.cookie ? "same-origin" : "omit" }).catch((error) => error);
      send.disabled = false;
      out.hidden = false;
      if (answer instanceof Error) return out.replaceChildren(el("p", { class: "no" }, `No answer: ${answer.message}`));
      const text = await answer.text();
      const spent = Math.round(performance.now() - began);
      let shown = text;
      let data;
      try { data = JSON.parse(text); shown = JSON.stringify(data, null, 2); } catch { data = undefined; }
      const heads = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      out.replaceChildren(
        el("div", { class: "status" }, el("b", { class: answer.ok ? "ok" : "no" }, `${answer.status} ${answer.statusText}`), el("span", { class: "quiet" }, `${spent} ms`)),
        text ? panel(shown, { json: data !== undefined, label: "Copy the answer" }) : el("p", { class: "quiet" }, "no content"),
        answer.ok ? offer(data) : null,
        el("details", { class: "fold" }, el("summary", {}, "Headers"), panel(heads, { wrap: true, label: "Copy the headers" })));
    } },
      boxes.map(({ p, box }) => labelled(p.name, Boolean(p.required), box)),
      (parts || []).map(({ name, needed, box }) => labelled(name, needed, box)),
      body ? labelled("Body", Boolean(resolve(o.op.requestBody).required), body) : null,
      el("div", { class: "row" }, send, needsSignIn(o) && !given() ? el("span", { class: "quiet" }, "needs a signed-in caller") : null));
    draw();
    return el("section", { class: "try", "aria-label": "Try it" }, el("header", {}, el("h2", { class: "mini" }, "Try it")), form, out, shell);
  };

  const show = (o) => {
    const rest = o.docs.startsWith(o.summary) ? o.docs.slice(o.summary.length).replace(/^[.\s]+/, "") : o.docs;
    const { schema } = mediaOf(o);
    const part = (title, ...inside) => el("section", { class: "part" }, el("h2", { class: "mini" }, title), ...inside);
    return [
      el("header", {},
        el("h1", {}, inline(o.summary)), route(o), el("div", { class: "row" }, el("span", { class: "tag" }, o.id)),
        prose(rest)),
      el("div", { class: "two" },
        el("div", {},
          o.parameters.length ? part("Parameters", el("div", { class: "fields" }, o.parameters.map((p) => fieldOf(p.name, p.schema || {}, p.required ? "required" : "", p.description, [], p.in)))) : null,
          schema ? part("Body", fields(schema)) : null,
          part("Answers", replies(o))),
        tryIt(o)),
    ];
  };

  const home = () => [
    el("header", {}, el("h1", {}, (api.info || {}).title || "API"), el("div", { class: "lead" }, prose((api.info || {}).description))),
    el("div", { class: "cards" }, [...groups].map(([name, list]) => el("section", { class: "card" },
      el("h2", {}, name), el("ul", {}, list.map((o) => el("li", {}, link(o))))))),
  ];
  const link = (o) => el("a", { href: `#/${encodeURIComponent(o.id)}`, title: `${o.method} ${o.path}` },
    el("span", { class: `method ${o.method}` }, o.method), el("span", { class: "clamp" }, inline(o.summary)));

  // A problem's `type` leads here: the operations that can end with it.
  const errorPage = (code) => {
    const carrying = operations.filter((o) => JSON.stringify(o.op.responses || {}).includes(code));
    return [
      el("header", {}, el("h1", {}, code), el("p", { class: "lead" }, "An error of this service. ",
        carrying.length ? "These operations can end with it." : "Any operation can end with it.")),
      el("div", { class: "cards" }, carrying.length ? el("section", { class: "card" }, el("ul", {}, carrying.map((o) => el("li", {}, link(o))))) : null),
    ];
  };

  // ---- the frame ----

  const filter = $("filter");
  const list = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (o) => words.every((w) => `${o.method} ${o.path} ${o.id} ${o.summary}`.toLowerCase().includes(w));
    const now = decodeURIComponent(location.hash.slice(2));
    const shown = [...groups].map(([name, all]) => [name, all.filter(fits)]).filter(([, all]) => all.length);
    $("list").replaceChildren(...shown.map(([name, all]) => el("section", {}, el("h2", { class: "mini" }, name),
      el("ul", {}, all.map((o) => { const a = link(o); if (o.id === now) a.setAttribute("aria-current", "page"); return el("li", {}, a); })))),
      shown.length ? "" : el("p", { class: "quiet" }, "Nothing fits."));
  };
  const draw = (focus = true) => {
    const where = decodeURIComponent(location.hash.replace(/^#\/?/, ""));
    const o = operations.find((one) => one.id === where);
    const known = o || where === "";
    $("main").replaceChildren(...(o ? show(o) : known ? home() : errorPage(where)));
    document.title = `${o ? o.summary : known ? "Overview" : where} · ${(api.info || {}).title || "API"}`;
    list();
    $("side").classList.remove("open");
    $("menu").setAttribute("aria-expanded", "false");
    if (focus) { window.scrollTo(0, 0); $("main").focus({ preventScroll: true }); }
  };

  const themes = ["system", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("quater-docs-theme") || "system"; } catch { return "system"; } };
  const paint = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    $("theme").textContent = `Theme: ${theme}`;
    try { localStorage.setItem("quater-docs-theme", theme); } catch { /* a private window keeps nothing */ }
  };
  $("theme").addEventListener("click", () => paint(themes[(themes.indexOf(stored()) + 1) % themes.length]));

  const signing = $("signing");
  const signed = () => { $("sign").textContent = given() ? "Signed in" : "Sign in"; $("sign").classList.toggle("signed", given()); };
  const chosen = () => ways[$("way").selectedIndex];
  const asked = () => {
    const { asks, docs, named } = chosen();
    $("token-label").textContent = asks;
    $("way-docs").replaceChildren(...inline(docs || ""));
    $("user-row").hidden = !named;
  };
  $("way").replaceChildren(...ways.map((one) => el("option", {}, one.name)));
  $("way-row").hidden = ways.length < 2;
  $("way").addEventListener("change", asked);
  $("sign").addEventListener("click", () => {
    if (session.way) $("way").selectedIndex = ways.indexOf(session.way);
    $("user").value = session.user;
    $("token").value = session.token;
    asked();
    signing.showModal();
    (ways.length > 1 ? $("way") : chosen().named ? $("user") : $("token")).focus();
  });
  const leave = (way, user, token) => { use(way, user, token); $("user").value = $("token").value = ""; draw(false); };
  $("signing-form").addEventListener("submit", () => {
    const [{ word, named }, token] = [chosen(), $("token").value];
    // Whoever pastes a whole header means what stands behind its word.
    const [first, ...rest] = token.trim().split(/\s+/);
    const told = rest.length && ["bearer", (word || "bearer").toLowerCase()].includes(first.toLowerCase());
    const bare = named ? token : told ? rest.join(" ") : token.trim();
    leave(chosen(), $("user").value, bare);
  });
  $("forget").addEventListener("click", () => { leave(session.way, "", ""); signing.close(); });
  signing.addEventListener("click", (event) => { if (event.target === signing) signing.close(); });
  $("menu").addEventListener("click", () => $("menu").setAttribute("aria-expanded", String($("side").classList.toggle("open"))));
  filter.addEventListener("input", list);
  window.addEventListener("hashchange", () => draw());
  window.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); filter.focus(); }
  });
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); $("main").focus(); });

  $("brand").textContent = (api.info || {}).title || "API";
  $("version").textContent = (api.info || {}).version ? `v${api.info.version}` : "";
  if (!ways.length) $("sign").hidden = true;
  paint(stored());
  signed();
  draw(false);
})();
