/** Openings of eyes and mouth. Mirrors runtime/landmarks/openings.py. */

/** Height over width of both eyes: {right, left}, the person's own. Soukupova and Cech 2016, in three dimensions. */
export function eyeOpening({ landmarks }) {
  return {
    right:
      gap(landmarks, [
        [37, 41],
        [38, 40],
      ]) / width(landmarks, 36, 39),
    left:
      gap(landmarks, [
        [43, 47],
        [44, 46],
      ]) / width(landmarks, 42, 45),
  };
}

/** Distance of the inner lips over that of the outer eye corners. */
export function mouthOpening({ landmarks }) {
  return (
    gap(landmarks, [
      [61, 67],
      [62, 66],
      [63, 65],
    ]) / width(landmarks, 36, 45)
  );
}

function width(landmarks, first, second) {
  return Math.max(distance(landmarks[first], landmarks[second]), 1e-6);
}

function gap(landmarks, pairs) {
  return pairs.reduce((sum, [first, second]) => sum + distance(landmarks[first], landmarks[second]), 0) / pairs.length;
}

function distance(one, other) {
  return Math.hypot(...one.map((value, axis) => value - other[axis]));
}
