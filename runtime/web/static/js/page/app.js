/** The page's state: networks, source, and what is shown of them. controls.js says what its buttons do. */

import { savePicture, saveResults } from "../engine/download.js";
import { Engine } from "../engine/engine.js";
import { Pane } from "./pane.js";
import { showBudget, showEngine, showFaces } from "./panel.js";
import { Player } from "./player.js";
import { Moving, openFile, Still } from "./sources.js";
import { Rate, Window } from "./stats.js";

/** @type {(id: string) => any} */
const $ = (id) => document.getElementById(id);

/** @type {(selector: string) => any} */
const find = (selector) => document.querySelector(selector);
const TINTS = ["first", "second"];

/** The networks of the two panes, both for products too; the page begins with the first alone. */
const PAIR = ["full", "trimmed"];

/** Milliseconds between two updates of the numbers: those that change with every frame cannot be read. */
const READABLE = 200;

/** Milliseconds after which opening networks is announced. */
const PATIENCE = 250;

export class App {
  /** @param catalogue models.json. */
  constructor(catalogue) {
    this.catalogue = catalogue;
    const networks = catalogue.models.filter(({ role }) => role === "landmarks");
    this.panes = TINTS.map((tint, i) => new Pane(networks, PAIR[i], tint, () => this.view()));
    this.player = new Player(
      (answer) => this.show(answer),
      () => this.measures(),
      (error) => this.warn(error.message),
    );
    this.shared = { read: new Window(), detect: new Window(), irises: new Window() };
    this.irises = false;
    this.rate = new Rate();
    this.drawnAt = 0;
    this.facing = "user";
  }

  /** The panes on the stage. */
  get shown() {
    const view = find("#view :checked").value;
    return view === "both" ? this.panes : [this.panes[TINTS.indexOf(view)]];
  }

  /** The names of their networks. */
  get names() {
    return this.shown.map(({ model }) => model.name);
  }

  /** @returns {any} booleans by the name of their box, and `mirrored`. */
  get style() {
    /** @type {HTMLInputElement[]} */
    const boxes = [...document.querySelectorAll("#style input")].map((box) => /** @type {HTMLInputElement} */ (box));
    const chosen = Object.fromEntries(boxes.map(({ name, checked }) => [name, checked]));
    return { ...chosen, mirrored: chosen.mirror && this.player.last?.source.mirrored };
  }

  /** Return whether every network that is shown has a result; just after a choice one has not. */
  get current() {
    const models = this.player.last?.result.models;
    return models !== undefined && this.names.every((name) => name in models);
  }

  say(text) {
    const status = $("status");
    if (status.textContent !== text) status.textContent = text;
  }

  /** Show what went wrong until something succeeds; results alone do not clear it. */
  warn(text) {
    $("problem").textContent = text;
    $("problem").hidden = text === "";
  }

  /* results */

  show({ bitmap, result, source }) {
    if (!this.current) return;
    this.shared.read.add(result.readMs);
    this.shared.detect.add(result.detectMs);
    this.shared.irises.add(this.names.reduce((sum, name) => sum + result.models[name].irisMs, 0));
    if (source.live) this.rate.tick(performance.now());
    for (const pane of this.shown) pane.measure(result);
    this.draw();
    const count = result.models[this.names[0]].faces.length;
    const found = count === 1 ? "1 face" : `${count || "no"} faces`;
    this.say(`${found} in ${source.name}, ${bitmap.width} × ${bitmap.height}${source.shrunk ? ", shrunk" : ""}`);
    for (const pane of this.shown) pane.describe(`${source.name}: ${found}, marked by the network ${pane.model.name}`);
    if (performance.now() - this.drawnAt > READABLE || this.player.runs < 3) this.measures();
  }

  measures() {
    if (!this.current) return;
    this.drawnAt = performance.now();
    const { live } = this.player.source;
    const detect = live && this.player.tracking ? "detect, now and then" : "detect";
    const stages = [
      { name: "read pixels", colour: "--muted", ms: this.shared.read.median },
      { name: detect, colour: "--shared", ms: this.shared.detect.mean },
      ...this.shown.map(({ model, tint, latency }) => ({ name: model.name, colour: `--${tint}`, ms: latency.median })),
      ...(this.irises ? [{ name: "irises", colour: "--accent", ms: this.shared.irises.median }] : []),
    ];
    showBudget(stages, live ? this.rate.perSecond : NaN);
    for (const pane of this.shown) pane.showMeasures();
    const { models } = this.player.last.result;
    const faces = this.names.map((name) => models[name].faces);
    showFaces(this.names, faces);
  }

  draw() {
    if (!this.current) return;
    const { bitmap, result } = this.player.last;
    for (const pane of this.shown) pane.draw(bitmap, result.models[pane.model.name].faces, this.style);
  }

  /** Forget what was measured. */
  forget() {
    for (const pane of this.panes) pane.restart();
    for (const window of Object.values(this.shared)) window.clear();
    this.rate.clear();
    this.player.again();
  }

  saveJson() {
    if (this.current) saveResults(this.player.last, this.names);
  }

  savePicture() {
    if (!this.current) return;
    const canvases = this.shown.map(({ canvas }) => canvas);
    savePicture(this.player.last, canvases);
  }

  /* networks */

  /** Put the chosen panes on the stage, and open their networks. */
  view() {
    const labels = [...document.querySelectorAll("#view span")].slice(1);
    this.panes.forEach(({ model }, i) => (labels[i].textContent = model.name));
    $("panes").replaceChildren(...this.shown.map(({ root }) => root));
    return this.reopen();
  }

  /** Open other networks in the same engine. */
  async reopen() {
    if (this.player.engine) await this.open(this.player.engine);
  }

  /** Start another engine: an engine keeps its device and number of threads. */
  async start() {
    this.player.engine?.close();
    this.player.engine = null;
    await this.open(new Engine());
  }

  async open(engine) {
    const device = $("device").value;
    const [name, size] = $("detector").value.split("@");
    const detector = { ...this.catalogue.models.find((model) => model.name === name), input_size: Number(size) };
    const landmarks = [...new Set(this.shown.map(({ model }) => model))];
    this.irises = this.style.irises;
    const irises = this.irises ? this.catalogue.models.find(({ role }) => role === "iris") : null;
    const { tracking, selection } = this.catalogue;
    const [passes, mirror] = $("passes").value.split(" ");
    const refinement = { passes: Number(passes), mirror: mirror === "mirror" };
    const engines = { device, threads: Number($("threads").value) };
    const settings = { ...engines, detector, landmarks, irises, tracking, selection, refinement };
    const total = (this.catalogue.runtime_bytes / 1e6).toFixed(0);
    const word = setTimeout(() => this.cover("Opening the networks"), PATIENCE);
    try {
      const report = await engine.open(settings, (bytes) =>
        this.cover(`Loading, ${(bytes / 1e6).toFixed(0)} of ${total} MB`),
      );
      showEngine(report);
      this.warn("");
      this.cover(null);
    } catch (error) {
      if (!engine.closed) await this.fail(engine, device, error);
      return;
    } finally {
      clearTimeout(word);
    }
    this.player.engine = engine;
    this.forget();
    // the box may have changed meanwhile
    if (this.style.irises !== this.irises) await this.open(engine);
  }

  /** Say what is not available, and do without: irises first, then the device. */
  async fail(engine, device, error) {
    if (this.irises && engine === this.player.engine) {
      find("#style [name=irises]").checked = false;
      await this.open(engine);
      this.warn(`Irises are not found: ${error.message}`);
      return;
    }
    engine.close();
    if (device === "wasm") {
      this.cover(`The networks do not run here: ${error.message}`, true);
      this.warn("The networks do not run in this browser.");
      return;
    }
    $("device").value = "wasm";
    await this.start();
    this.warn(`WebGPU does not run the networks here (${error.message}). They run on the processor.`);
  }

  cover(text, failed = false) {
    for (const pane of this.panes) pane.cover(text, failed);
  }

  /* sources */

  camera() {
    return this.use("camera", () => Moving.camera(this.facing));
  }

  file(blob) {
    return blob && this.use("open", () => openFile(blob));
  }

  sample() {
    return this.use("sample", async () => Still.open(await (await fetch("sample.jpg")).blob(), "sample.jpg"));
  }

  /** Take another source; the present one stays where that cannot be opened. */
  async use(button, opening) {
    let source;
    try {
      source = await opening();
    } catch (error) {
      this.warn(error.message);
      return;
    }
    this.warn("");
    for (const id of ["camera", "open", "sample"]) $(id).setAttribute("aria-pressed", String(id === button));
    for (const id of ["pause", "json", "picture"]) $(id).disabled = false;
    this.player.play(source);
    this.forget();
    this.label();
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    $("flip").hidden = button !== "camera" || devices.filter(({ kind }) => kind === "videoinput").length < 2;
  }

  flip() {
    this.facing = this.facing === "user" ? "environment" : "user";
    return this.camera();
  }

  /** Pause or go on; measure a still picture again. */
  pause() {
    if (!this.player.source) return;
    if (this.player.source.live) this.player.pause(!this.player.paused);
    else this.forget();
    this.label();
  }

  label() {
    const { paused, source } = this.player;
    $("pause").dataset.paused = String(paused || !source.live);
    $("pause-label").textContent = source.live ? (paused ? "Go on" : "Pause") : "Measure";
  }

  /** The boxes under "Show" have changed. */
  restyle() {
    const { tracking, irises } = this.style;
    if (irises !== this.irises) this.reopen();
    if (tracking !== this.player.tracking) {
      this.player.track(tracking);
      this.forget();
    }
    this.draw();
  }
}
