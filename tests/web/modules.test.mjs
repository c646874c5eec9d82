// The JavaScript modules against results of the Python ones: CASES names the file that tests/web/cases.py wrote.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { CutDetector } from "../../runtime/web/static/js/tracking/shot_cuts.js";
import { BLAZEFACE_GEOMETRY } from "../../runtime/web/static/js/constants.js";
import { decode } from "../../runtime/web/static/js/detection/detector.js";
import { detectorFormat } from "../../runtime/web/static/js/detection/formats.js";
import { disagreement, faceToDict, makeFace } from "../../runtime/web/static/js/landmarks/faces.js";
import { IrisFinder } from "../../runtime/web/static/js/landmarks/iris_finder.js";
import { letterbox } from "../../runtime/web/static/js/detection/letterbox.js";
import { eyeOpening, mouthOpening } from "../../runtime/web/static/js/landmarks/openings.js";
import { weightedNms } from "../../runtime/web/static/js/detection/nms.js";
import { fit, isPart, isTilted, needsTurning } from "../../runtime/web/static/js/pipeline/orientation.js";
import { estimatePose, poseAxes } from "../../runtime/web/static/js/landmarks/head_pose.js";
import { roundHalfEven } from "../../runtime/web/static/js/pixels/raster.js";
import { boxFromRegion, regionFromDetection, regionFromPoints, toFrame } from "../../runtime/web/static/js/landmarks/region_of_interest.js";
import { OneEuroFilter } from "../../runtime/web/static/js/tracking/smoothing.js";
import { refineFaces } from "../../runtime/web/static/js/pipeline/refinement.js";
import { Predictor } from "../../runtime/web/static/js/pipeline/predictor.js";
import { inOrder } from "../../runtime/web/static/js/pipeline/selection.js";
import { Tracker } from "../../runtime/web/static/js/tracking/tracker.js";
import { crop } from "../../runtime/web/static/js/pixels/warp.js";

const cases = JSON.parse(readFileSync(process.env.CASES, "utf8"));

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const raster = ({ data, width, height }) => ({ data: bytes(data), width, height });

function assertPixels(actual, expected, name) {
  assert.equal(actual.length, expected.length);
  let worst = 0;
  let different = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    worst = Math.max(worst, error);
    different += error > 0;
  }
  const share = different / actual.length;
  assert.ok(worst <= 1, `${name}: a pixel is off by ${worst} of 255`);
  assert.ok(share <= 0.1, `${name}: ${(100 * share).toFixed(2)} % of the values differ`);
}

function assertClose(actual, expected, tolerance, name) {
  const [a, b] = [actual, expected].map((values) => [values].flat(Infinity));
  assert.equal(a.length, b.length, name);
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= tolerance, `${name}: ${value} instead of ${b[i]}`));
}

test("letterbox: the same pixels to within a grey level", () => {
  for (const { image, boxes } of cases.letterbox) {
    const picture = raster(image);
    for (const { size, step, pixels, scale } of boxes) {
      const boxed = letterbox(picture, size, step);
      const name = `${image.width}x${image.height} in ${size}`;
      assertClose(boxed.scale, scale, 1e-12, name);
      assertPixels(boxed.pixels, bytes(pixels), name);
    }
  }
});

test("crop: the same pixels to within a grey level", () => {
  const picture = raster(cases.crops.image);
  for (const { region, size, pixels } of cases.crops.regions) {
    const into = new Uint8Array(size * size * 3).fill(77);
    crop(picture, region, size, into);
    assertPixels(into, bytes(pixels), JSON.stringify(region));
  }
});

test("crop: points find back to the frame", () => {
  for (const { region, size, corners, frame } of cases.crops.regions) {
    assertClose(toFrame(region, corners, size), frame, 1e-3, JSON.stringify(region));
  }
});

test("detector: the same detections from the same outputs, of every format", () => {
  for (const { spec, turns, height, width, outputs, scale, detections } of cases.decode) {
    const arrays = Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Float32Array.from(values)]));
    const found = decode(detectorFormat(spec), arrays, { height, width, scale }, { quarterTurns: turns });
    assert.equal(found.length, detections.length, spec.name);
    found.forEach(({ box, score, keypoints }, i) => {
      assertClose(box, detections[i].box, 1e-3, "box");
      assertClose(score, detections[i].score, 1e-6, "score");
      assertClose(keypoints, detections[i].keypoints, 1e-3, "keypoints");
    });
  }
});

test("detector: a format that the page does not know is an error", () => {
  assert.throws(() => detectorFormat({ name: "odd", format: "yunet" }), /odd: .* yunet/);
});

test("detector: numbers that are not finite are an error, where they would be a face", () => {
  const format = detectorFormat({ format: "blazeface", anchors: [[8, 1]] });
  const input = { height: 8, width: 16, scale: [1, 1] };
  const found = (regressions, logits) => decode(format, { regressions, logits: Float32Array.from(logits) }, input);
  for (const bad of [NaN, Infinity, -1e9]) {
    const regressions = new Float32Array(32).fill(1);
    regressions[2] = bad;
    assert.throws(() => found(regressions, [5, -9]), /not finite/);
    assert.equal(found(regressions, [-9, 5]).length, 1);
  }
  assert.throws(() => found(new Float32Array(32).fill(1), [NaN, 5]), /not finite/);
});

test("selection: the same order of faces", () => {
  for (const { order, found, indices } of cases.orders) {
    const sorted = inOrder(found, order);
    assert.deepEqual(
      sorted.map((each) => found.indexOf(each)),
      indices,
    );
  }
});

/** Where a detector sees right eye, left eye, nose tip and mouth of a face with these points. */
function keypoints(points) {
  const parts = [points.slice(36, 42), points.slice(42, 48), points.slice(30, 31), points.slice(48, 68)];
  return parts.map((part) => [0, 1].map((axis) => part.reduce((sum, point) => sum + point[axis], 0) / part.length));
}

test("orientation: detector and network agree as in Python, and the same pictures are turned", () => {
  for (const { fits, width, height, agreements, aparts, turning, certain, tilted, parts } of cases.orientations) {
    const actual = fits.map(({ detection, points, confidence, rotation }) =>
      fit(detection, { points, confidence, cropRegion: { rotation } }),
    );
    assertClose(
      actual.map(({ agreement }) => agreement),
      agreements,
      1e-3,
      "agreement",
    );
    assertClose(
      actual.map(({ apart }) => apart),
      aparts,
      1e-5,
      "apart",
    );
    assert.equal(needsTurning(actual, { width, height }, certain), turning);
    assert.deepEqual(actual.map(isTilted), tilted);
    assert.deepEqual(
      actual.map((each) => isPart(each, actual)),
      parts,
    );
  }
});

test("predictor: what the network is not certain of is no face", async () => {
  const [{ detection, result }] = cases.faces;
  const detections = [0.2, 0.4].map((size) => ({
    ...detection,
    geometry: BLAZEFACE_GEOMETRY,
    box: detection.box.map((value) => value * size),
    keypoints: keypoints(result.points),
  }));
  const confidences = [0.9999, cases.selection.min_confidence - 0.01];
  const landmarker = {
    cropScale: 1.35,
    async landmarks(_, regions) {
      assert.ok(regions[0].side > regions[1].side, "the largest is first");
      return regions.map((_, i) => ({ ...result, confidence: confidences[1 - i] }));
    },
  };
  const predictor = new Predictor(
    { detect: async () => detections },
    { net: landmarker },
    cases.tracking,
    cases.selection,
  );
  const { models } = await predictor.predict(WALL);
  assert.deepEqual(
    models.net.faces.map(({ box }) => box),
    [detections[0].box],
  );
});

test("refinement: passes and the mirror image, where the network stays certain", async () => {
  const points = cases.faces[0].result.points;
  const shifted = (by) => points.map(([x, y, z]) => [x + by, y, z]);
  const detection = { ...cases.faces[0].detection, geometry: BLAZEFACE_GEOMETRY, keypoints: keypoints(points) };
  const cropRegion = regionFromDetection(detection, 1.35);
  const found = { points, confidence: 0.99, region: regionFromPoints(points, 1.35), cropRegion };
  const calls = [];
  const landmarker = {
    cropScale: 1.35,
    landmarks: async (_, regions) =>
      regions.map((region) => ({ points: shifted(calls.push(region)), confidence: calls.length < 3 ? 0.9 : 0.1 })),
    mirrored: async (_, regions) => regions.map(() => shifted(10)),
  };
  const faces = [{ detection, found }];
  const refined = (passes, mirror) => refineFaces(landmarker, WALL, faces, { passes, mirror }, 0.5);
  assert.deepEqual((await refined(1, false))[0].found.points, points);
  assert.equal(calls.length, 0);
  assertClose((await refined(2, true))[0].found.points, shifted((1 + 10) / 2), 1e-9, "mean of both");
  assert.deepEqual(calls, [found.region]);
  assertClose((await refined(3, false))[0].found.points, shifted(2), 1e-9, "the third was not certain");
  // points of a face that lay off its region were found again before
  const elsewhere = [{ detection, found: { ...found, cropRegion: found.region } }];
  const kept = await refineFaces(landmarker, WALL, elsewhere, { passes: 2, mirror: false }, 0.5);
  assert.deepEqual(kept[0].found.points, points);
});

test("nms: the same boxes are merged", () => {
  for (const { candidates, threshold, merged } of cases.nms) {
    const result = weightedNms(candidates, threshold);
    assert.equal(result.length, merged.length);
    result.forEach((one, i) =>
      assertClose([one.score, one.coordinates], [merged[i].score, merged[i].coordinates], 1e-9, "nms"),
    );
  }
});

test("regions: the same squares from points and from detections", () => {
  for (const { landmarks, box, eyes, back, from_points, geometries } of cases.regions) {
    const pairs = geometries.map(({ geometry, region }) => [
      regionFromDetection({ box, keypoints: eyes, geometry }, 1.35),
      region,
    ]);
    for (const [actual, expected] of [[regionFromPoints(landmarks, 1.35), from_points], ...pairs]) {
      for (const key of ["x", "y", "side", "rotation"]) assertClose(actual[key], expected[key], 1e-3, key);
    }
    assertClose(boxFromRegion(geometries[0].region, 1.35), back, 1e-3, "box");
  }
});

test("pose: the same angles and axes, none where there is no orientation", () => {
  for (const { landmarks, angles, axes } of cases.poses) {
    const pose = estimatePose(landmarks);
    if (angles === null) {
      assert.ok([pose.yaw, pose.pitch, pose.roll].every(Number.isNaN));
      continue;
    }
    assertClose([pose.yaw, pose.pitch, pose.roll], angles, 0.01, "angles");
    assertClose(poseAxes(pose), axes, 1e-3, "axes");
  }
});

test("faces: the same JSON as Face.to_dict", () => {
  for (const { detection, result, dict } of cases.faces) {
    const actual = faceToDict(makeFace(detection, result));
    assert.deepEqual(Object.keys(actual), Object.keys(dict));
    assert.deepEqual(Object.keys(actual.pose), Object.keys(dict.pose));
    assertClose([actual.box, actual.landmarks], [dict.box, dict.landmarks], 0.0011, "coordinates");
    assertClose([actual.score, actual.confidence], [dict.score, dict.confidence], 1.1e-4, "scores");
    assertClose(Object.values(actual.pose), Object.values(dict.pose), 0.011, "pose");
  }
});

test("irises: the same crops, centres, diameters and gaze", async () => {
  for (const { image, faces, calls, irises } of cases.irises) {
    const asked = [...calls];
    const session = {
      async run(crops, shape) {
        const { crops: expected, points } = asked.shift();
        assert.deepEqual(shape, [2 * faces.length, 64, 64, 3]);
        assertPixels(crops, bytes(expected), "crops of eyes");
        return { iris: Float32Array.from(points) };
      },
    };
    const found = await new IrisFinder(session, { input_size: 64 }).withIrises(raster(image), faces);
    found.forEach((face, i) => {
      const plain = { ...face, box: [], score: 1, confidence: 1 };
      const { right, left, gaze } = faceToDict(plain).irises;
      for (const [eye, wanted] of [
        [right, irises[i].right],
        [left, irises[i].left],
      ]) {
        assert.deepEqual(Object.keys(eye), Object.keys(wanted));
        assertClose(Object.values(eye), Object.values(wanted), 0.005, "iris");
      }
      assertClose([gaze.yaw, gaze.pitch], [irises[i].gaze.yaw, irises[i].gaze.pitch], 0.05, "gaze");
    });
  }
});

test("irises: none of a picture without a face, and numbers that are not finite are an error", async () => {
  const session = { run: async () => ({ iris: new Float32Array(30).fill(NaN) }) };
  const finder = new IrisFinder(session, { input_size: 64 });
  assert.deepEqual(await finder.withIrises(WALL, []), []);
  const [{ image, faces }] = cases.irises;
  await assert.rejects(finder.withIrises(raster(image), faces.slice(0, 1)), /not finite/);
});

test("measures: the same openings of eyes and mouth", () => {
  for (const { result, eyes, mouth } of cases.faces) {
    const face = { landmarks: result.points };
    assertClose([eyeOpening(face).right, eyeOpening(face).left], [eyes.right, eyes.left], 1e-5, "eyes");
    assertClose(mouthOpening(face), mouth, 1e-5, "mouth");
  }
});

test("faces: a point moved by ten percent of the eye distance", () => {
  const landmarks = Array.from({ length: 68 }, () => [0, 0, 0]);
  landmarks[45] = [100, 0, 0];
  const moved = landmarks.map(([x, y, z]) => [x + 6, y + 8, z]);
  assert.deepEqual(disagreement({ landmarks }, { landmarks: moved }), { pixels: 10, percent: 10 });
});

test("rounding: halves go to the even neighbour", () => {
  assert.deepEqual([0.5, 1.5, 2.5, 0.4, 2.4, 2.6].map(roundHalfEven), [0, 2, 2, 0, 2, 3]);
});

test("smoothing: the same points as the Python filter", () => {
  const { config, size, steps } = cases.smoothing;
  const filter = new OneEuroFilter(config);
  for (const { points, elapsed, smooth } of steps)
    assertClose(filter.next(points, size, elapsed), smooth, 2e-3, "point");
});

test("cuts: the same frames begin another shot", () => {
  const detector = new CutDetector(cases.tracking.cut);
  const cuts = cases.cuts.map(({ image }) => detector.next(raster(image)));
  assert.deepEqual(
    cuts,
    cases.cuts.map(({ cut }) => cut),
  );
  assert.deepEqual(cuts, [false, false, false, false, true]);
  assert.equal(detector.next(WALL), true, "a picture of another size");
});

/** A world of faces at known places, and a landmark network that finds the nearest one within its region. */
function world() {
  const shape = cases.faces[0].result.points;
  const mean = [0, 1].map((axis) => shape.reduce((sum, point) => sum + point[axis], 0) / shape.length);
  const faces = new Map();
  const at = ([x, y]) => shape.map((point) => [point[0] - mean[0] + x, point[1] - mean[1] + y, point[2]]);
  const landmarker = {
    cropScale: 1.35,
    async landmarks(_, regions) {
      return regions.map(({ x, y, side }) => {
        const near = [...faces.values()].sort(
          (a, b) => Math.hypot(a[0] - x, a[1] - y) - Math.hypot(b[0] - x, b[1] - y),
        )[0];
        const seen = near && Math.hypot(near[0] - x, near[1] - y) < side / 2;
        return { points: at(seen ? near : [x, y]), confidence: seen ? 0.99 : 0.01 };
      });
    },
  };
  let looks = 0;
  const detect = async () => {
    looks += 1;
    return [...faces.values()].map((place) => {
      const points = at(place);
      const box = boxFromRegion(regionFromPoints(points, 1.35), 1.35);
      return { box, score: 0.9, keypoints: keypoints(points), geometry: BLAZEFACE_GEOMETRY };
    });
  };
  const tracker = new Tracker(landmarker, cases.tracking, cases.selection);
  const next = (raster, time, detect) => tracker.next(raster, time, detect, async () => []);
  return { faces, tracker: { next }, detect, looks: () => looks };
}

/** The picture in which these faces are; only cuts are seen in it. */
const WALL = { data: new Uint8ClampedArray(48 * 48 * 4).fill(128), width: 48, height: 48 };
const STRIPES = { ...WALL, data: WALL.data.map((_, i) => 255 * ((i >> 5) % 2)) };

const numbers = (faces) => faces.map(({ track }) => track);

test("tracking: a face keeps its number while it moves, and the detector rests", async () => {
  const { faces, tracker, detect, looks } = world();
  for (let frame = 0; frame < 30; frame++) {
    faces.set("one", [200 + 4 * frame, 200]);
    const found = await tracker.next(WALL, frame / 30, detect);
    assert.deepEqual(numbers(found), [0]);
    const middle = found[0].landmarks.reduce((sum, [x]) => sum + x, 0) / 68;
    assert.ok(Math.abs(middle - faces.get("one")[0]) < 6, "the points lag behind the face");
  }
  assert.equal(looks(), 2, "one second at a look every half of it");
});

test("tracking: a second face gets the next number, and one that leaves is gone", async () => {
  const { faces, tracker, detect } = world();
  faces.set("one", [200, 200]);
  await tracker.next(WALL, 0, detect);
  faces.set("two", [700, 200]);
  assert.deepEqual(numbers(await tracker.next(WALL, 0.6, detect)), [0, 1]);
  faces.delete("one");
  assert.deepEqual(numbers(await tracker.next(WALL, 0.63, detect)), [1]);
});

test("tracking: a face that was away for a moment comes back under its number", async () => {
  const { faces, tracker, detect } = world();
  faces.set("one", [200, 200]);
  await tracker.next(WALL, 0, detect);
  faces.delete("one");
  assert.deepEqual(await tracker.next(WALL, 0.1, detect), []);
  faces.set("one", [215, 200]);
  assert.deepEqual(numbers(await tracker.next(WALL, 0.5, detect)), [0]);
  faces.delete("one");
  await tracker.next(WALL, 0.6, detect);
  faces.set("one", [215, 200]);
  assert.deepEqual(numbers(await tracker.next(WALL, 4, detect)), [1], "that was too long ago");
});

test("tracking: two tracks never share one face", async () => {
  const { faces, tracker, detect } = world();
  faces.set("one", [200, 200]);
  faces.set("two", [330, 200]);
  assert.deepEqual(numbers(await tracker.next(WALL, 0, detect)), [0, 1]);
  faces.delete("two");
  assert.deepEqual(numbers(await tracker.next(WALL, 0.03, detect)), [0]);
});

test("tracking: after a cut, whoever stands in the same place is another face", async () => {
  const { faces, tracker, detect } = world();
  faces.set("one", [200, 200]);
  assert.deepEqual(numbers(await tracker.next(WALL, 0, detect)), [0]);
  assert.deepEqual(numbers(await tracker.next(STRIPES, 0.03, detect)), [1]);
  assert.deepEqual(numbers(await tracker.next(STRIPES, 0.06, detect)), [1]);
});
