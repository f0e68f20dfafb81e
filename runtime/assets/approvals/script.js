"use strict";
const place = "/quater/v1/approvals";
const by = (id) => document.getElementById(id);
let next = null;

async function ask(path, method) {
  const headers = { authorization: `${by("scheme").value.trim()} ${by("token").value.trim()}` };
  const response = await fetch(path, { method, headers, cache: "no-store" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error?.message || body.detail || `the service answers ${response.status}`);
  return body;
}

function part(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function show(request, item) {
  item.replaceChildren(
    part("h2", request.operation),
    part("p", `asked for by ${request.caller} on ${new Date(request.made).toLocaleString()}`),
    part("pre", JSON.stringify(request.arguments, null, 2)),
    part("p", `${request.state}, until ${new Date(request.expires).toLocaleString()}`),
  );
  if (request.state !== "waiting") return;
  for (const [word, verb] of [["Approve", "grant"], ["Deny", "deny"]]) {
    const button = part("button", word);
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        show(await ask(`${place}/${request.approval}/${verb}`, "POST"), item);
        by("said").textContent = "";
      } catch (error) {
        by("said").textContent = error.message;
      }
    });
    item.append(button);
  }
}

async function list(after) {
  try {
    const page = await ask(after ? `${place}?after=${after}` : place, "GET");
    if (!after) by("list").replaceChildren();
    for (const request of page.items) {
      const item = document.createElement("li");
      show(request, item);
      by("list").append(item);
    }
    next = page.next;
    by("more").hidden = !next;
    by("said").textContent = by("list").childElementCount ? "" : "Nothing waits.";
  } catch (error) {
    by("said").textContent = error.message;
  }
}

by("sign").addEventListener("submit", (event) => {
  event.preventDefault();
  list(null);
});
by("more").addEventListener("click", () => list(next));
