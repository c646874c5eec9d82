/**
 * The networks' own thread: frames in, faces out, while the page stays responsive.
 *
 * Messages in: {type: "open", device, threads, detector, landmarks, irises, tracking, selection, refinement} once, and again to change networks,
 * irises null for none; then {type: "frame", bitmap, stream, time} one at a time, stream null for a picture of its own. Messages out:
 * {type: "progress", bytes} while opening, {type: "opened", report}, {type: "faces", bitmap, result}, and
 * {type: "failed", message}.
 */

import { Detector } from "../detection/detector.js";
import { IrisFinder } from "../landmarks/iris_finder.js";
import { Landmarker } from "../landmarks/landmarker.js";
import { Predictor } from "../pipeline/predictor.js";
import { capabilities, loadRuntime, openSession } from "./sessions.js";

const networks = new Map();
let runtime = null;
let predictor = null;
let canvas = null;

self.addEventListener("message", async ({ data }) => {
  try {
    if (data.type === "open") self.postMessage({ type: "opened", report: await open(data) });
    if (data.type === "frame") {
      const started = performance.now();
      const pixels = pixelsOf(data.bitmap);
      const readMs = performance.now() - started;
      const { stream, time } = data;
      const found = await (stream === null ? predictor.predict(pixels) : predictor.follow(pixels, stream, time));
      const result = { readMs, ...found };
      self.postMessage({ type: "faces", bitmap: data.bitmap, result }, [data.bitmap]);
    }
  } catch (error) {
    self.postMessage({ type: "failed", message: error.message });
  }
});

async function open({ device, threads, detector, landmarks, irises, tracking, selection, refinement }) {
  const started = performance.now();
  const offer = await capabilities();
  runtime ??= await loadRuntime(threads, (bytes) => self.postMessage({ type: "progress", bytes }));
  const finder = await network(Detector, detector, device);
  const landmarkers = {};
  for (const spec of landmarks) landmarkers[spec.name] = await network(Landmarker, spec, device);
  const eyes = irises && (await network(IrisFinder, irises, device));
  predictor = new Predictor(finder, landmarkers, tracking, selection, eyes, refinement);
  return { device, threads, adapter: offer.webgpu, ms: performance.now() - started };
}

/** A network that has run once: its first run allocates, and on a graphics card compiles. */
async function network(Kind, spec, device) {
  const key = `${spec.file}@${spec.input_size}`;
  if (!networks.has(key)) {
    const session = await openSession(runtime, new URL(`../../${spec.file}`, import.meta.url), device);
    const opened = new Kind(session, spec);
    const blank = { data: new Uint8ClampedArray(64 * 64 * 4), width: 64, height: 64 };
    if (Kind === Detector) await opened.detect(blank);
    else if (Kind === IrisFinder) await opened.run(new Uint8Array(spec.input_size ** 2 * 3));
    else await opened.landmarks(blank, [{ x: 32, y: 32, side: 64, rotation: 0 }]);
    networks.set(key, opened);
  }
  return networks.get(key);
}

function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
