/** The landmark network: crops in, points out. Mirrors runtime/landmarks/landmarker.py. */

import { MIRRORED_POINTS } from "../constants.js";
import { toFrame } from "./region_of_interest.js";
import { crops, mirror } from "../pixels/warp.js";

/** Crops in one call of the network: bounds the memory that a crowd takes. */
const MAX_BATCH = 64;
const POINTS = 68;

/** The points that a network found in the i-th mirrored crop, as they lie in the crop: x, y, z of one after the other. */
function unmirrored(points, i, size) {
  const values = new Float32Array(POINTS * 3);
  MIRRORED_POINTS.forEach((other, point) => {
    const from = (i * POINTS + other) * 3;
    values.set([size - 1 - points[from], points[from + 1], points[from + 2]], point * 3);
  });
  return values;
}

/** A landmark network ready to run. */
export class Landmarker {
  /**
   * @param session see sessions.js.
   * @param spec `{input_size, crop_scale}` from models.json.
   */
  constructor(session, spec) {
    this.session = session;
    this.size = spec.input_size;
    this.cropScale = spec.crop_scale;
  }

  /**
   * Find the points of each region of an RGBA raster, all of them in one call.
   *
   * @returns array of `{points: [[x, y, z] x 68] in frame pixels, confidence}`.
   */
  async landmarks(raster, regions) {
    const results = [];
    for (let start = 0; start < regions.length; start += MAX_BATCH) {
      results.push(...(await this.batch(raster, regions.slice(start, start + MAX_BATCH))));
    }
    return results;
  }

  /**
   * Find the points in the mirror images of the regions' crops.
   *
   * @returns for each region its points [x, y, z] x 68 in frame pixels, as they lie in the raster.
   */
  async mirrored(raster, regions) {
    const results = [];
    for (let start = 0; start < regions.length; start += MAX_BATCH) {
      const part = regions.slice(start, start + MAX_BATCH);
      const pixels = crops(raster, part, this.size);
      part.forEach((_, i) => mirror(pixels, i, this.size));
      const { points } = await this.run(pixels);
      part.forEach((region, i) => results.push(toFrame(region, unmirrored(points, i, this.size), this.size)));
    }
    return results;
  }

  async batch(raster, regions) {
    const { points, confidence } = await this.run(crops(raster, regions, this.size));
    return regions.map((region, i) => ({
      points: toFrame(region, points.subarray(i * POINTS * 3, (i + 1) * POINTS * 3), this.size),
      confidence: confidence[i],
    }));
  }

  /** Run the network on crops, BGR, one after the other. */
  async run(pixels) {
    const { size } = this;
    const count = pixels.length / (size * size * 3);
    const { points, confidence } = await this.session.run(pixels, [count, size, size, 3]);
    if (!points.every(Number.isFinite) || !confidence.every(Number.isFinite)) {
      throw new Error("the landmark network gives numbers that are not finite: its file is damaged");
    }
    return { points, confidence };
  }
}
