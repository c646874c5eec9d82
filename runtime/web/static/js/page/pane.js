/** One network's half of the stage: its picture, and what it costs. */

import { drawFrame } from "./draw.js";
import { Window } from "./stats.js";

/** A pane; `onModel` is called when its user chooses another network. */
export class Pane {
  /**
   * @param models entries of models.json with the role "landmarks".
   * @param name of the network to begin with.
   * @param tint "first" or "second": its colour.
   */
  constructor(models, name, tint, onModel) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("pane"));
    this.root = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
    this.root.dataset.tint = tint;
    this.tint = tint;
    this.find = (selector) => this.root.querySelector(selector);
    this.models = models;
    this.latency = new Window();
    this.pipeline = new Window();
    this.canvas = this.find("canvas");
    this.select = this.find("select");
    for (const model of models) this.select.add(new Option(model.name, model.name));
    this.select.value = name;
    this.select.addEventListener("change", onModel);
    this.restart();
  }

  /** The chosen network's entry of models.json. */
  get model() {
    return this.models.find(({ name }) => name === this.select.value);
  }

  /** Forget what was measured. */
  restart() {
    this.latency.clear();
    this.pipeline.clear();
    this.value("size", (this.model.bytes / 1e6).toFixed(2));
    const terms = this.find(".terms");
    terms.textContent = licence(this.model);
    terms.title = `Trained on ${this.model.trained_on}.`;
    this.showMeasures();
  }

  /** Take in a result of this pane's network: its own time, and that of the whole pipeline with it. */
  measure({ readMs, detectMs, models }) {
    const { ms, irisMs } = models[this.model.name];
    this.latency.add(ms);
    this.pipeline.add(readMs + detectMs + ms + irisMs);
  }

  showMeasures() {
    this.value("latency", number(this.latency.median, this.latency.median < 100 ? 1 : 0));
    this.value("rate", number(1000 / this.pipeline.mean, 0));
    const { values, size, median } = this.latency;
    // the median runs along the middle
    const height = (ms) => 27 - Math.min((13 * ms) / median, 26);
    const line = values.map((ms, i) => `${((i * 120) / (size - 1)).toFixed(1)},${height(ms).toFixed(1)}`);
    this.find("polyline").setAttribute("points", line.join(" "));
  }

  draw(bitmap, faces, style) {
    this.canvas.parentElement.style.setProperty(
      "--ratio",
      Math.min(Math.max(bitmap.width / bitmap.height, 0.75), 1.78),
    );
    drawFrame(this.canvas, bitmap, faces, style);
  }

  /** Return a screen reader's text for the picture. */
  describe(text) {
    if (this.canvas.getAttribute("aria-label") !== text) this.canvas.setAttribute("aria-label", text);
  }

  /** Cover the picture with a message; null uncovers it. */
  cover(text, failed = false) {
    const cover = this.find(".cover");
    cover.classList.toggle("on", text !== null);
    cover.classList.toggle("failed", failed);
    if (text !== null) cover.querySelector("p").textContent = text;
  }

  value(name, text) {
    this.find(`[data-value="${name}"]`).textContent = text;
  }
}

function licence({ license }) {
  return license.startsWith("research") ? "Research and evaluation only, not for products." : `Licence: ${license}.`;
}

/** Format a number with its digits, a dash where there is none. */
export function number(value, digits) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
