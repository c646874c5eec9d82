// Drives the page in headless Chromium, for tests/web/test_browser.py: one question a line on standard input, as
// {"action": ..., "url": ...}, one answer a line on standard output, as {"result": ...} or {"error": ...}.
// Arguments: the path of Chromium, and that of the YUV4MPEG2 clip that its camera plays.
//
// Most actions share one page, which is put back to how it began; those on loading open another one at another address,
// as what a browser keeps is kept by address.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { chromium } from "../../runtime/web/node_modules/playwright-core/index.mjs";

const SAMPLE = "1 face in sample.jpg";

/** Pixels of the screen: drawing a large one takes long. */
const SMALL = { width: 800, height: 600 };

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
  irises,
  looks,
  begin,
  problem,
  framed,
  standins,
  visits,
};

/** A machine with other work may take long; every wait ends with its event. */
const PATIENCE = 120_000;

const [executablePath, clip] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  timeout: PATIENCE,
  args: [
    "--no-sandbox",
    // bytes of WebAssembly to run before it is optimised, which changes no result, and takes longer than a few runs
    "--js-flags=--wasm-tiering-budget=400000000",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${clip}`,
  ],
});
const context = await browser.newContext({ viewport: SMALL });
context.setDefaultTimeout(PATIENCE);
await context.addInitScript(standStill);
let common = null;
let loaded = null;

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...options } = JSON.parse(line);
  try {
    const result = await actions[action](options);
    if (common !== null) await rest(common);
    console.log(JSON.stringify({ result }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.stack }));
    common = null;
  }
  const kept = [common, action === "load" && loaded];
  for (const page of context.pages()) if (!kept.includes(page)) await page.close();
}
await browser.close();

/** In the page: stop animations, which draw it 60 times a second while it loads. */
function standStill() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after { animation: none !important; transition: none !important }");
  document.adoptedStyleSheets.push(sheet);
}

/** An empty page, which notes its errors, and what it asks for. */
async function blank() {
  const page = await context.newPage();
  page.problems = [];
  page.hosts = new Set();
  page.networks = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  page.on("request", (request) => {
    page.hosts.add(new URL(request.url()).origin);
    if (request.url().endsWith(".onnx")) page.networks.push(request.url().split("/").at(-1));
  });
  return page;
}

/** Load the page as on a first visit. */
async function open(url) {
  const page = await blank();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: new URL(url).origin, storageTypes: "all" });
  await page.goto(url);
  await status(page, SAMPLE);
  return page;
}

/** The page that actions share, with the sample in its first network and every box as it began. */
async function shared(url) {
  if (common === null) {
    const page = await open(url);
    page.first = page.networks.splice(0).sort();
    await both(page);
    page.then = page.networks.splice(0);
    common = page;
  }
  await common.bringToFront();
  await common.setViewportSize(SMALL);
  await common.emulateMedia({ colorScheme: null, reducedMotion: null });
  await common.evaluate(() => {
    document.activeElement.blur();
    for (const box of document.querySelectorAll("[type=checkbox], [type=radio]")) {
      if (box.checked !== box.defaultChecked && (box.type === "checkbox" || box.defaultChecked)) box.click();
    }
    document.querySelector("#status").textContent = "";
    document.querySelector("#sample").click();
  });
  await status(common, SAMPLE);
  return common;
}

/** Let the four seconds pass in which a page measures a still picture over and over. */
async function rest(page) {
  await page.evaluate(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 4000;
  });
}

/** Wait until a function is true in the page. Playwright asks at every frame, which draws every frame: this does not. */
async function until(page, condition, argument) {
  await page.waitForFunction(condition, argument, { polling: 50 });
}

/** Two networks side by side. */
async function both(page) {
  await page.evaluate(() => {
    document.querySelector("#view [value=both]").click();
    for (const value of document.querySelectorAll(".pane [data-value=latency]")) value.textContent = "–";
  });
  await until(page, () => {
    const values = [...document.querySelectorAll(".pane [data-value=latency]")];
    return values.length === 2 && values.every(({ textContent }) => textContent !== "–");
  });
}

async function status(page, text) {
  await until(page, (wanted) => document.querySelector("#status").textContent.includes(wanted), text);
}

async function download(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#json")]);
  return read(file);
}

async function read(file) {
  let text = "";
  for await (const part of await file.createReadStream()) text += part;
  return JSON.parse(text);
}

/** Give the page one picture after the other; returns what its JSON button saves for each. */
async function predict({ url, files, passes = "1" }) {
  const page = await shared(url);
  await page.selectOption("#passes", passes);
  await both(page);
  const documents = [];
  for (const file of files) {
    const saved = page.waitForEvent("download");
    await page.evaluate(saveWhenShown, file.split(/[\\/]/).at(-1));
    await page.setInputFiles("#file", file);
    documents.push(await read(await saved));
  }
  await page.selectOption("#passes", "1");
  return { documents, problems: page.problems, hosts: [...page.hosts] };
}

/** In the page: press the JSON button as soon as a picture has its faces. */
function saveWhenShown(name) {
  const line = document.querySelector("#status");
  const watch = new MutationObserver(() => {
    if (!line.textContent.includes(name)) return;
    watch.disconnect();
    document.querySelector("#json").click();
  });
  watch.observe(line, { childList: true });
}

/** Load the page, until it says that it works offline. */
async function load({ url }) {
  loaded = await open(url);
  await rest(loaded);
  await until(loaded, () => document.querySelector("#offline").textContent === "Works offline.");
  return null;
}

/** Load the same page again; the test has stopped the server by now. */
async function reload() {
  await loaded.reload();
  await status(loaded, SAMPLE);
  const seen = { isolated: await loaded.evaluate(() => crossOriginIsolated), document: await download(loaded) };
  // the second network was not needed until now
  await both(loaded);
  const pair = await download(loaded);
  // nor was the iris network, which is kept once it was asked for
  await loaded.keyboard.press("i");
  await until(loaded, () => !document.querySelector("#problem").hidden);
  const problem = { message: await loaded.innerText("#problem"), irises: await loaded.isChecked("[name=irises]") };
  return { ...seen, pair, problem, after: await download(loaded) };
}

/** Irises of a picture; a picture of the page, with the face enlarged, goes to `shot`. */
async function irises({ url, file, shot }) {
  const page = await shared(url);
  page.networks.splice(0);
  await page.setInputFiles("#file", file);
  await status(page, file.split(/[\\/]/).at(-1));
  const before = { networks: [...page.networks], document: await download(page) };
  await page.keyboard.press("i");
  await until(page, () => document.querySelector("#faces").textContent.includes("gaze yaw"));
  const document_ = await download(page);
  const legend = await page.innerText("#legend");
  await page.keyboard.press("z");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.screenshot({ path: shot });
  return { before, document: document_, networks: page.networks, legend, problems: page.problems };
}

/** Load the same page again, which is another one by now, and take up what it offers. */
async function update() {
  await loaded.reload();
  const before = await loaded.title();
  await loaded.click(".toast button");
  await until(loaded, (old) => document.title !== old, before);
  await status(loaded, SAMPLE);
  return [before, await loaded.title()];
}

/** The camera, which plays the clip. */
async function camera({ url }) {
  const page = await shared(url);
  await both(page);
  await page.click("#camera");
  await status(page, "1 face in camera");
  await until(page, () => /live\s*[\d.]+ frames\/s/.test(document.querySelector("#legend").innerText));
  await page.click("#pause");
  return { pause: await page.innerText("#pause"), document: await download(page), problems: page.problems };
}

/** A video file, until the faces of its second round are shown. */
async function video({ url, file }) {
  const page = await shared(url);
  await both(page);
  await page.evaluate(() => {
    const seen = (globalThis.again = { rounds: 0, results: 0 });
    HTMLVideoElement.prototype.play = function play() {
      delete HTMLVideoElement.prototype.play;
      this.addEventListener("seeked", () => (seen.rounds += 1));
      return this.play();
    };
    const count = () => seen.rounds > 0 && (seen.results += 1);
    new MutationObserver(count).observe(document.querySelector("#faces"), { childList: true });
  });
  await page.setInputFiles("#file", file);
  await status(page, "1 face in clip.webm");
  // the first may be of a frame that was taken before
  await until(page, () => globalThis.again.results > 1);
  await page.click("#pause");
  return { document: await download(page), problems: page.problems };
}

/** A file that is no picture, and the one before it. */
async function still({ url, file }) {
  const page = await shared(url);
  await page.setInputFiles("#file", file);
  await until(page, () => !document.querySelector("#problem").hidden);
  const seen = { message: await page.innerText("[role=alert]"), document: await download(page) };
  await page.click("#sample");
  await until(page, () => document.querySelector("#problem").hidden);
  return seen;
}

/** Everything by keyboard alone. */
async function keyboard({ url }) {
  const page = await shared(url);
  const panes = () => page.locator(".pane").count();
  const seen = { panes: [await panes()] };
  await page.keyboard.press("3");
  await until(page, () => document.querySelectorAll(".pane").length === 2);
  seen.panes.push(await panes());
  await page.keyboard.press("2");
  await until(page, () => document.querySelectorAll(".pane").length === 1);
  await until(page, () => document.querySelector("[data-value=latency]").textContent !== "–");
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
  const page = await shared(url);
  return page.locator("body").ariaSnapshot();
}

/** Pictures of the page on three screens, in dark and in light; what axe finds wrong, and what does not fit. */
async function looks({ url, folder }) {
  const axe = readFileSync(createRequire(import.meta.url).resolve("../../runtime/web/node_modules/axe-core"), "utf8");
  const page = await shared(url);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await both(page);
  await rest(page);
  await page.evaluate(axe);
  const seen = { violations: [], overflow: [] };
  for (const [screen, width, height] of [
    ["desktop", 1440, 900],
    ["tablet", 820, 1180],
    ["phone", 390, 844],
    ["small", 320, 568],
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
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    seen.violations.push(...violations.map(({ help, nodes }) => [colorScheme, help, ...nodes.map(({ html }) => html)]));
  }
  return seen;
}

/** Two visits; on the second, two threads. */
async function visits({ url }) {
  const page = await open(url);
  await rest(page);
  await until(page, () => document.querySelector("#offline").textContent === "Works offline.");
  const isolated = [await page.evaluate(() => crossOriginIsolated)];
  await page.reload();
  await status(page, SAMPLE);
  isolated.push(await page.evaluate(() => crossOriginIsolated));
  await page.selectOption("#threads", "2");
  await until(page, () => document.querySelector("#engine-note").textContent.includes("2 threads"));
  await until(page, () => document.querySelector("[data-value=latency]").textContent !== "–");
  return { isolated, document: await download(page), problems: page.problems };
}

/** What the page loads to begin with, and what with a second network. */
async function begin({ url }) {
  const { first, then } = await shared(url);
  return { first, then };
}

/** On a phone, where a message and the bar of sources lie, in pixels from the top. */
async function problem({ url, file }) {
  const page = await shared(url);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.setInputFiles("#file", file);
  await until(page, () => !document.querySelector("#problem").hidden);
  const place = async (selector) => page.locator(selector).boundingBox();
  return { message: await place("#problem"), bar: await place(".sources"), height: 844 };
}

/** What another page sees of this one in a frame: what the browser says, and the text. */
async function framed({ url }) {
  const page = await blank();
  const [told] = await Promise.all([
    page.waitForEvent("console", (message) => message.text().includes("frame-ancestors")),
    page.setContent(`<iframe src="${url}"></iframe>`),
  ]);
  const texts = await Promise.all(page.frames().slice(1).map((frame) => frame.locator("#status").count()));
  return { told: told.text(), seen: texts.reduce((sum, count) => sum + count, 0) };
}

/** A browser without JavaScript Promise Integration. */
async function standins({ url }) {
  const page = await blank();
  await page.route("**/js/worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      body: `delete WebAssembly.Suspending; delete WebAssembly.promising;\n${await response.text()}`,
    });
  });
  await page.goto(url);
  await status(page, SAMPLE);
  return download(page);
}
