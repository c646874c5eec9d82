"""A small web server for the page, out of the standard library."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import logging
import os
import socket
import socketserver
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from runtime.checks import is_whole
from runtime.errors import OptionError, WebError
from runtime.web.site import Site, media_type

logger = logging.getLogger(__name__)

HEADERS = {
    # both together isolate the page, without which browsers give it no threads
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # ask each time; the answer is "not modified" as long as nothing changed
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    # the page's own policy is in its HTML, where this directive has no effect: no other page may frame it
    "Content-Security-Policy": "frame-ancestors 'none'",
}

MAX_CONNECTIONS = 64
"""Connections at once, each of which has a thread; a browser opens six."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

PACKED = (".wasm", ".mjs", ".js", ".css", ".html", ".json", ".onnx")
"""Files that are sent compressed to browsers that take it: onnxruntime-web is a quarter as large then."""


class Server(ThreadingHTTPServer):
    """Serves a :class:`Site` from memory; requests cannot reach the file system.

    Example::

        with Server(build_site()) as server:
            print(server.url)
            server.serve_forever()
    """

    daemon_threads = True
    # on Windows this option would let two programs listen on one port
    allow_reuse_address = os.name != "nt"

    def __init__(self, site: Site, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen.

        Args:
            site: what to serve.
            host: address to listen on; 127.0.0.1 is this machine alone, 0.0.0.0 the whole network.
            port: 0 takes any free one.

        Raises:
            OptionError: no such port, or an empty host, which would mean the whole network.
            WebError: the port is taken, or the address is not this machine's.
        """
        if not is_whole(port) or not 0 <= port <= 65535:
            raise OptionError(f"port={port!r} is outside 0..65535")
        if not isinstance(host, str) or not host.strip():
            raise OptionError(
                f"host={host!r}: an address is needed; 127.0.0.1 is this machine alone, 0.0.0.0 the whole network"
            )
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.show(site)
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        try:
            super().__init__((host, port), _Handler)
        except (OSError, TypeError) as error:  # TypeError: a host that cannot be a name
            reason = getattr(error, "strerror", None) or error
            raise WebError(
                f"cannot listen on {host} port {port} ({reason}); choose another with --port, 0 takes any free one"
            ) from error

    def server_bind(self) -> None:
        """Bind without what ``HTTPServer`` adds: it asks the name service, which takes seconds where none answers."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """Handle a connection in a thread of its own, or refuse it where there are :data:`MAX_CONNECTIONS`."""
        if self._free.acquire(blocking=False):
            try:
                super().process_request(request, client_address)
            except BaseException:  # no thread could be started
                self._free.release()
                raise
        else:
            with suppress(OSError):
                request.send(BUSY)  # type: ignore[union-attr]
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """Handle a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def show(self, site: Site) -> None:
        """Serve this page from now on."""
        self.site = site
        self._packed: dict[str, bytes] = {}
        self._packing = threading.Lock()
        self.tags = {path: f'"{hashlib.sha256(content).hexdigest()[:32]}"' for path, content in site.files.items()}

    def packed(self, path: str) -> bytes | None:
        """Compress the file with gzip when it is first requested; None for one that is sent as it is."""
        if not path.endswith(PACKED):
            return None
        with self._packing:
            if path not in self._packed:
                self._packed[path] = gzip.compress(self.site.files[path], 6, mtime=0)
            return self._packed[path]

    @property
    def private(self) -> bool:
        """Whether this machine alone can reach the page."""
        return ipaddress.ip_address(str(self.server_address[0])).is_loopback

    @property
    def url(self) -> str:
        """Where the page is; an address that means all of this machine's is given as localhost."""
        host, port = str(self.server_address[0]), self.server_address[1]
        if self.private or ipaddress.ip_address(host).is_unspecified:
            return f"http://localhost:{port}/"
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "landmarks"
    timeout = 60

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            # with this answer the connection ends: the body would be read as the next request
            self.send_error(HTTPStatus.BAD_REQUEST, "a request for a file has no body")
            return
        path = unquote(self.path.partition("?")[0]).lstrip("/") or "index.html"
        content = self.server.site.files.get(path)
        if content is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        tag = self.server.tags[path]
        packed = self.server.packed(path) if "gzip" in self.headers.get("Accept-Encoding", "") else None
        unchanged = tag in self.headers.get("If-None-Match", "")
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else HTTPStatus.OK)
        self.send_header("Content-Type", media_type(path))
        self.send_header("ETag", tag)
        if path.endswith(PACKED):
            self.send_header("Vary", "Accept-Encoding")
        if packed is not None:
            self.send_header("Content-Encoding", "gzip")
            content = packed
        if not unchanged:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body and not unchanged:
            self.wfile.write(content)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError as error:  # a browser that went on to another page
            logger.debug("%s: %s", self.client_address[0], error)

    def log_message(self, format: str, *args: object) -> None:
        logger.debug("%s: %s", self.client_address[0], format % args)
