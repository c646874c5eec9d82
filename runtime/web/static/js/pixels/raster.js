/**
 * Scaling of pictures as OpenCV does it.
 *
 * A raster is what `getImageData` gives: `{data, width, height}` with `data` RGBA, one byte a channel, row by row.
 * Coordinates are pixels with pixel centres at integers.
 */

/** Round half to even, as Python's `round` and OpenCV's `cvRound` do. */
export function roundHalfEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Shrink by averaging areas (OpenCV's INTER_AREA), so that no pixel is skipped.
 *
 * @param raster the whole picture.
 * @param width, height of the result; neither larger than the part.
 * @param part the rectangle `{x, y, width, height}` of the picture to take; all of it by default.
 */
export function resizeArea(raster, width, height, part = { x: 0, y: 0, width: raster.width, height: raster.height }) {
  const columns = overlaps(part.width, width);
  const rows = overlaps(part.height, height);
  const { data } = raster;
  const result = new Uint8ClampedArray(width * height * 4).fill(255);
  const line = new Float32Array(width * 3);
  const sums = new Float32Array(width * 3);
  // of halves, OpenCV's code for them rounds up what lies in the middle of two values
  const lift = part.width === 2 * width && part.height === 2 * height ? 1e-3 : 0;
  for (let y = 0; y < height; y++) {
    sums.fill(lift);
    for (let r = rows.start[y]; r < rows.start[y + 1]; r++) {
      sumColumns(data, ((part.y + rows.index[r]) * raster.width + part.x) * 4, columns, line);
      const weight = rows.weight[r];
      for (let i = 0; i < sums.length; i++) sums[i] += weight * line[i];
    }
    let to = y * width * 4;
    for (let i = 0; i < sums.length; to += 4) {
      // Uint8ClampedArray rounds half to even
      result[to] = sums[i++];
      result[to + 1] = sums[i++];
      result[to + 2] = sums[i++];
    }
  }
  return { data: result, width, height };
}

function sumColumns(data, origin, columns, line) {
  const { start, index, weight } = columns;
  for (let x = 0, i = 0; i < line.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let c = start[x]; c < start[x + 1]; c++) {
      const from = origin + index[c] * 4;
      red += weight[c] * data[from];
      green += weight[c] * data[from + 1];
      blue += weight[c] * data[from + 2];
    }
    line[i++] = red;
    line[i++] = green;
    line[i++] = blue;
  }
}

/** Which source pixels each target pixel covers along one axis, and by how much: pixels start[t] .. start[t + 1] - 1. */
function overlaps(source, target) {
  const scale = source / target;
  const start = new Int32Array(target + 1);
  const index = [];
  const weight = [];
  for (let t = 0; t < target; t++) {
    const low = t * scale;
    const high = Math.min(low + scale, source);
    for (let s = Math.floor(low); s < high; s++) {
      const covered = Math.min(high, s + 1) - Math.max(low, s);
      // OpenCV leaves out slivers of less than a thousandth of a pixel
      if (covered < 1e-3) continue;
      index.push(s);
      weight.push(covered / (high - low));
    }
    start[t + 1] = index.length;
  }
  return { start, index: Int32Array.from(index), weight: Float64Array.from(weight) };
}

/** Bits after the point of the weights that OpenCV interpolates bytes with. */
const WEIGHT_BITS = 11;

/** Scale with linear interpolation (OpenCV's INTER_LINEAR, whose whole numbers this repeats); the border is continued. */
export function resizeLinear(raster, width, height) {
  const columns = neighbours(raster.width, width);
  const rows = neighbours(raster.height, height);
  const { data } = raster;
  const result = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    const above = rows.low[y] * raster.width;
    const below = rows.high[y] * raster.width;
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const left = columns.low[x] * 4 + channel;
        const right = columns.high[x] * 4 + channel;
        const top = data[above * 4 + left] * columns.near[x] + data[above * 4 + right] * columns.far[x];
        const bottom = data[below * 4 + left] * columns.near[x] + data[below * 4 + right] * columns.far[x];
        const sum = ((rows.near[y] * (top >> 4)) >> 16) + ((rows.far[y] * (bottom >> 4)) >> 16);
        result[to + channel] = (sum + 2) >> 2;
      }
    }
  }
  return { data: result, width, height };
}

function neighbours(source, target) {
  const [low, high, near, far] = [0, 1, 2, 3].map(() => new Int32Array(target));
  for (let t = 0; t < target; t++) {
    const place = Math.min(Math.max(((t + 0.5) * source) / target - 0.5, 0), source - 1);
    low[t] = Math.floor(place);
    high[t] = Math.min(low[t] + 1, source - 1);
    near[t] = roundHalfEven((1 - place + low[t]) * 2 ** WEIGHT_BITS);
    far[t] = roundHalfEven((place - low[t]) * 2 ** WEIGHT_BITS);
  }
  return { low, high, near, far };
}
