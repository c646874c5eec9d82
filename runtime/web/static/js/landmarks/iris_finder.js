/** The iris network: eyes in, centres and diameters of irises out. Mirrors runtime/landmarks/iris_finder.py. */

import { EYE_CORNERS, EYE_SCALE } from "../constants.js";
import { gazeDirection } from "./gaze.js";
import { crops, mirror } from "../pixels/warp.js";
import { toFrame } from "./region_of_interest.js";

/** Faces in one call of the network. */
const MAX_BATCH = 32;

/** Numbers that the network gives for each eye: centre, right, upper, left and lower rim as x, y, z. */
const NUMBERS = 15;

/** The iris network ready to run. */
export class IrisFinder {
  /**
   * @param session see sessions.js.
   * @param spec `{input_size}` from models.json.
   */
  constructor(session, spec) {
    this.session = session;
    this.size = spec.input_size;
  }

  /**
   * Find the irises of faces of an RGBA raster.
   *
   * @returns the faces with `irises`: `{right, left, gaze}`, eyes as `{x, y, diameter}` in frame pixels, gaze as `{yaw, pitch}` in degrees.
   */
  async withIrises(raster, faces) {
    const found = [];
    for (let start = 0; start < faces.length; start += MAX_BATCH) {
      found.push(...(await this.batch(raster, faces.slice(start, start + MAX_BATCH))));
    }
    return found;
  }

  async batch(raster, faces) {
    const { size } = this;
    const regions = faces.flatMap((face) => [0, 1].map((side) => eyeRegion(face, side)));
    const eyes = crops(raster, regions, size);
    // the network knows right eyes alone
    for (let i = 1; i < regions.length; i += 2) mirror(eyes, i, size);
    const numbers = await this.run(eyes);
    const irises = regions.map((region, i) => {
      const points = numbers.slice(i * NUMBERS, (i + 1) * NUMBERS);
      for (let at = 0; at < NUMBERS; at += 3) {
        // the network counts from the crop's edges
        const x = points[at] - 0.5;
        points[at] = i % 2 ? size - 1 - x : x;
        points[at + 1] -= 0.5;
      }
      return iris(toFrame(region, points, size));
    });
    return faces.map((face, i) => {
      const [right, left] = irises.slice(2 * i, 2 * i + 2);
      return { ...face, irises: { right, left, gaze: gazeDirection(face, [right, left]) } };
    });
  }

  /** Run the network on crops of right eyes, BGR, one after the other. */
  async run(eyes) {
    const { size } = this;
    const { iris: numbers } = await this.session.run(eyes, [eyes.length / (size * size * 3), size, size, 3]);
    if (!numbers.every(Number.isFinite)) throw new Error("the iris network gives numbers that are not finite: its file is damaged");
    return numbers;
  }
}

/** Return the square around an eye, corners level; side 0 is the person's right eye. */
export function eyeRegion({ landmarks }, side) {
  const [first, last] = EYE_CORNERS[side].map((corner) => landmarks[corner]);
  const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
  return {
    x: (first[0] + last[0]) / 2,
    y: (first[1] + last[1]) / 2,
    side: EYE_SCALE * Math.max(Math.hypot(dx, dy), 1),
    rotation: Math.atan2(dy, dx),
  };
}

function iris(points) {
  const [centre, right, upper, left, lower] = points;
  const apart = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  return { x: centre[0], y: centre[1], diameter: (apart(right, left) + apart(upper, lower)) / 2 };
}
