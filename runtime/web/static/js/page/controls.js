/** The page's buttons, boxes, keys and drops. */

import { listen } from "./keys.js";

/** @type {(id: string) => any} */
const $ = (id) => document.getElementById(id);

/** @type {(selector: string) => any} */
const find = (selector) => document.querySelector(selector);

/** @param app an App. */
export function connect(app) {
  const click = (id, action) => $(id).addEventListener("click", action);
  click("camera", () => app.camera());
  click("open", () => $("file").click());
  click("sample", () => app.sample());
  click("flip", () => app.flip());
  click("pause", () => app.pause());
  click("json", () => app.saveJson());
  click("picture", () => app.savePicture());
  click("help", () => $("help-dialog").showModal());
  click("theme", switchTheme);
  $("file").addEventListener("change", ({ target }) => {
    app.file(target.files[0]);
    target.value = "";
  });
  $("view").addEventListener("change", () => app.view());
  $("style").addEventListener("change", () => app.restyle());
  for (const id of ["detector", "passes"]) $(id).addEventListener("change", () => app.reopen());
  for (const id of ["device", "threads"]) $(id).addEventListener("change", () => app.start());
  new ResizeObserver(() => app.draw()).observe($("panes"));
  connectDrops(app);
  connectKeys(app);
}

function connectDrops(app) {
  const mark = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    app.file(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", ({ clipboardData }) => app.file(clipboardData.files[0]));
}

function connectKeys(app) {
  const toggle = (name) => () => {
    const box = find(`#style [name=${name}]`);
    box.checked = !box.checked;
    app.restyle();
  };
  const view = (value) => () => {
    find(`#view [value=${value}]`).checked = true;
    app.view();
  };
  const actions = {
    c: () => app.camera(),
    f: () => $("file").click(),
    s: () => app.sample(),
    " ": () => app.pause(),
    1: view("first"),
    2: view("second"),
    3: view("both"),
    n: toggle("numbers"),
    a: toggle("axes"),
    z: toggle("focus"),
    m: toggle("mirror"),
    t: toggle("tracking"),
    i: toggle("irises"),
    j: () => app.saveJson(),
    p: () => app.savePicture(),
    "?": () => $("help-dialog").showModal(),
  };
  listen(actions, () => $("shortcuts").checked);
}

/* dark and light */

function switchTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  applyTheme(dark ? "light" : "dark");
  localStorage.setItem("theme", dark ? "light" : "dark");
}

/** Apply the choice of an earlier visit; without one the page follows the system. */
export function restoreTheme() {
  const chosen = localStorage.getItem("theme");
  if (chosen) applyTheme(chosen);
}

function applyTheme(name) {
  document.documentElement.dataset.theme = name;
}

/* what can be chosen */

/** What the detectors are for, by name. */
const KINDS = { "blazeface-back": "near and far", "blazeface-short": "close up", edge: "turned faces" };

/**
 * Fill the lists under "Engine".
 *
 * @param detectors entries of models.json.
 * @param offer see capabilities in sessions.js.
 */
export function fillEngine(detectors, offer) {
  for (const { name, sizes, input_size: usual } of detectors) {
    for (const size of sizes) {
      const kind = KINDS[name] ?? name;
      const what = size > usual ? `${kind}, small faces, too` : kind;
      $("detector").add(new Option(`${what} (${size} px)`, `${name}@${size}`));
    }
  }
  $("device").add(new Option("processor", "wasm"));
  $("device").add(new Option(offer.webgpu ? "graphics card" : "graphics card: no WebGPU", "webgpu"));
  $("device").options[1].disabled = !offer.webgpu;
  for (let threads = 1; threads <= offer.maxThreads; threads++) $("threads").add(new Option(String(threads), String(threads)));
  $("threads").disabled = offer.maxThreads === 1;
}
