/** Cuts: when a frame of a stream shows another scene than the one before. Mirrors runtime/tracking/shot_cuts.py. */

import { CUT_CHANGE, CUT_GRID } from "../constants.js";

/** Compares each frame with the last one by a grid of pixels. */
export class CutDetector {
  /** @param share of a frame's samples that have to change at once for a cut, 0..1. */
  constructor(share) {
    this.share = share;
    this.last = null;
  }

  /** Return whether an RGBA raster is another shot than the one before; one of another size is. */
  next(raster) {
    const { last } = this;
    this.last = { size: `${raster.width}x${raster.height}`, values: sample(raster) };
    if (last === null) return false;
    if (last.size !== this.last.size) return true;
    const changed = this.last.values.filter((value, i) => Math.abs(value - last.values[i]) > CUT_CHANGE);
    return changed.length / last.values.length > this.share;
  }
}

/** Sample a grid of the frame's green without its mean, in standard deviations: a change of exposure is no cut. */
function sample({ data, width, height }) {
  const [rows, columns] = [places(height), places(width)];
  const values = rows.flatMap((y) => columns.map((x) => data[(y * width + x) * 4 + 1]));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // sensor noise in front of a plain wall is no contrast
  const contrast = Math.max(Math.sqrt(variance), 8);
  return values.map((value) => (value - mean) / contrast);
}

function places(side) {
  const count = Math.min(side, CUT_GRID);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.trunc((i * (side - 1)) / (count - 1))));
}
