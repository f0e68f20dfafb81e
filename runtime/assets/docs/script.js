"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const METHODS = ["get", "post", "put", "patch", "delete"];
  const session = { token: "" };

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
      const shown = name === "Authorization" ? '"Authorization: Bearer $TOKEN"' : quoted(`${name}: ${value}`);
      lines.push(`-H ${shown}`);
    }
    if (body) lines.push(`-d ${quoted(body)}`);
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
    const token = data && ["token", "access_token", "key"].map((name) => data[name]).find((one) => typeof one === "string");
    if (!token) return null;
    const button = el("button", { type: "button", class: "solid offer" }, "Sign in with it");
    button.addEventListener("click", () => { session.token = token; signed(); button.replaceWith("Signed in."); });
    return button;
  };

  const tryIt = (o) => {
    const { schema, example: given } = mediaOf(o);
    const boxes = o.parameters.map((p, at) => ({ p, box: control(`p${at}`, p.schema || {}, Boolean(p.required)) }));
    const body = schema ? el("textarea", { id: "body", spellcheck: "false", rows: "8" }) : null;
    if (body) body.value = JSON.stringify(given ?? example(schema), null, 2);
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
      if (session.token && !(o.op.security && o.op.security.length === 0)) headers.Authorization = `Bearer ${session.token}`;
      if (body) headers["Content-Type"] = "application/json";
      const tail = query.toString();
      return { url: `${location.origin}${path}${tail ? `?${tail}` : ""}`, headers, body: body ? body.value : undefined };
    };
    const draw = () => { const r = request(); shell.replaceChildren(el("h3", {}, "As a command"), panel(curl(o, r.url, r.headers, r.body), { label: "Copy the command" })); };
    const send = el("button", { class: "solid", type: "submit" }, "Send");
    const form = el("form", { oninput: draw, onsubmit: async (event) => {
      event.preventDefault();
      send.disabled = true;
      const r = request();
      const began = performance.now();
      const answer = await fetch(r.url, { method: o.method, headers: r.headers, body: r.body, credentials: "omit" }).catch((error) => error);
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
      body ? labelled("Body", Boolean(resolve(o.op.requestBody).required), body) : null,
      el("div", { class: "row" }, send, needsSignIn(o) && !session.token ? el("span", { class: "quiet" }, "needs a signed-in caller") : null));
    draw();
    return el("section", { class: "try", "aria-label": "Try it" }, el("header", {}, el("h3", {}, "Try it")), form, out, shell);
  };

  const show = (o) => {
    const rest = o.docs.startsWith(o.summary) ? o.docs.slice(o.summary.length).replace(/^[.\s]+/, "") : o.docs;
    const { schema } = mediaOf(o);
    const part = (title, ...inside) => el("section", { class: "part" }, el("h3", {}, title), ...inside);
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
    $("list").replaceChildren(...shown.map(([name, all]) => el("section", {}, el("h3", {}, name),
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
  const signed = () => { $("sign").textContent = session.token ? "Signed in" : "Sign in"; $("sign").classList.toggle("signed", Boolean(session.token)); };
  $("sign").addEventListener("click", () => { $("token").value = session.token; signing.showModal(); $("token").focus(); });
  const use = (token) => { session.token = token; $("token").value = ""; signed(); draw(false); };
  $("signing-form").addEventListener("submit", () => use($("token").value.trim().replace(/^Bearer\s+/i, "")));
  $("forget").addEventListener("click", () => { use(""); signing.close(); });
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
  if (!Object.keys((api.components || {}).securitySchemes || {}).length) $("sign").hidden = true;
  paint(stored());
  signed();
  draw(false);
})();
