"""The page of ``landmarks web`` in headless Chromium: bytes of the first load, and the network's latency beside native.

    python -m benchmarks.studies.browser

Needs what `make web` installs, node and Chromium. Bytes are those that the browser received until the page shows its
first faces; what it then loads for offline use is not among them. The page measures its picture over and over for four
seconds, on one thread of WebAssembly; the same network runs natively before and after, since both cannot take turns.
Latencies of a busy machine say nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import threading

from runtime import DependencyError
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.pipeline import network_computations
from runtime.bench.timing import time_calls
from runtime.engine import list_models
from runtime.web.server import Server
from runtime.web.site import build_site
from runtime.web.vendor import PACKAGE

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_VISIT = """
const [url, executablePath, library] = process.argv.slice(1);
const { chromium } = await import(library);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
page.setDefaultTimeout(120000);
const received = [];
// the page's worker fetches most of it
page.on("requestfinished", (request) => received.push(request));
await page.goto(url);
await page.waitForFunction(() => document.querySelector("#status").textContent.includes("sample.jpg"));
const parts = [];
for (const request of [...received]) {
  const { responseBodySize } = await request.sizes();
  if (!request.serviceWorker()) parts.push([request.url(), responseBodySize]);
}
await page.waitForTimeout(6000);
const ms = Number(await page.innerText(".pane [data-value=latency]"));
console.log(JSON.stringify({ parts, ms, version: browser.version() }));
await browser.close();
"""


def visit() -> tuple[dict[str, int], float, str]:
    """Open the page; returns bytes received by file, the network's median milliseconds, and the browser's version.

    Raises:
        DependencyError: node, Chromium or the page's packages are missing.
    """
    node = shutil.which("node")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    library = PACKAGE.parents[1] / "playwright-core" / "index.mjs"
    if node is None or chromium is None or not library.is_file():
        raise DependencyError("node, Chromium and what `make web` installs are needed; CHROMIUM names the browser")
    with Server(build_site()) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [node, "--input-type=module", "-e", _VISIT, "--", server.url, chromium, library.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        server.shutdown()
    if done.returncode:
        raise DependencyError(f"the page was not measured: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    parts = {name.removeprefix(server.url) or "index.html": size for name, size in found["parts"]}
    return parts, float(found["ms"]), str(found["version"])


def kept_offline() -> int:
    """Return the bytes of all files that the page keeps for offline use unasked, as compressed as they are sent."""
    site = build_site()
    asked = {f"models/{entry.file}" for entry in list_models() if entry.role == "iris"}
    with Server(site) as server:
        return sum(len(server.packed(path) or site.files[path]) for path in site.files.keys() - asked)


def native(rounds: int) -> float:
    """Return the median milliseconds of ``full`` on one crop, on one thread."""
    [samples] = time_calls(network_computations(("full",), (1,), device="cpu"), rounds).values()
    return samples.summary().wall.p50


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.browser", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=200, help="native calls before and after (default: %(default)s)")
    options = parser.parse_args()
    before = native(options.rounds)
    parts, milliseconds, version = visit()
    beside = statistics.mean([before, native(options.rounds)])
    largest = sorted(parts.items(), key=lambda part: part[1], reverse=True)
    rows = [(name, f"{size / 1e6:.2f}") for name, size in largest if size >= 1e5]
    rows += [("everything else", f"{sum(size for _, size in largest if size < 1e5) / 1e6:.2f}")]
    rows += [
        ("together", f"{sum(parts.values()) / 1e6:.2f}"),
        ("with all for offline use", f"{kept_offline() / 1e6:.2f}"),
    ]
    print(markdown_table(("first load", "MB"), rows))
    header = ("full, one crop, one thread", "ms", "over native")
    times = [("native", f"{beside:.1f}", "1.00"), ("page", f"{milliseconds:.1f}", f"{milliseconds / beside:.2f}")]
    print(f"\n{markdown_table(header, times)}\n\nChromium {version}; {this_machine().to_text()}")


if __name__ == "__main__":
    main()
