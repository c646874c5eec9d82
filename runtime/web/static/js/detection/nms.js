/** Merging of overlapping boxes: one face excites many anchors. Mirrors runtime/detection/nms.py. */

/** Compute the intersection over union of two boxes [x1, y1, x2, y2]; 0 where both are empty. */
export function iou(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const intersection = Math.max(width, 0) * Math.max(height, 0);
  const union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection;
  return union > 0 ? intersection / union : 0;
}

/**
 * Non-maximum suppression that averages what it merges (BlazeFace paper, section 3.4).
 *
 * @param candidates array of `{coordinates, score}`; coordinates start with the box [x1, y1, x2, y2], keypoints follow.
 * @param threshold intersection over union from which two boxes are one face, 0..1.
 * @returns merged candidates of the same form, best first; equal scores keep the order of the input.
 */
export function weightedNms(candidates, threshold) {
  let remaining = [...candidates].sort((a, b) => b.score - a.score);
  const merged = [];
  while (remaining.length > 0) {
    const best = remaining[0];
    // A box belongs to its own group even where rounding or a threshold of 1 denies it.
    const overlapping = remaining.map((one) => one === best || iou(best.coordinates, one.coordinates) > threshold);
    const group = remaining.filter((_, index) => overlapping[index]);
    merged.push({ coordinates: weightedMean(group), score: best.score });
    remaining = remaining.filter((_, index) => !overlapping[index]);
  }
  return merged;
}

function weightedMean(group) {
  const total = group.reduce((sum, { score }) => sum + score, 0);
  return group[0].coordinates.map(
    (_, index) => group.reduce((sum, { coordinates, score }) => sum + coordinates[index] * score, 0) / total,
  );
}
