/** onnxruntime-web's sessions: device, threads, and a report of what was taken. Mirrors runtime/engine/sessions.py. */

/** Something that was asked for is not available; the message says what to do. */
export class EngineError extends Error {}

/** Promise integration and WebGPU are newer than the type definitions. */
const { wasm, gpu } = { wasm: /** @type {any} */ (WebAssembly), gpu: /** @type {any} */ (navigator).gpu };

const VENDOR = new URL("../../vendor/", import.meta.url).href;

/**
 * Load onnxruntime-web.
 *
 * Its build with WebGPU needs JavaScript Promise Integration, to wait for the graphics card in the middle of a call.
 * On the processor nothing ever waits, so a browser without it gets stand-ins that call straight through.
 *
 * @param threads more than 1 on isolated pages only.
 * @param onProgress called with the bytes of WebAssembly that have come.
 */
export async function loadRuntime(threads, onProgress) {
  if (!("Suspending" in WebAssembly)) {
    wasm.Suspending = function Suspending(call) {
      return call;
    };
    wasm.promising =
      (call) =>
      async (...values) =>
        call(...values);
  }
  const ort = await import(`${VENDOR}ort.jspi.min.mjs`);
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = VENDOR;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmBinary = await download(`${VENDOR}ort-wasm-simd-threaded.jspi.wasm`, onProgress);
  return ort;
}

/** Return what this browser offers: `{webgpu: name of the adapter or null, maxThreads}`. */
export async function capabilities() {
  // threads share memory, which browsers grant to isolated pages only
  const isolated = globalThis.crossOriginIsolated === true;
  const cores = navigator.hardwareConcurrency || 1;
  return { webgpu: await adapterName(), maxThreads: isolated && hasPromiseIntegration() ? Math.min(cores, 4) : 1 };
}

async function adapterName() {
  if (!gpu || !hasPromiseIntegration()) return null;
  const adapter = await gpu.requestAdapter();
  if (!adapter) return null;
  const { vendor, architecture, description } = adapter.info;
  return description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
}

function hasPromiseIntegration() {
  // a stand-in is a plain function and prints its source
  return "Suspending" in WebAssembly && String(wasm.Suspending).includes("[native code]");
}

/**
 * Open a network.
 *
 * @param ort from loadRuntime.
 * @param url of the ONNX file.
 * @param device "wasm" or "webgpu"; throws where it is not available; there is no silent fallback.
 * @returns an object with `run(pixels, shape)`, which gives the outputs by name as typed arrays.
 */
export async function openSession(ort, url, device) {
  const content = await download(url, () => {});
  const session = await ort.InferenceSession.create(content, { executionProviders: [device] });
  return {
    async run(pixels, shape) {
      const input = new ort.Tensor("uint8", pixels, shape);
      const outputs = await session.run({ image: input });
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
    },
  };
}

async function download(url, onProgress) {
  const response = await fetch(url);
  if (!response.ok) throw new EngineError(`${url} cannot be loaded (HTTP ${response.status}); reload the page`);
  const parts = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    bytes += step.value.length;
    onProgress(bytes);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
