"""The web service of `examples/service` in uvicorn's own process, on real photographs and on what is none."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection

import cv2
import numpy as np
import pytest

from runtime import Face

for name in ("fastapi", "uvicorn", "prometheus_client"):
    pytest.importorskip(name, reason=f"{name} is not installed: pip install '.[service]'")

from benchmarks.studies.service import direct, sample_pictures, service  # noqa: E402

MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def server():
    limits = {"FACES_WAITING": "0", "FACES_MAX_BYTES": str(MAX_BYTES), "OPENCV_IO_MAX_IMAGE_PIXELS": "1000000"}
    with service(1, 1, limits) as running:
        yield running


def ask(server, path, body=None, headers=None):
    """Send a request; gives status and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metric(server, name):
    lines = ask(server, "/metrics")[1].splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_faces_are_those_of_the_predictor(server, predictor, astronaut, ending):
    content = cv2.imencode(ending, astronaut)[1].tobytes()
    status, text = ask(server, "/faces", content)
    answer = json.loads(text)
    assert (status, answer["width"], answer["height"]) == (200, 512, 512)
    wanted = predictor(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR))
    assert [Face.from_dict(face).to_dict() for face in answer["faces"]] == [face.to_dict() for face in wanted]


def test_picture_without_a_face(server):
    status, text = ask(server, "/faces", cv2.imencode(".png", np.zeros((60, 80, 3), np.uint8))[1].tobytes())
    assert (status, json.loads(text)) == (200, {"width": 80, "height": 60, "faces": []})


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"text", {}, 400, "not a picture"),
        (b"", {}, 400, "the body is empty; send a picture file"),
        (b"--x", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "send the file itself as the body"),
    ],
    ids=["text", "empty", "form"],
)
def test_bad_input_is_told_what_to_do(server, body, headers, status, words):
    code, text = ask(server, "/faces", body, headers)
    assert code == status and words in json.loads(text)["detail"]


def test_cut_short_and_too_many_pixels(server, astronaut):
    whole = cv2.imencode(".png", astronaut)[1].tobytes()
    large = cv2.imencode(".png", np.zeros((1001, 1000, 3), np.uint8))[1].tobytes()
    for content, words in ((whole[:-5000], "cut short"), (large, "pixels")):
        status, text = ask(server, "/faces", content)
        assert status == 400 and words in json.loads(text)["detail"]


def test_stated_length_beyond_the_limit_is_refused_before_the_body_is_sent(server):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/faces")
    connection.putheader("Content-Length", str(MAX_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert f"more than {MAX_BYTES} bytes; shrink the picture" in json.loads(answer.read())["detail"]
    connection.close()


def test_size_limit_holds_without_a_stated_length(server):
    """The body's end is not sent: the answer comes as soon as there are too many bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
        slow.sendall(b"POST /faces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        slow.sendall(f"{MAX_BYTES + 1:x}\r\n".encode() + bytes(MAX_BYTES + 1) + b"\r\n")
        assert b" 413 " in slow.recv(100)


def test_requests_beyond_the_places_are_refused_at_once(server):
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /faces HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        while metric(server, "faces_requests_in_work") == 0:
            time.sleep(0.01)
        status, text = ask(server, "/faces", b"text")
        assert status == 503 and "try again in a second" in text
        slow.sendall(b"no image!")
        assert b" 400 " in slow.recv(100)
    assert ask(server, "/faces", b"text")[0] == 400


def test_request_that_ends_early_leaves_its_place(server):
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /faces HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        while metric(server, "faces_requests_in_work") == 0:
            time.sleep(0.01)
    while metric(server, "faces_requests_in_work"):
        time.sleep(0.01)
    assert ask(server, "/faces", b"text")[0] == 400


def test_health_metrics_and_description(server, astronaut):
    assert ask(server, "/healthz") == (200, '{"status":"ok"}')
    before = metric(server, "faces_found_total")
    ask(server, "/faces", cv2.imencode(".jpg", astronaut)[1].tobytes())
    assert metric(server, "faces_found_total") == before + 1
    assert metric(server, 'faces_requests_total{status="200"}') > 0
    operation = json.loads(ask(server, "/openapi.json")[1])["paths"]["/faces"]["post"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/ImageAnswer"}
    assert {"400", "408", "413", "415", "503"} <= operation["responses"].keys()


def test_several_processes_share_their_metrics(tmp_path):
    with service(1, 2, {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}) as running:
        running.send(sample_pictures(), 6, 2)
        assert running.errors == 0
        assert metric(running, 'faces_requests_total{status="200"}') == 6
        assert running.memory() > 50_000_000


def test_direct_calls_see_each_picture(predictor, monkeypatch):
    seen = []
    monkeypatch.setattr("benchmarks.studies.service.read_image", seen.append)
    direct([lambda image: None, lambda image: None], [b"a", b"b"], 4)
    assert sorted(seen) == [b"a", b"a", b"b", b"b"]
