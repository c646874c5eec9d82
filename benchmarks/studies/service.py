"""The web service of `examples/service` under load: errors, memory, and rates by threads and processes.

    python -m benchmarks.studies.service                                  # threads against processes, side by side
    python -m benchmarks.studies.service --threads 2 --processes 1 --requests 1000 --rounds 10 --servers-only

All servers run at once and take turns; idle ones wait. Each turn sends the same pictures, a JPEG, a PNG and a WebP,
over connections that stay open. Rates are ratios to the first row, of the medians over the rounds. Memory is the
resident size of a server's processes, after 200 requests that are not counted, half-way and after the last one. The
rows without a server call predictors in threads of this process: one that all share, or one each.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from runtime import DeviceError, Predictor, read_image
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import Spent, Turn, take_turns

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "service"
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
WARM_UP = 200
"""Requests to each server before its memory is read for the first time."""


@dataclass
class RunningServer:
    """A service in processes of its own.

    Attributes:
        process: uvicorn, which starts others if it has several workers.
        port: on 127.0.0.1.
        errors: answers that were not 200, or none at all.
        sizes: memory after each call of :meth:`send`, in bytes.
    """

    process: subprocess.Popen[str]
    port: int
    errors: int = 0
    sizes: list[int] = field(default_factory=list)

    def memory(self) -> int:
        """Return the resident size of all its processes in bytes."""
        return sum(_resident(pid) for pid in [self.process.pid, *_children(self.process.pid)])

    def send(self, pictures: Sequence[bytes], requests: int, clients: int) -> None:
        """Send pictures in turn, so many in all, by so many clients at once, and count the errors."""
        share = [requests // clients + (index < requests % clients) for index in range(clients)]
        with ThreadPoolExecutor(clients) as pool:
            self.errors += sum(pool.map(lambda count: self._send(pictures, count), share))
        self.sizes.append(self.memory())

    def _send(self, pictures: Sequence[bytes], requests: int) -> int:
        errors = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for index in range(requests):
            try:
                connection.request("POST", "/faces", pictures[index % len(pictures)])
                answer = connection.getresponse()
                errors += answer.status != 200 or b'"landmarks"' not in answer.read()
            except (OSError, http.client.HTTPException):
                errors += 1
                connection.close()  # the next request opens it again
        connection.close()
        return errors


@contextlib.contextmanager
def service(threads: int, processes: int, environment: dict[str, str] | None = None) -> Iterator[RunningServer]:
    """Run the service on a free port until the block ends.

    Args:
        threads: predicting threads of each process.
        processes: of uvicorn.
        environment: further variables.

    Raises:
        DeviceError: it does not start; the message is what it printed.
    """
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(FOLDER), "app:app", "--port", "0", "--no-access-log"]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    variables = {**os.environ, "PYTHONPATH": paths, "FACES_THREADS": str(threads), **(environment or {})}
    with subprocess.Popen(
        [*command, "--workers", str(processes)], env=variables, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield RunningServer(process, _port(process, processes))
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str], processes: int) -> int:
    """Read what uvicorn prints until all its processes have loaded the networks; then keep its pipe empty."""
    assert process.stderr is not None
    printed, port, ready = "", None, 0
    for line in process.stderr:
        printed += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            port = int(found[1])
        ready += "startup complete" in line
        if port and ready == processes:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return port
    raise DeviceError(f"the service does not start:\n{printed}")


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError as error:
        raise DeviceError(f"{sys.platform} does not say how much memory a process takes; Linux does") from error


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def sample_pictures() -> list[bytes]:
    """Return three files with faces: JPEG of 512x512, PNG of 300x400, WebP of 1280x720 with two faces."""
    whole = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    wide = cv2.resize(np.hstack([whole, whole]), (1280, 720))
    images = {".jpg": whole, ".png": whole[:400, 60:360], ".webp": wide}
    return [cv2.imencode(ending, image)[1].tobytes() for ending, image in images.items()]


def direct(predictors: Sequence[Predictor], pictures: Sequence[bytes], requests: int) -> None:
    """Decode and predict pictures in turn, so many in all, with a thread for each entry of ``predictors``."""

    def work(index: int) -> None:
        for number in range(index, requests, len(predictors)):
            predictors[index](read_image(pictures[number // len(predictors) % len(pictures)]))

    with ThreadPoolExecutor(len(predictors)) as pool:
        list(pool.map(work, range(len(predictors))))


def measure(
    threads: Sequence[int], processes: Sequence[int], requests: int, rounds: int, clients: int, with_direct: bool
) -> str:
    """Measure all combinations of threads and processes, and return a Markdown table."""
    pictures = sample_pictures()
    with contextlib.ExitStack() as stack:
        servers = {
            f"{_counted(many, 'process', 'es')}, {_counted(each, 'thread')}": stack.enter_context(service(each, many))
            for many in processes
            for each in threads
        }
        works = {name: partial(server.send, pictures, requests, clients) for name, server in servers.items()}
        shared = stack.enter_context(Predictor())
        for each in threads if with_direct else ():
            own = [stack.enter_context(Predictor()) for _ in range(each)]
            name = f"no server, {_counted(each, 'thread')}"
            works[f"{name}, one predictor"] = partial(direct, [shared] * each, pictures, requests)
            if each > 1:
                works[f"{name}, a predictor each"] = partial(direct, own, pictures, requests)
        for server in servers.values():
            server.send(pictures, WARM_UP, clients)
        turns = {name: _turn(work) for name, work in works.items()}
        times = {name: each.summary().wall for name, each in take_turns(turns, rounds, warm_up=0).items()}
        first = next(iter(times.values()))
        rows = []
        for name, spent in times.items():
            row = [name, f"{1000 * requests / spent.p50:.0f}", f"{first.ratio_to(spent):.2f}"]
            if name in servers:
                sizes = servers[name].sizes
                shown = (sizes[0], sizes[len(sizes) // 2], sizes[-1])
                row += [str(servers[name].errors), *(f"{size / 1e6:.0f}" for size in shown)]
            rows.append(row if name in servers else [*row, "", "", "", ""])
    return markdown_table(("", "requests/s", "ratio", "errors", "MB before", "half-way", "after"), rows)


def _turn(work: Callable[[], object]) -> Turn:
    def turn() -> list[Spent]:
        start = time.perf_counter()
        work()
        return [Spent(time.perf_counter() - start, 0.0)]

    return turn


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count} {noun}{plural if count > 1 else ''}"


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.service", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4], help="predicting threads a process")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="of uvicorn")
    parser.add_argument("--requests", type=int, default=100, help="in a turn (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each row (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=8, help="requests at once (default: %(default)s)")
    parser.add_argument("--servers-only", action="store_true", help="leave out the rows without a server")
    options = parser.parse_args()
    direct_too = not options.servers_only
    table = measure(options.threads, options.processes, options.requests, options.rounds, options.clients, direct_too)
    print(f"{table}\n")
    libraries = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "uvicorn"))
    print(
        f"{options.requests} requests in each of {_counted(options.rounds, 'turn')}, {options.clients} at "
        f"once; {this_machine().to_text()}, {libraries}"
    )


if __name__ == "__main__":
    main()
