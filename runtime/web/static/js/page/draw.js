/** Overlays: landmarks, contours, box, confidence and head axes, in the colours of runtime/media/drawing.py. */

import { CONTOURS, IRIS_COLOUR, PALETTE } from "../constants.js";
import { poseAxes } from "../landmarks/head_pose.js";

const INK = "#14181f";
const FRAME = "#ffffff";
const AXES = ["#ff5050", "#6ee66e", "#46a0ff"];

/**
 * Draw a picture and its faces onto a canvas, as large as they fit, at the screen's own resolution.
 *
 * @param canvas its style decides its size; its pixels are set here.
 * @param bitmap the picture.
 * @param faces in the picture's pixels; the first one comes out on top.
 * @param style booleans: contours, points, irises, numbers, box, axes, mirrored, focus; the last enlarges the first face.
 */
export function drawFrame(canvas, bitmap, faces, style) {
  const density = pixelDensity();
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) =>
    Math.max(1, Math.round(side * density)),
  );
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { alpha: false });
  const view = viewOf(bitmap, faces, style, width, height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#05070a";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  // the edge of a picture's first pixel is half a pixel before its centre
  const [left, top] = [view.x - 0.5 * view.scale, view.y - 0.5 * view.scale];
  if (style.mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(bitmap, left, top, bitmap.width * view.scale, bitmap.height * view.scale);
  context.setTransform(1, 0, 0, 1, 0, 0);
  const place = ([x, y]) => {
    const across = view.x + x * view.scale;
    return [style.mirrored ? width - across : across, view.y + y * view.scale];
  };
  for (const face of [...faces].reverse()) drawFace(context, face, style, place, view.scale);
}

/** Canvas pixels per CSS pixel: more than two cost time and show nothing more. */
function pixelDensity() {
  return Math.min(globalThis.devicePixelRatio || 1, 2);
}

/** Where the picture's pixel (0, 0) comes to lie on the canvas, and canvas pixels per picture pixel. */
function viewOf(bitmap, faces, style, width, height) {
  let area = { x: -0.5, y: -0.5, width: bitmap.width, height: bitmap.height };
  if (style.focus && faces.length > 0) {
    const [x1, y1, x2, y2] = faces[0].box;
    const side = Math.max(x2 - x1, y2 - y1) * 1.7;
    area = { x: (x1 + x2 - side) / 2, y: (y1 + y2 - side) / 2, width: side, height: side };
  }
  const scale = Math.min(width / area.width, height / area.height);
  return {
    scale,
    x: (width - area.width * scale) / 2 - area.x * scale,
    y: (height - area.height * scale) / 2 - area.y * scale,
  };
}

function drawFace(context, face, style, place, scale) {
  const points = face.landmarks.map(place);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 1);
  // strokes grow slower than faces: fine on a portrait, still there on a small face
  const stroke = Math.max(0.8, 0.055 * size ** 0.65);
  context.lineJoin = context.lineCap = "round";
  if (style.box) drawBox(context, face, place, stroke);
  if (style.contours) drawContours(context, points, stroke);
  if (style.points) drawPoints(context, points, stroke);
  if (style.irises && face.irises) drawIrises(context, face.irises, place, scale, style.mirrored, stroke);
  if (style.axes) drawAxes(context, face, points[30], style.mirrored, scale, stroke);
  if (style.numbers) drawNumbers(context, points, size);
}

function drawContours(context, points, stroke) {
  for (const { width, dark } of [
    { width: 2.4, dark: true },
    { width: 1, dark: false },
  ]) {
    context.lineWidth = width * stroke;
    for (const { name, points: numbers, closed } of CONTOURS) {
      context.strokeStyle = dark ? INK : PALETTE[name];
      line(
        context,
        numbers.map((number) => points[number]),
        closed,
      );
    }
  }
}

function drawPoints(context, points, stroke) {
  for (const { radius, dark } of [
    { radius: 1.8, dark: true },
    { radius: 1.2, dark: false },
  ]) {
    for (const { name, points: numbers } of CONTOURS) {
      context.fillStyle = dark ? INK : PALETTE[name];
      for (const number of numbers) dot(context, points[number], radius * stroke);
    }
  }
}

/** Draw both irises, and from each a line of three diameters along the gaze, as long as the picture shows it. */
function drawIrises(context, { right, left, gaze }, place, scale, mirrored, stroke) {
  const [yaw, pitch] = [gaze.yaw, gaze.pitch].map((angle) => (angle * Math.PI) / 180);
  const along = [(mirrored ? -1 : 1) * Math.sin(yaw) * Math.cos(pitch), -Math.sin(pitch)];
  for (const { x, y, diameter } of [right, left]) {
    const centre = place([x, y]);
    const tip = centre.map((value, axis) => value + 3 * diameter * scale * along[axis]);
    for (const { width, colour } of [
      { width: 2, colour: INK },
      { width: 1, colour: IRIS_COLOUR },
    ]) {
      context.lineWidth = width * stroke;
      context.strokeStyle = context.fillStyle = colour;
      context.beginPath();
      context.arc(...centre, (diameter / 2) * scale, 0, 2 * Math.PI);
      context.stroke();
      if (tip.every(Number.isFinite)) line(context, [centre, tip], false);
      dot(context, centre, width * stroke);
    }
  }
}

function drawBox(context, face, place, stroke) {
  const corners = [place(face.box.slice(0, 2)), place(face.box.slice(2))];
  const [[x1, y1], [x2, y2]] = corners;
  const arm = 0.14 * Math.min(Math.abs(x2 - x1), y2 - y1);
  const inwards = x2 > x1 ? arm : -arm;
  for (const { width, colour } of [
    { width: 2.8, colour: INK },
    { width: 1.4, colour: FRAME },
  ]) {
    context.lineWidth = width * stroke;
    context.strokeStyle = colour;
    for (const [x, dx] of [
      [x1, inwards],
      [x2, -inwards],
    ]) {
      for (const [y, dy] of [
        [y1, arm],
        [y2, -arm],
      ])
        line(
          context,
          [
            [x + dx, y],
            [x, y],
            [x, y + dy],
          ],
          false,
        );
    }
  }
  const height = Math.max(11 * pixelDensity(), 5 * stroke);
  const text = `face ${face.confidence.toFixed(2)}`;
  // the letters are 0.6 times as wide as high
  const left = Math.max(0, Math.min(x1, x2, context.canvas.width - 0.65 * height * text.length));
  label(context, text, left, Math.max(y1 - 0.6 * height, 1.1 * height), height, FRAME, "left");
}

function drawAxes(context, face, origin, mirrored, scale, stroke) {
  const length = 0.42 * (face.box[2] - face.box[0]) * scale;
  const axes = poseAxes(face.pose).map((axis, index) => ({ axis, colour: AXES[index] }));
  // the axis that points away from the camera most is drawn first
  axes.sort((a, b) => b.axis[2] - a.axis[2]);
  for (const { width, dark } of [
    { width: 3.2, dark: true },
    { width: 1.8, dark: false },
  ]) {
    context.lineWidth = width * stroke;
    for (const { axis, colour } of axes) {
      context.strokeStyle = dark ? INK : colour;
      const tip = [origin[0] + (mirrored ? -1 : 1) * length * axis[0], origin[1] + length * axis[1]];
      line(context, [origin, tip], false);
    }
  }
}

function drawNumbers(context, points, size) {
  const height = Math.max(7.5 * pixelDensity(), 0.017 * size);
  for (const { name, points: numbers, closed } of CONTOURS) {
    // outwards from a closed line, or from the nose; inner lips inwards: numbers clear the contours
    const around = (closed ? numbers : [27, 28, 29, 30]).map((number) => points[number]);
    const middle = [0, 1].map((axis) => around.reduce((sum, point) => sum + point[axis], 0) / around.length);
    const reach = (name === "inner_lips" ? -1 : 1) * height;
    for (const number of numbers) {
      const [x, y] = points[number];
      const away = Math.hypot(x - middle[0], y - middle[1]) || 1;
      const [dx, dy] = [((x - middle[0]) / away) * reach, ((y - middle[1]) / away) * reach];
      label(context, String(number), x + dx, y + dy + 0.35 * height, height, PALETTE[name], "center");
    }
  }
}

function label(context, text, x, y, height, colour, align) {
  context.font = `600 ${height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;
  context.textAlign = align;
  context.lineWidth = 0.3 * height;
  context.strokeStyle = INK;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function line(context, points, closed) {
  context.beginPath();
  points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  if (closed) context.closePath();
  context.stroke();
}

function dot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
