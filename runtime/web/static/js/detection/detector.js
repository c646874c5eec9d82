/** The face detector: pictures in, faces out. Mirrors runtime/detection/face_detector.py. */

import { detectorFormat } from "./formats.js";
import { letterbox, toImage } from "./letterbox.js";
import { weightedNms } from "./nms.js";

/** Sides of the input that no coordinate of a sound network exceeds. */
const FARTHEST = 100;

/** Cause of outputs that no picture explains. */
const DAMAGED = "the detector gives numbers that are not finite: its file is damaged, or the device computes wrongly";

/**
 * Decode network outputs into detections in picture pixels, best first.
 *
 * @param format see formats.js.
 * @param outputs of the network, by name.
 * @param input `{height, width, scale}`: sides of what the network saw, scale of the letterbox.
 * @param options `quarterTurns`: by how many times 90 degrees, counter-clockwise, the network saw the input turned.
 * @returns array of `{box: [x1, y1, x2, y2], score, keypoints: [[x, y] x 6]}`.
 */
export function decode(format, outputs, { height, width, scale }, options = {}) {
  const { minScore = 0.5, nmsThreshold = 0.3, quarterTurns = 0 } = options;
  const logits = format.logits(outputs);
  const places = format.places(height, width);
  const farthest = FARTHEST * Math.max(height, width);
  const candidates = [];
  for (let a = 0; a < logits.length; a++) {
    if (Number.isNaN(logits[a])) throw new Error(DAMAGED);
    const score = 1 / (1 + Math.exp(-Math.min(Math.max(logits[a], -100), 100)));
    if (score < minScore) continue;
    const [x, y, sideX, sideY, ...keypoints] = format.candidate(outputs, a, places);
    // written so that NaN fails
    if (![x, y, sideX, sideY, ...keypoints].every((value) => Math.abs(value) <= farthest)) throw new Error(DAMAGED);
    if (sideX <= 0 || sideY <= 0) continue;
    const coordinates = [x - sideX / 2, y - sideY / 2, x + sideX / 2, y + sideY / 2, ...keypoints];
    candidates.push({ coordinates, score });
  }
  return weightedNms(candidates, nmsThreshold).map(({ coordinates, score }) => {
    const points = [];
    for (let k = 0; k < coordinates.length; k += 2) {
      points.push(toImage(turnedBack([coordinates[k], coordinates[k + 1]], quarterTurns, height, width), scale));
    }
    const corners = [0, 1].map((axis) => [points[0][axis], points[1][axis]].sort((one, other) => one - other));
    const box = [corners[0][0], corners[1][0], corners[0][1], corners[1][1]];
    return { box, score, keypoints: points.slice(2) };
  });
}

/**
 * Map a point of a turned input, measured from its top-left corner, to the input before the turn.
 *
 * @returns {[number, number]}
 */
function turnedBack([x, y], quarterTurns, height, width) {
  for (let turn = 0; turn < quarterTurns; turn++) {
    [x, y] = [height - y, x];
    [height, width] = [width, height];
  }
  return [x, y];
}

/** Turn BGR pixels (height, width, 3) by 90 degrees, counter-clockwise. */
function quarterTurn({ pixels, height, width }) {
  const turned = new Uint8Array(pixels.length);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 3) {
      turned.set(pixels.subarray(from, from + 3), ((width - 1 - x) * height + y) * 3);
    }
  }
  return { pixels: turned, height: width, width: height };
}

/** A detector's network ready to run. */
export class Detector {
  /**
   * @param session see sessions.js.
   * @param spec of models.json: `{format, input_size, square, upright, geometry}` and what the format needs.
   */
  constructor(session, spec) {
    this.session = session;
    this.spec = spec;
    this.format = detectorFormat(spec);
    this.step = spec.square ? spec.input_size : this.format.step;
    /** Whether the network was trained on upright faces alone. */
    this.upright = spec.upright;
  }

  /** Find the faces of an RGBA raster, best first. */
  async detect(raster, options) {
    return this.run(letterbox(raster, this.spec.input_size, this.step), options);
  }

  /** Find the faces of an RGBA raster that is turned by 90, 180 and 270 degrees first, in its own pixels; best first. */
  async turned(raster) {
    const { scale, ...first } = letterbox(raster, this.spec.input_size, this.step);
    let input = first;
    const found = [];
    for (const quarterTurns of [1, 2, 3]) {
      input = quarterTurn(input);
      found.push(...(await this.run({ ...input, scale }, { quarterTurns })));
    }
    return found.sort((one, other) => other.score - one.score);
  }

  /** Find the faces of an input, see letterbox.js. */
  async run({ pixels, height, width, scale }, options) {
    const outputs = await this.session.run(pixels, [1, height, width, 3]);
    const found = decode(this.format, outputs, { height, width, scale }, options);
    return found.map((each) => ({ ...each, geometry: this.spec.geometry }));
  }
}
