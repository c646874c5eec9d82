/** The landmark network: crops in, points out. Mirrors runtime/landmarks/landmarker.py. */

import { toFrame } from "./region_of_interest.js";
import { crop } from "../pixels/warp.js";

/** Crops in one call of the network: bounds the memory that a crowd takes. */
const MAX_BATCH = 64;
const POINTS = 68;

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

  async batch(raster, regions) {
    const { size } = this;
    const bytes = size * size * 3;
    const crops = new Uint8Array(regions.length * bytes);
    regions.forEach((region, i) => crop(raster, region, size, crops.subarray(i * bytes, (i + 1) * bytes)));
    const { points, confidence } = await this.session.run(crops, [regions.length, size, size, 3]);
    if (!points.every(Number.isFinite) || !confidence.every(Number.isFinite)) {
      throw new Error("the landmark network gives numbers that are not finite: its file is damaged");
    }
    return regions.map((region, i) => ({
      points: toFrame(region, points.subarray(i * POINTS * 3, (i + 1) * POINTS * 3), size),
      confidence: confidence[i],
    }));
  }
}
