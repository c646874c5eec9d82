"""``annotate`` on local Ray clusters: a machine that is lost half-way, a picture that ends its process, films."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
pytest.importorskip("ray", reason="Ray is missing: pip install 'edge-landmarks[ray]'")
pytest.importorskip("pandas", reason="pandas is missing: pip install 'edge-landmarks[ray]'")

import pyarrow.parquet as parquet
import ray
import ray.data
from ray.cluster_utils import Cluster

from benchmarks.archives.pictures import make_pictures
from runtime import LandmarksError
from runtime.archives import annotate
from runtime.archives.jobs import ImageJob
from runtime.archives.ray_data import RayData
from runtime.archives.sources import Entry

PICTURES = 60


@pytest.fixture
def cluster():
    """A head that runs no jobs, and two machines of one CPU each."""
    try:
        started = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(2):
            started.add_node(num_cpus=1)
    except Exception as error:  # Ray gives its processes half a minute
        pytest.skip(f"Ray does not start here: {error}")
    yield started
    ray.shutdown()
    started.shutdown()


def test_a_machine_lost_half_way_loses_no_picture(tmp_path, cluster, predictor):
    make_pictures(tmp_path / "pictures", PICTURES, side=160, broken=2)
    killed = []

    def kill_one(done, total):
        if done >= total / 2 and not killed:
            killed.append(done)
            cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)

    done = annotate(
        tmp_path / "pictures",
        tmp_path / "ray",
        predictor,
        engine="ray",
        address=cluster.address,
        shard_size=3,
        progress=kill_one,
    )
    assert killed and killed[0] < PICTURES
    annotate(tmp_path / "pictures", tmp_path / "processes", predictor, workers=1, shard_size=3)
    names = [
        name
        for path in sorted(Path(tmp_path, "ray", "images").iterdir())
        for name in parquet.read_table(path).column("image").to_pylist()
    ]
    assert names == sorted(map(str, (tmp_path / "pictures").iterdir()))
    assert (done.images, done.errors) == (PICTURES, 2)
    for folder in ("images", "faces"):
        for path in (tmp_path / "processes" / folder).iterdir():
            assert path.read_bytes() == (tmp_path / "ray" / folder / path.name).read_bytes()


def test_no_cluster_is_an_error_in_words(tmp_path, predictor, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    make_pictures(tmp_path / "pictures", 1)
    with pytest.raises(LandmarksError, match="no Ray cluster at auto"):
        annotate(tmp_path / "pictures", tmp_path / "out", predictor, engine="ray", address="auto")


@pytest.fixture(scope="module")
def local():
    """Ray on this machine, with two CPUs."""
    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    except Exception as error:  # Ray gives its processes half a minute
        pytest.skip(f"Ray does not start here: {error}")
    yield
    ray.shutdown()


@dataclasses.dataclass(frozen=True)
class KillerJob(ImageJob):
    """Ends its process at the second picture, as a fault in a decoder does."""

    def _result(self, index, name, read, predictor):
        if index == 1 and index not in self.left_out:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._result(index, name, read, predictor)


@dataclasses.dataclass(frozen=True)
class FailingJob(ImageJob):
    """Fails as on a full disk."""

    def run(self, predictor, step):
        raise OSError("no space left on device")


def errors(output, path):
    path.write_bytes(output.files[1][1])
    return parquet.read_table(path).column("error").to_pylist()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_picture_that_ends_its_process_has_an_error(tmp_path, local, predictor):
    """The other pictures of its shard and those of the other shards are done."""
    make_pictures(tmp_path / "pictures", 3, side=160)
    entries = tuple(Entry(str(path)) for path in sorted((tmp_path / "pictures").iterdir()))
    jobs = iter([ImageJob(0, "", entries, None), KillerJob(1, "", entries, None), ImageJob(2, "", entries, None)])
    done = []
    with RayData(None, predictor, None) as workers:
        outputs = {job.number: output for job, output in workers.run(lambda: next(jobs, None), done.append)}
    assert done == [3, 3, 3]
    reason = "the process that read it ended by signal 9, twice"
    assert [errors(outputs[number], tmp_path / "images.parquet") for number in range(3)] == [
        [None] * 3,
        [None, reason, None],
        [None] * 3,
    ]


def test_jobs_that_come_up_on_the_way_are_done(tmp_path, local, predictor):
    """As a film does whose pieces do not fit."""
    make_pictures(tmp_path / "pictures", 1, side=160)
    [path] = (tmp_path / "pictures").iterdir()
    jobs = deque([ImageJob(0, "", (Entry(str(path)),), None)])
    seen = []
    with RayData(1, predictor, None) as workers:
        for job, _ in workers.run(lambda: jobs.popleft() if jobs else None, lambda items: None):
            seen.append(job.number)
            if job.number < 2:
                jobs.append(dataclasses.replace(job, number=job.number + 1))
    assert seen == [0, 1, 2]


def test_a_job_that_fails_ends_the_run_with_its_name(local, predictor):
    jobs = iter([FailingJob(7, "", (), None)])
    with RayData(1, predictor, None) as workers:
        with pytest.raises(LandmarksError, match=r"^shard 7: no space left on device$"):
            list(workers.run(lambda: next(jobs, None), lambda items: None))
        jobs = iter([ImageJob(8, "", (), None)])
        [(_, output)] = workers.run(lambda: next(jobs, None), lambda items: None)
    assert output.items == 0


def test_films_have_the_tables_that_processes_write(tmp_path, local, predictor, astronaut):
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5, (320, 320))
    for frame in range(110):
        left = round(70 + 50 * np.sin(frame / 14))
        writer.write(np.ascontiguousarray(astronaut[10:330, left : left + 320]))
    writer.release()
    for engine in ("ray", "processes"):
        done = annotate(tmp_path / "film.avi", tmp_path / engine, predictor, engine=engine, workers=1, piece_seconds=10)
        assert (done.videos, done.frames, done.errors) == (1, 110, 0) and done.faces > 100
    for name in ("videos/00000000.parquet", "video_faces/00000000.parquet"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "processes" / name).read_bytes()


def test_settings_of_the_caller_and_the_terminal_are_left_alone(tmp_path, local, predictor, capfd):
    make_pictures(tmp_path / "pictures", 1, side=160)
    before = vars(ray.data.DataContext.get_current().copy())
    annotate(tmp_path / "pictures", tmp_path / "out", predictor, engine="ray")
    after = vars(ray.data.DataContext.get_current())
    assert all(after[name] == before[name] for name in ("execution_no_progress_timeout_s", "enable_progress_bars"))
    assert ray.is_initialized()
    assert capfd.readouterr() == ("", "")
