/** Smoothing of points over time: steady when a face is still, quick when it moves. Mirrors runtime/tracking/smoothing.py. */

import { PART_NOISE, SMOOTHED_PARTS } from "../constants.js";

/**
 * The One-Euro filter on the 68 points of a face at once. A point's cutoff follows the speed of the whole face or of its
 * own part, whichever is higher.
 *
 * Source: Casiez, Roussel, Vogel 2012, "1 euro filter: a simple speed-based low-pass filter for noisy input in
 * interactive systems".
 */
export class OneEuroFilter {
  /** @param config of runtime.tracking.smoothing.SmoothingConfig, as models.json has it. */
  constructor(config) {
    this.config = config;
    this.reset();
  }

  /** Forget everything: the next points are taken as they are. */
  reset() {
    this.points = null;
    this.velocity = null;
  }

  /**
   * Smooth the next points [x, y, z].
   *
   * @param size of the face in pixels: what speeds are measured by.
   * @param elapsed seconds since the last call.
   */
  next(points, size, elapsed) {
    if (this.points === null) {
      this.points = points.map((point) => [...point]);
      this.velocity = points.map((point) => point.map(() => 0));
      return points;
    }
    const { min_cutoff, beta, derivative_cutoff } = this.config;
    const quick = share(derivative_cutoff, elapsed);
    const off = points.map((point, i) => point.map((value, axis) => value - this.points[i][axis]));
    this.velocity = this.velocity.map((speed, i) =>
      speed.map((value, axis) => value + quick * (off[i][axis] / (size * elapsed) - value)),
    );
    const speeds = this.speeds();
    this.points = this.points.map((point, i) => {
      const part = share(min_cutoff + beta * speeds[i], elapsed);
      return point.map((value, axis) => value + part * off[i][axis]);
    });
    return this.points;
  }

  /** Return face sizes a second of each point: root mean squares over face and part, less the noise. */
  speeds() {
    const { min_speed } = this.config;
    const squares = this.velocity.map(([x, y]) => x * x + y * y);
    const sums = SMOOTHED_PARTS.map(([start, end]) => squares.slice(start, end).reduce((a, b) => a + b, 0));
    const whole = sums.reduce((a, b) => a + b, 0) / squares.length - min_speed ** 2;
    return SMOOTHED_PARTS.flatMap(([start, end], i) => {
      const part = sums[i] / (end - start) - (PART_NOISE * min_speed) ** 2;
      return Array(end - start).fill(Math.sqrt(Math.max(part, whole, 0)));
    });
  }
}

/** Return the part of the way to a new value that a first-order low-pass goes in a time. */
function share(cutoff, elapsed) {
  return -Math.expm1(-2 * Math.PI * cutoff * elapsed);
}
