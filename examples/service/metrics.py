"""Metrics of the service for Prometheus, of one process or, with `PROMETHEUS_MULTIPROC_DIR`, of all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
REQUESTS = Counter("faces_requests", "Answered requests for faces", ["status"])
REQUEST_SECONDS = Histogram("faces_request_seconds", "From the header of a request to its answer", buckets=BUCKETS)
PREDICT_SECONDS = Histogram("faces_predict_seconds", "Decoding and networks of one picture", buckets=BUCKETS)
FACES = Counter("faces_found", "Faces in all pictures")
IN_WORK = Gauge("faces_requests_in_work", "Requests that are read, wait or are predicted", multiprocess_mode="livesum")


@contextmanager
def measured() -> Iterator[None]:
    """Count a request by its status, with its time."""
    start, status = time.perf_counter(), 500
    IN_WORK.inc()
    try:
        yield
        status = 200
    except HTTPException as error:
        status = error.status_code
        raise
    finally:
        IN_WORK.dec()
        REQUESTS.labels(str(status)).inc()
        REQUEST_SECONDS.observe(time.perf_counter() - start)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


def forget_process() -> None:
    """Take this process out of the gauges of all processes, at its end."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(os.getpid())
