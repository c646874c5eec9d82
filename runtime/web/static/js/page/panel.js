/** The side panel and the faces' cards: time by stage, engine, measures. */

import { disagreement } from "../landmarks/faces.js";
import { eyeOpening, mouthOpening } from "../landmarks/openings.js";
import { number } from "./pane.js";

const MANY = 12;

/**
 * Show where one frame's time goes.
 *
 * @param stages array of {name, colour, ms}: colour is a custom property of style.css; NaN where nothing was measured.
 * @param rate frames per second of the whole, NaN for a still picture.
 */
export function showBudget(stages, rate) {
  const budget = document.getElementById("budget");
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  budget.replaceChildren(
    ...stages.map(({ colour, ms }) => {
      const bar = document.createElement("span");
      bar.style.setProperty("--colour", `var(${colour})`);
      bar.style.flexGrow = Number.isFinite(ms) ? ms : 0;
      return bar;
    }),
  );
  const text = stages.map(({ name, ms }) => `${name} ${number(ms, 1)} ms`).join(", ");
  budget.setAttribute("aria-label", `Time of one frame: ${text}`);
  const rows = stages.map(({ name, colour, ms }) => row(name, `${number(ms, 1)} ms`, colour));
  const sum = row("together", `${number(total, 1)} ms`);
  sum.className = "total";
  const live = Number.isFinite(rate) ? [row("live", `${number(rate, 1)} frames/s`)] : [];
  document.getElementById("legend").replaceChildren(...rows, sum, ...live);
}

/** Say what the networks run on; `report` as Engine.open gives it. */
export function showEngine({ device, threads, adapter, ms }) {
  const cpu = `WebAssembly SIMD, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
  const where = device === "webgpu" ? `WebGPU on ${adapter}` : cpu;
  document.getElementById("engine-note").textContent = `${where}. Opened and warmed up in ${ms.toFixed(0)} ms.`;
}

function row(name, value, colour) {
  const line = document.createElement("div");
  if (colour) line.style.setProperty("--colour", `var(${colour})`);
  line.append(element("dt", name), element("dd", value));
  return line;
}

/**
 * Show the faces of the first network, and how far the second one's points lie from them.
 *
 * @param names of the networks shown, one or two.
 * @param faces one list for each of them.
 */
export function showFaces(names, faces) {
  const [mine, others] = faces;
  const cards = mine.slice(0, MANY).map((face, index) => card(face, index, names, counterpart(face, others)));
  if (mine.length === 0) cards.push(element("p", "No face in this picture.", "empty"));
  if (mine.length > MANY) cards.push(element("p", `and ${mine.length - MANY} more, all of them in the JSON`, "empty"));
  document.getElementById("faces").replaceChildren(...cards);
}

/** Find the other network's points for the same face: the nearest. */
function counterpart(face, others = []) {
  const near = others
    .map((other) => ({ other, ...disagreement(face, other) }))
    .sort((a, b) => a.percent - b.percent)[0];
  return near && near.percent < 50 ? near.other : null;
}

function card(face, index, names, other) {
  const box = element("article", "", "card face");
  const heading = element("h3", `Face ${(face.track ?? index) + 1}`);
  heading.append(element("span", `${Math.round(100 * face.confidence)} % sure`, "empty"));
  const measures = element("dl", "", "measures");
  for (const name of ["yaw", "pitch", "roll"]) measures.append(tile(name, `${number(face.pose[name], 0)}°`));
  const { right, left } = eyeOpening(face);
  // a closed eye is about 0.1 of its width high, a wide open one 0.4; a mouth opens to about half the eyes' distance
  measures.append(tile("right eye", number(right, 2), (right - 0.1) / 0.3));
  measures.append(tile("left eye", number(left, 2), (left - 0.1) / 0.3));
  measures.append(tile("mouth", number(mouthOpening(face), 2), mouthOpening(face) / 0.5));
  if (face.irises) {
    const { yaw, pitch } = face.irises.gaze;
    measures.append(tile("gaze yaw", `${number(yaw, 0)}°`), tile("gaze pitch", `${number(pitch, 0)}°`));
  }
  box.append(heading, measures);
  if (other) {
    const { pixels, percent } = disagreement(face, other);
    const text = `${names[1]} lies ${number(pixels, 1)} px from ${names[0]}, ${number(percent, 1)} % of the eye distance`;
    box.append(element("p", text, "difference"));
  }
  return box;
}

/** Draw a value with its name, and a bar for the share of its range. */
function tile(name, value, share) {
  const line = row(name, value);
  if (share !== undefined) {
    const bar = element("span", "", "meter");
    bar.style.setProperty("--share", Math.min(Math.max(share, 0), 1));
    line.lastElementChild.append(bar);
  }
  return line;
}

function element(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}
