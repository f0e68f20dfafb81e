// Uses the documentation page in a real browser: signs in with each scheme of a service, sends, signs out, and looks
// whether everybody can use it. It may ask nothing but the service itself, and nothing may be wrong in its console.
//
//   node docs_page.mjs BROWSER STEPS.json [FOLDER]
//
// STEPS: { url, shots: [{ name?, hash, theme }], signIns: [{ way, user?, token, operation }], uploads: [{ operation, fields, files }] }
// With a folder, pictures of the page are put there.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [browserPath, stepsPath, folder] = process.argv.slice(2);
const steps = JSON.parse(await readFile(stepsPath, "utf8"));
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
const page = await context.newPage();
const wrong = [];
const own = new URL(steps.url).origin;
await context.route("**", (route) => {
  const url = route.request().url();
  if (url.startsWith(own) || url.startsWith("data:")) return route.continue();
  wrong.push(`it asks ${url}`);
  return route.abort();
});
page.on("console", (message) => {
  // A refusal that was asked for is told in the console, too.
  const asked = /the server responded with a status of 4\d\d/.test(message.text());
  if (message.type() === "error" && !asked) wrong.push(`console: ${message.text()}`);
});
page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));

const same = (got, wanted, what) => {
  if (got !== wanted) wrong.push(`${what}: ${got}, not ${wanted}`);
};
const open = async (hash) => {
  await page.goto(`${steps.url}/docs${hash}`);
  await page.locator("main h1").waitFor();
};
const everybody = async (what) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const one of violations) wrong.push(`${what}: ${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
};
// The status that the page shows for what it sends.
const sent = async (operation) => {
  await page.evaluate((hash) => { location.hash = hash; }, `#/${operation}`);
  await page.locator(".route").waitFor();
  const answer = page.waitForResponse((response) => response.request().resourceType() === "fetch");
  await page.getByRole("button", { name: "Send" }).click();
  await answer;
  const shown = await page.locator(".out .status b").innerText();
  return shown.split(" ")[0];
};
const press = async (name) => page.getByRole("button", { name, exact: true }).click();

// Between two colors, a button has the contrast of neither.
await page.emulateMedia({ reducedMotion: "reduce" });
await open("");
await everybody("the overview");
for (const [at, { way, user, token, operation }] of steps.signIns.entries()) {
  same(await sent(operation), "401", `${operation} for nobody`);
  await press("Sign in");
  if (await page.locator("#way").isVisible()) await page.selectOption("#way", { label: way });
  if (user) await page.fill("#user", user);
  await page.fill("#token", token);
  await everybody(`signing in by ${way}`);
  await press("Use it");
  same(await sent(operation), "200", `${operation} by ${way}`);
  if (at === 0) await everybody(`${operation} by ${way}`);
  await press("Signed in");
  await press("Sign out");
  same(await sent(operation), "401", `${operation} behind ${way}`);
}
for (const { signIn, operation, fields, files } of steps.uploads ?? []) {
  await press("Sign in");
  if (await page.locator("#way").isVisible()) await page.selectOption("#way", { label: signIn.way });
  await page.fill("#token", signIn.token);
  await press("Use it");
  await page.evaluate((hash) => { location.hash = hash; }, `#/${operation}`);
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
  for (const [label, file] of Object.entries(files)) {
    await page.getByLabel(label).setInputFiles({ ...file, buffer: Buffer.from(file.base64, "base64") });
  }
  same(await sent(operation), "200", `${operation} with a file`);
}
for (const { name, hash, theme } of steps.shots ?? []) {
  await page.emulateMedia({ colorScheme: theme });
  await open(hash);
  await everybody(`${hash || "the overview"} in the ${theme}`);
  if (folder && name) await page.screenshot({ path: `${folder}/${name}.png` });
}
await browser.close();
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
