/** BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047): pictures in, faces out. Mirrors runtime/detection/blazeface.py. */

import { letterbox, toImage } from "./letterbox.js";
import { weightedNms } from "./nms.js";

/** Numbers in one row of the regressions: centre, size, six keypoints. */
const ROW = 16;

/** Pixels of the input that no regression of a sound network exceeds. */
const FARTHEST = 100 * 256;

/** Cause of outputs that no picture explains. */
const DAMAGED = "the detector gives numbers that are not finite: its file is damaged, or the device computes wrongly";

/**
 * Return anchor centres for an input of these sides, in pixels from the top-left corner.
 *
 * @param anchors [[stride, anchors per cell], ...] in the order of the network's outputs.
 * @returns Float64Array (A, 2) x, y.
 */
export function anchorCentres(anchors, height, width) {
  const centres = [];
  for (const [stride, perCell] of anchors) {
    const [rows, columns] = [Math.floor(height / stride), Math.floor(width / stride)];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        for (let k = 0; k < perCell; k++) centres.push((x + 0.5) * stride, (y + 0.5) * stride);
      }
    }
  }
  return Float64Array.from(centres);
}

/**
 * Decode network outputs into detections in picture pixels, best first.
 *
 * @param regressions Float32Array (A, 16).
 * @param logits Float32Array (A,).
 * @param centres Float64Array (A, 2), see anchorCentres.
 * @param scale of the letterbox.
 * @param options `quarterTurns`: by how many times 90 degrees, counter-clockwise, the network saw the input turned;
 *     `height`, `width` of the turned input.
 * @returns array of `{box: [x1, y1, x2, y2], score, keypoints: [[x, y] x 6]}`.
 */
export function decode(regressions, logits, centres, scale, options = {}) {
  const { minScore = 0.5, nmsThreshold = 0.3, quarterTurns = 0, height = 0, width = 0 } = options;
  const candidates = [];
  for (let a = 0; a < logits.length; a++) {
    if (Number.isNaN(logits[a])) throw new Error(DAMAGED);
    const score = 1 / (1 + Math.exp(-Math.min(Math.max(logits[a], -100), 100)));
    const row = regressions.subarray(a * ROW, (a + 1) * ROW);
    if (score < minScore) continue;
    // written so that NaN fails
    if (!row.every((value) => Math.abs(value) <= FARTHEST)) throw new Error(DAMAGED);
    if (row[2] <= 0 || row[3] <= 0) continue;
    const [cx, cy] = centres.subarray(2 * a, 2 * a + 2);
    const [x, y, halfWidth, halfHeight] = [row[0] + cx, row[1] + cy, row[2] / 2, row[3] / 2];
    const coordinates = [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
    for (let k = 4; k < ROW; k += 2) coordinates.push(row[k] + cx, row[k + 1] + cy);
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

/** A BlazeFace network ready to run. */
export class Detector {
  /**
   * @param session see sessions.js.
   * @param spec `{input_size, anchors, square}` from models.json.
   */
  constructor(session, spec) {
    this.session = session;
    this.spec = spec;
    this.step = spec.square ? spec.input_size : Math.max(...spec.anchors.map(([stride]) => stride));
  }

  /** Find the faces of an RGBA raster, best first. */
  async detect(raster, options) {
    const { pixels, height, width, scale } = letterbox(raster, this.spec.input_size, this.step);
    const { regressions, logits } = await this.session.run(pixels, [1, height, width, 3]);
    return decode(regressions, logits, anchorCentres(this.spec.anchors, height, width), scale, options);
  }
  /** Find the faces of an RGBA raster that is turned by 90, 180 and 270 degrees first, in its own pixels; best first. */
  async turned(raster) {
    const { scale, ...first } = letterbox(raster, this.spec.input_size, this.step);
    let input = first;
    const found = [];
    for (const quarterTurns of [1, 2, 3]) {
      input = quarterTurn(input);
      const { pixels, height, width } = input;
      const { regressions, logits } = await this.session.run(pixels, [1, height, width, 3]);
      const centres = anchorCentres(this.spec.anchors, height, width);
      found.push(...decode(regressions, logits, centres, scale, { quarterTurns, height, width }));
    }
    return found.sort((one, other) => other.score - one.score);
  }
}
