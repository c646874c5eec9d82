/** Output format of BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047). Mirrors runtime/detection/blazeface.py. */

/** Numbers in one row of the regressions: centre, size, six keypoints. */
const ROW = 16;

/** How BlazeFace's outputs are read; see formats.js. */
export class BlazeFaceFormat {
  /** @param spec `{anchors}` of models.json: [[stride, anchors per cell], ...] in the order of the outputs. */
  constructor({ anchors }) {
    this.anchors = anchors;
    this.step = Math.max(...anchors.map(([stride]) => stride));
  }

  /** Return the logits Float32Array (A,) of all candidates. */
  logits({ logits }) {
    return logits;
  }

  /** Return where the candidates count from, for an input of these sides: anchor centres, Float64Array (A, 2). */
  places(height, width) {
    const centres = [];
    for (const [stride, perCell] of this.anchors) {
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
   * Return candidate `a` as [centre x, y, width, height, keypoint x, y, ... six times], in input pixels.
   *
   * @param outputs of the network: `{regressions: Float32Array (A, 16), logits: Float32Array (A,)}`.
   */
  candidate({ regressions }, a, places) {
    const pairs = Array.from(regressions.subarray(a * ROW, (a + 1) * ROW));
    const [x, y] = places.subarray(2 * a, 2 * a + 2);
    return pairs.map((value, k) => (k === 2 || k === 3 ? value : value + (k % 2 === 0 ? x : y)));
  }
}
