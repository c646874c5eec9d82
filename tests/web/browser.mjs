// Drives the page in headless Chromium, for tests/web/test_browser.py: one question a line on standard input, as
// {"action": ..., "url": ...}, one answer a line on standard output, as {"result": ...} or {"error": ...}.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { chromium } from "../../runtime/web/node_modules/playwright-core/index.mjs";

const FACES = /^(\d+|no) faces? in /;

const actions = {
  predict,
  load,
  reload,
  update,
  camera,
  video,
  still,
  keyboard,
  describe,
  looks,
  begin,
  problem,
  standins,
  visits,
};

const executablePath = process.argv[2];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let loaded = null;

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...options } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: await actions[action](options) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.stack }));
  }
  if (action !== "load") for (const context of browser.contexts()) await context.close();
}
await browser.close();

async function open(url, context = {}, inside = browser) {
  const page = await (await inside.newContext({ viewport: { width: 1440, height: 900 }, ...context })).newPage();
  page.problems = [];
  page.hosts = new Set();
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  page.on("request", (request) => page.hosts.add(new URL(request.url()).origin));
  await page.goto(url);
  await page.waitForFunction(
    (faces) => new RegExp(faces).test(document.querySelector("#status").textContent),
    FACES.source,
  );
  return page;
}

/** Two networks side by side. */
async function both(page) {
  await page.evaluate(() => document.querySelector("#view [value=both]").click());
  await page.waitForFunction(() => {
    const values = [...document.querySelectorAll(".pane [data-value=latency]")];
    return values.length === 2 && values.every(({ textContent }) => textContent !== "–");
  });
}

async function status(page, text) {
  await page.waitForFunction((wanted) => document.querySelector("#status").textContent.includes(wanted), text);
}

async function download(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#json")]);
  let text = "";
  for await (const part of await file.createReadStream()) text += part;
  return JSON.parse(text);
}

/** Give the page one picture after the other; returns what its JSON button saves for each. */
async function predict({ url, files }) {
  const page = await open(url);
  await both(page);
  const documents = [];
  for (const file of files) {
    await page.setInputFiles("#file", file);
    await status(page, file.split(/[\\/]/).at(-1));
    documents.push(await download(page));
  }
  return { documents, problems: page.problems, hosts: [...page.hosts] };
}

/** Load the page, until it says that it works offline. */
async function load({ url }) {
  loaded = await open(url);
  await loaded.waitForFunction(() => document.querySelector("#offline").textContent === "Works offline.");
  return null;
}

/** Load the same page again; the test has stopped the server by now. */
async function reload() {
  await loaded.reload();
  await status(loaded, "1 face in sample.jpg");
  const seen = { isolated: await loaded.evaluate(() => crossOriginIsolated), document: await download(loaded) };
  // the second network was not needed until now
  await both(loaded);
  return { ...seen, pair: await download(loaded) };
}

/** Load the same page again, which is another one by now, and take up what it offers. */
async function update() {
  await loaded.reload();
  const before = await loaded.title();
  await loaded.click(".toast button");
  await loaded.waitForFunction((old) => document.title !== old, before);
  await status(loaded, "1 face in sample.jpg");
  return [before, await loaded.title()];
}

/** The camera, which plays the test's clip; that needs a browser of its own. */
async function camera({ url, clip }) {
  const fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
  const args = ["--no-sandbox", ...fake, `--use-file-for-fake-video-capture=${clip}`];
  const another = await chromium.launch({ executablePath, args });
  try {
    const page = await open(url, {}, another);
    await both(page);
    await page.click("#camera");
    await status(page, "1 face in camera");
    await page.waitForFunction(() => /live\s*[\d.]+ frames\/s/.test(document.querySelector("#legend").innerText));
    await page.click("#pause");
    return { pause: await page.innerText("#pause"), document: await download(page), problems: page.problems };
  } finally {
    await another.close();
  }
}

/** A video file, for longer than it lasts. */
async function video({ url, file }) {
  const page = await open(url);
  await both(page);
  await page.setInputFiles("#file", file);
  await status(page, "1 face in clip.webm");
  await page.waitForTimeout(2000);
  await page.click("#pause");
  return { document: await download(page), problems: page.problems };
}

/** A file that is no picture, and the one before it. */
async function still({ url, file }) {
  const page = await open(url);
  await page.setInputFiles("#file", file);
  await page.waitForFunction(() => !document.querySelector("#problem").hidden);
  const seen = { message: await page.innerText("[role=alert]"), document: await download(page) };
  await page.click("#sample");
  await page.waitForFunction(() => document.querySelector("#problem").hidden);
  return seen;
}

/** Everything by keyboard alone. */
async function keyboard({ url }) {
  const page = await open(url);
  const panes = () => page.locator(".pane").count();
  const seen = { panes: [await panes()] };
  await page.keyboard.press("3");
  await page.waitForFunction(() => document.querySelectorAll(".pane").length === 2);
  seen.panes.push(await panes());
  await page.keyboard.press("2");
  await page.waitForFunction(() => document.querySelectorAll(".pane").length === 1);
  await page.waitForFunction(() => document.querySelector("[data-value=latency]").textContent !== "–");
  seen.model = await page.inputValue(".pane select");
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("j")]);
  seen.file = file.suggestedFilename();
  await page.keyboard.press("n");
  seen.numbers = await page.isChecked("[name=numbers]");
  await page.keyboard.press("?");
  await page.uncheck("#shortcuts");
  await page.keyboard.press("Escape");
  await page.keyboard.press("3");
  seen.after = await panes();
  // every control that the tab key reaches shows that it has the focus
  seen.unnamed = await page.evaluate(() => {
    const controls = [...document.querySelectorAll("button, select, input:not([hidden]), a[href], canvas")];
    const name = (one) => one.ariaLabel || one.labels?.[0]?.textContent.trim() || one.textContent.trim();
    return controls.filter((one) => !name(one)).map((one) => one.outerHTML);
  });
  return seen;
}

/** What a screen reader finds. */
async function describe({ url }) {
  const page = await open(url);
  return page.locator("body").ariaSnapshot();
}

/** Pictures of the page on three screens, in dark and in light; what axe finds wrong, and what does not fit. */
async function looks({ url, folder }) {
  const axe = readFileSync(createRequire(import.meta.url).resolve("../../runtime/web/node_modules/axe-core"), "utf8");
  const page = await open(url, { reducedMotion: "reduce" });
  await both(page);
  await page.evaluate(axe);
  const seen = { violations: [], overflow: [] };
  for (const [screen, width, height] of [
    ["desktop", 1440, 900],
    ["tablet", 820, 1180],
    ["phone", 390, 844],
  ]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${folder}/${screen}-${colorScheme}.png` });
    }
    // of the page itself, and of every pane
    seen.overflow.push(
      ...(await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll(".pane")].map(
          (one) => one.scrollWidth - one.clientWidth,
        ),
      )),
    );
  }
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    seen.violations.push(...violations.map(({ help, nodes }) => [colorScheme, help, ...nodes.map(({ html }) => html)]));
  }
  return seen;
}

/** Two visits; on the second, two threads. */
async function visits({ url }) {
  const page = await open(url);
  await page.waitForFunction(() => document.querySelector("#offline").textContent === "Works offline.");
  const isolated = [await page.evaluate(() => crossOriginIsolated)];
  await page.reload();
  await status(page, "1 face in sample.jpg");
  isolated.push(await page.evaluate(() => crossOriginIsolated));
  await page.selectOption("#threads", "2");
  await page.waitForFunction(() => document.querySelector("#engine-note").textContent.includes("2 threads"));
  await page.waitForFunction(() => document.querySelector("[data-value=latency]").textContent !== "–");
  return { isolated, document: await download(page), problems: page.problems };
}

/** What the page loads to begin with, and what with a second network. */
async function begin({ url }) {
  const page = await (await browser.newContext({ serviceWorkers: "block" })).newPage();
  const networks = [];
  page.on("request", (request) => request.url().endsWith(".onnx") && networks.push(request.url().split("/").at(-1)));
  await page.goto(url);
  await status(page, "1 face in sample.jpg");
  const first = networks.splice(0).sort();
  await both(page);
  return { first, then: networks };
}

/** On a phone, where a message and the bar of sources lie, in pixels from the top. */
async function problem({ url, file }) {
  const page = await open(url, { viewport: { width: 390, height: 844 } });
  await page.setInputFiles("#file", file);
  await page.waitForFunction(() => !document.querySelector("#problem").hidden);
  const place = async (selector) => page.locator(selector).boundingBox();
  return { message: await place("#problem"), bar: await place(".sources"), height: 844 };
}

/** A browser without JavaScript Promise Integration. */
async function standins({ url }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/js/worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      body: `delete WebAssembly.Suspending; delete WebAssembly.promising;\n${await response.text()}`,
    });
  });
  await page.goto(url);
  await status(page, "1 face in sample.jpg");
  return download(page);
}
