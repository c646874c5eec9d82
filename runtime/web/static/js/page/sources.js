/** Sources of frames: the camera, a file, or the sample. */

/** A source is not available; the message says why and what to do. */
export class SourceError extends Error {}

/** Longer pictures are shrunk: browsers bound the canvas that pixels are read from. */
export const LONGEST_SIDE = 4096;

const UNPLUGGED = "The camera is gone. Plug it in again, then press Camera.";

const CAMERA_PROBLEMS = {
  NotAllowedError: "The camera was not allowed. Allow it in the browser's address bar, then press Camera again.",
  NotFoundError: "No camera was found. Plug one in, or open a file.",
  NotReadableError: "Another program is using the camera. Close it, then press Camera again.",
};

/** A still picture. */
export class Still {
  /** @param blob an image file. */
  static async open(blob, name) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    } catch {
      throw new SourceError(`${name} is not a picture or video that this browser can read.`);
    }
    const scale = LONGEST_SIDE / Math.max(bitmap.width, bitmap.height);
    if (scale < 1) {
      const [resizeWidth, resizeHeight] = [bitmap.width, bitmap.height].map((side) =>
        Math.max(1, Math.round(side * scale)),
      );
      bitmap = await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
    }
    return new Still(bitmap, name, scale < 1);
  }

  constructor(bitmap, name, shrunk) {
    this.bitmap = bitmap;
    this.name = name;
    this.shrunk = shrunk;
    this.live = false;
    this.mirrored = false;
  }

  /** The picture; a copy, as the networks' thread takes what it is given. */
  async frame() {
    return createImageBitmap(this.bitmap);
  }

  close() {
    this.bitmap.close();
  }
}

/** Anything that plays in a video element: the camera or a video file. */
export class Moving {
  /** @param facing "user" or "environment". */
  static async camera(facing = "user") {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new SourceError("Browsers give the camera to pages from https or localhost only. Open a file instead.");
    }
    let stream;
    try {
      const video = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: facing };
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      throw new SourceError(CAMERA_PROBLEMS[error.name] ?? `The camera does not open: ${error.message}`);
    }
    const element = await play((video) => (video.srcObject = stream), "The camera");
    const source = new Moving(element, "camera", facing === "user");
    source.track = stream.getVideoTracks()[0];
    source.track.addEventListener("ended", () => source.fail?.(new SourceError(UNPLUGGED)));
    source.release = () => source.track.stop();
    return source;
  }

  /** @param blob a video file; it repeats. */
  static async file(blob, name) {
    const url = URL.createObjectURL(blob);
    const element = await play((video) => (video.src = url), name);
    element.loop = true;
    const source = new Moving(element, name, false);
    source.release = () => URL.revokeObjectURL(url);
    return source;
  }

  constructor(element, name, mirrored) {
    this.element = element;
    this.name = name;
    this.mirrored = mirrored;
    this.live = true;
    this.shrunk = false;
    this.fresh = false;
    this.closed = false;
    /** @type {MediaStreamTrack | undefined} of a camera. */
    this.track = undefined;
    this.release = () => {};
    this.watch();
  }

  /** Note each frame as it is shown, so that one which came while the networks were busy is taken at once. */
  watch() {
    if (this.closed) return;
    const next = (milliseconds) => {
      this.time = milliseconds / 1000;
      this.fresh = true;
      this.wake?.();
      this.watch();
    };
    if (this.element.requestVideoFrameCallback) this.element.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  }

  /** The latest frame that was not taken yet, of the moment `time` in seconds; rejects when the camera is gone. */
  async frame() {
    if (!this.fresh) {
      await new Promise((resolve, reject) => {
        this.wake = resolve;
        this.fail = reject;
        if (this.track?.readyState === "ended") reject(new SourceError(UNPLUGGED));
      });
    }
    this.fresh = false;
    return createImageBitmap(this.element);
  }

  close() {
    this.closed = true;
    this.element.pause();
    this.release();
    this.fail?.(new SourceError("closed"));
  }
}

async function play(attach, name) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true });
  attach(video);
  try {
    await video.play();
  } catch {
    throw new SourceError(`${name} does not play: this browser has no decoder for it.`);
  }
  return video;
}

/** Open a file that the user chose: a picture or a video. */
export async function openFile(file) {
  return file.type.startsWith("video/") ? Moving.file(file, file.name) : Still.open(file, file.name);
}
