/** Output format of this project's own detector. Mirrors runtime/detection/anchor_free.py, which describes the cells. */

/** Logarithm of the longest side in strides; more is no face, but would overflow. */
const MAX_LOG_SIDE = 6;

/** How the cells of the detector are read; see formats.js. */
export class AnchorFreeFormat {
  /** @param spec `{strides}` of models.json: input pixels per cell of each map, in the order of the cells. */
  constructor({ strides }) {
    this.strides = strides;
    this.step = Math.max(...strides);
  }

  /** Return the logits Float32Array (A,) of all candidates. */
  logits({ cells }) {
    return cells.subarray(0, cells.length / 15);
  }

  /** Return where the candidates count from, for an input of these sides: Float64Array (A, 3) of centre x, y, stride. */
  places(height, width) {
    const places = [];
    for (const stride of this.strides) {
      const [rows, columns] = [Math.floor(height / stride), Math.floor(width / stride)];
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) places.push((x + 0.5) * stride, (y + 0.5) * stride, stride);
      }
    }
    return Float64Array.from(places);
  }

  /**
   * Return candidate `a` as [centre x, y, width, height, keypoint x, y, ... six times], in input pixels.
   *
   * @param outputs of the network: `{cells: Float32Array (15, A)}`.
   */
  candidate({ cells }, a, places) {
    const count = cells.length / 15;
    const [x, y, stride] = places.subarray(3 * a, 3 * a + 3);
    const at = (value) => cells[value * count + a];
    const point = (value) => [x + at(value) * stride, y + at(value + 1) * stride];
    const side = (value) => Math.exp(Math.min(at(value), MAX_LOG_SIDE)) * stride;
    const [right, left] = [point(11), point(13)];
    const mouth = [0, 1].map((axis) => (right[axis] + left[axis]) / 2);
    return [...point(1), side(3), side(4), ...point(5), ...point(7), ...point(9), ...mouth, ...right, ...left];
  }
}
