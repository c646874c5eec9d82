"""``annotate`` on a local Ray cluster of two machines, one of which is lost half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
pytest.importorskip("ray", reason="Ray is missing: pip install 'edge-landmarks[ray]'")

import pyarrow.parquet as parquet
import ray
from ray.cluster_utils import Cluster

from benchmarks.archives.pictures import make_pictures
from runtime import LandmarksError
from runtime.archives import annotate

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
