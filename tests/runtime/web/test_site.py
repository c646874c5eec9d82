"""The page's files, its server, and ``landmarks web``."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import lzma
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict

import pytest

from runtime.cli import main
from runtime.engine import NARROW_BLOCK
from runtime.engine.model_registry import list_models
from runtime.errors import DependencyError, OptionError, WebError
from runtime.tracking.config import TrackingConfig
from runtime.web import site as site_module
from runtime.web.server import Server
from runtime.web.site import MEDIA_TYPES, STATIC, Site, build_site, media_type
from runtime.web.vendor import SCRIPTS, VENDOR, WASM, copy_runtime, read_runtime

needs_runtime = pytest.mark.skipif(
    not (VENDOR / f"{WASM}.xz").is_file(), reason="onnxruntime-web is not there: run `make web`, which needs npm"
)


@pytest.fixture(scope="module")
def site():
    return build_site()


@contextmanager
def serving(site, **options):
    with Server(site, **options) as server:
        # seconds between two checks whether to end
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def get(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.fixture(scope="module")
def small():
    return Site({"index.html": b"<p>here</p>", "js/a.mjs": b"1", "b.wasm": b"\0asm", "c.onnx": b"o"}, "build")


# the files


@needs_runtime
def test_page_holds_every_shipped_network_byte_for_byte(site):
    """WebAssembly gains nothing from channels that fill wide blocks."""
    for entry in list_models():
        variant = entry.variant(NARROW_BLOCK)
        assert hashlib.sha256(site.files[f"models/{variant.file}"]).hexdigest() == variant.sha256


@needs_runtime
def test_models_json_says_how_to_feed_each_network(site):
    models = {model["name"]: model for model in json.loads(site.files["models.json"])["models"]}
    assert set(models) == {entry.name for entry in list_models()}
    assert models["iris"]["input_size"] == 64
    assert (models["full"]["input_size"], models["full"]["crop_scale"]) == (192, 1.35)
    assert models["blazeface-back"]["anchors"] == [[16, 2], [32, 6]]
    assert models["blazeface-back"]["sizes"] == [256, 384]
    assert models["blazeface-short"]["sizes"] == [128]
    assert json.loads(site.files["models.json"])["tracking"] == asdict(TrackingConfig())


@needs_runtime
def test_service_worker_keeps_every_file_but_itself_and_irises_once_they_are_asked_for(site):
    line = site.files["sw.js"].decode().splitlines()[0]
    kept = json.loads(re.fullmatch(r"self\.SITE = (.*);", line)[1])
    assert kept["asked"] == ["models/iris.onnx"]
    assert set(kept["files"]) == set(site.files) - {"sw.js", "models/iris.onnx"}
    assert kept["build"] == site.build


@needs_runtime
def test_a_changed_file_is_another_build(site, monkeypatch, tmp_path):
    for path in STATIC.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(STATIC)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(STATIC)).write_bytes(path.read_bytes())
    (tmp_path / "css/base.css").write_text("body { color: red }")
    monkeypatch.setattr(site_module, "STATIC", tmp_path)
    assert build_site().build != site.build


@needs_runtime
def test_nothing_on_the_page_names_another_host(site):
    own = {path: text for path, text in site.files.items() if path.endswith((".html", ".css", ".js", ".webmanifest"))}
    found = {path: re.findall(rb"https?://[^\s\"'`)]+", text) for path, text in own.items()}
    assert {path: urls for path, urls in found.items() if urls} == {}


def test_every_file_of_the_page_has_a_media_type():
    others = [path.name for path in STATIC.rglob("*") if path.is_file() and path.suffix not in MEDIA_TYPES]
    assert others == []


def test_scripts_that_are_imported_exist():
    for path in (STATIC / "js").glob("*.js"):
        for name in re.findall(r'from "\./(.+?)"', path.read_text(encoding="utf-8")):
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"


# onnxruntime-web


def test_without_onnxruntime_web_the_remedy_is_named(tmp_path):
    with pytest.raises(DependencyError, match=r"run `make web`, which needs npm"):
        read_runtime(tmp_path)
    with pytest.raises(DependencyError, match=r"run `npm ci` in .*web"):
        copy_runtime(tmp_path, tmp_path / "vendor")


def test_webassembly_comes_back_as_it_was(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    for name in (*SCRIPTS, WASM):
        (package / name).write_bytes(name.encode() * 100)
    copy_runtime(package, tmp_path / "vendor")
    assert read_runtime(tmp_path / "vendor") == {name: name.encode() * 100 for name in (*SCRIPTS, WASM)}


def test_damaged_webassembly_is_refused(tmp_path):
    for name in SCRIPTS:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / f"{WASM}.xz").write_bytes(lzma.compress(bytes(1000))[:-20])
    with pytest.raises(DependencyError, match="lacks onnxruntime-web"):
        read_runtime(tmp_path)


# the server


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html?later=1", "text/html; charset=utf-8"),
        ("/js/a.mjs", "text/javascript; charset=utf-8"),
        ("/b.wasm", "application/wasm"),
        ("/c.onnx", "application/octet-stream"),
    ],
)
def test_files_have_the_type_that_browsers_insist_on(small, path, kind):
    with serving(small) as server:
        response, body = get(server, path)
    assert (response.status, response.headers["Content-Type"]) == (200, kind)
    assert body == small.files[path.split("?")[0].lstrip("/") or "index.html"]


def test_page_is_isolated_so_that_it_may_have_threads(small):
    with serving(small) as server:
        response, _ = get(server, "/")
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_unchanged_file_is_not_sent_again(small):
    with serving(small) as server:
        first, _ = get(server, "/b.wasm")
        again, body = get(server, "/b.wasm", If_None_Match=first.headers["ETag"])
        other, _ = get(server, "/b.wasm", If_None_Match='"something else"')
    assert (again.status, body, other.status) == (304, b"", 200)


@needs_runtime
def test_page_begins_with_less_than_half_of_its_bytes(site):
    """One network and one detector, and onnxruntime-web compressed: less than 6 MB."""
    beginning = ("models/full.onnx", "models/blazeface-back-block8.onnx")
    paths = [path for path in site.files if not path.startswith("models/") or path in beginning]
    assert set(beginning) <= set(paths)
    sent = 0
    with serving(site) as server:
        for path in paths:
            response, body = get(server, f"/{path}", Accept_Encoding="gzip")
            packed = response.headers["Content-Encoding"] == "gzip"
            assert (gzip.decompress(body) if packed else body) == site.files[path]
            sent += len(body)
    assert sent < sum(map(len, site.files.values())) / 2
    assert sent < 6e6


def test_browser_that_takes_no_gzip_gets_none(small):
    with serving(small) as server:
        response, body = get(server, "/b.wasm")
    assert (response.headers["Content-Encoding"], body) == (None, small.files["b.wasm"])


def test_head_gives_the_length_alone(small):
    with serving(small) as server:
        response, body = get(server, "/c.onnx", "HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, "1", b"")


@pytest.mark.parametrize("path", ["/nothing", "/../runtime/errors.py", "/%2e%2e/server.py", "//etc/passwd", "/js/"])
def test_nothing_but_the_page_is_served(small, path):
    with serving(small) as server:
        assert get(server, path)[0].status == 404


def test_request_that_is_no_address_is_not_found(small, capfd):
    with serving(small) as server, socket.create_connection(server.server_address[:2], timeout=10) as client:
        client.sendall(b"GET http://[x HTTP/1.1\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 404")
    assert capfd.readouterr().err == ""


def test_every_answer_forbids_frames_and_guessed_types(small):
    with serving(small) as server:
        known = get(server, "/b.wasm")[0]
        answers = [known, get(server, "/nothing")[0], get(server, "/b.wasm", If_None_Match=known.headers["ETag"])[0]]
    assert [answer.status for answer in answers] == [200, 404, 304]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("head", ["Content-Length: 28", "Transfer-Encoding: chunked", "Content-Length: -1"])
def test_body_of_a_request_is_not_taken_as_the_next_one(small, head):
    with serving(small) as server, socket.create_connection(server.server_address[:2], timeout=10) as client:
        client.sendall(f"GET /b.wasm HTTP/1.1\r\n{head}\r\n\r\nGET /c.onnx HTTP/1.1\r\n\r\n".encode())
        answer = b""
        with suppress(ConnectionError):  # the rest of the body was not read
            while part := client.recv(4096):
                answer += part
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1


def test_connections_beyond_the_limit_are_refused_until_one_ends(small, monkeypatch):
    monkeypatch.setattr("runtime.web.server.MAX_CONNECTIONS", 2)
    with serving(small) as server:
        held = [http.client.HTTPConnection(*server.server_address[:2], timeout=10) for _ in range(2)]
        for connection in held:
            connection.request("GET", "/c.onnx")
            assert connection.getresponse().read() == b"o"  # and the connection stays
        refused = get(server, "/")[0]
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        for connection in held:
            connection.close()
        for _ in range(500):
            if get(server, "/")[0].status == 200:
                break
            time.sleep(0.01)
        else:
            pytest.fail("no connection became free")


def test_request_that_never_ends_is_given_up(small, monkeypatch):
    monkeypatch.setattr("runtime.web.server._Handler.timeout", 0.1)
    with serving(small) as server, socket.create_connection(server.server_address[:2], timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert client.recv(100) == b""


def test_server_asks_no_name_service(small, monkeypatch):
    monkeypatch.setattr(socket, "getfqdn", lambda *_: pytest.fail("the name service was asked"))
    with serving(small) as server:
        assert get(server, "/")[0].status == 200


@pytest.mark.parametrize(
    ("host", "private", "name"), [("127.0.0.1", True, "localhost"), ("0.0.0.0", False, "localhost")]
)
def test_server_knows_who_can_reach_it(small, host, private, name):
    with Server(small, host) as server:
        assert (server.private, server.url) == (private, f"http://{name}:{server.server_address[1]}/")


def test_port_in_use_names_the_remedy(small):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebError, match=rf"port {port} .*choose another with --port"):
            Server(small, port=port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_impossible_port_is_refused(small, port):
    with pytest.raises(OptionError, match=rf"port={port} is outside 0..65535"):
        Server(small, port=port)


@pytest.mark.parametrize("host", ["", " ", None, 5])
def test_host_that_would_mean_all_interfaces_by_accident_is_refused(small, host):
    with pytest.raises(OptionError, match="host="):
        Server(small, host=host)


def test_address_of_another_machine_is_refused(small):
    with pytest.raises(WebError, match=r"cannot listen on 203\.0\.113\.1"):
        Server(small, host="203.0.113.1")


def test_host_that_cannot_be_a_name_is_refused(small):
    with pytest.raises(WebError, match=r"cannot listen on é\.\.x port 0"):
        Server(small, host="é..x")


# the command


@needs_runtime
def test_out_writes_a_folder_that_any_host_can_serve(site, tmp_path, capsys):
    assert main(["web", "--out", str(tmp_path / "site")]) == 0
    written = {
        path.relative_to(tmp_path / "site").as_posix(): path.read_bytes()
        for path in (tmp_path / "site").rglob("*")
        if path.is_file()
    }
    assert written == site.files
    assert "put them on any static host" in capsys.readouterr().out


@needs_runtime
def test_out_writes_over_its_own_page_but_over_nothing_else(site, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("runtime.cli.web.build_site", lambda: site)
    assert main(["web", "--out", str(tmp_path / "site")]) == 0
    assert main(["web", "--out", str(tmp_path / "site")]) == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    (tmp_path / "mine" / "models.json").write_text("{}")
    assert main(["web", "--out", str(tmp_path / "mine")]) == 2
    assert (tmp_path / "mine" / "index.html").read_text() == "mine"
    assert "holds other files" in capsys.readouterr().err


@pytest.mark.parametrize("written", [0, 1, 2])
def test_folder_of_a_run_that_was_killed_is_written_to_again(monkeypatch, tmp_path, written):
    page = Site({"index.html": b"page", "js/a.js": b"1", site_module.WORKER: site_module.SIGNATURE}, "build")
    done = []

    def write_bytes(path, content, **_):
        if len(done) == written:
            path.with_name(".0123456789abcdef.part.js").write_bytes(b"half")
            raise KeyboardInterrupt
        path.write_bytes(content)
        done.append(path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(site_module, "write_bytes", write_bytes)
        page.write(tmp_path)
    page.write(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in page.files} == page.files


@needs_runtime
@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for a single process on Windows")
def test_ctrl_c_ends_the_command_in_silence():
    command = [sys.executable, "-m", "runtime", "web", "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        assert re.fullmatch(r"the page is at http://localhost:\d+/  \(Ctrl-C ends it\)\n", line)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, "")


def test_media_type_is_by_suffix():
    assert media_type("js/app.js") == "text/javascript; charset=utf-8"
