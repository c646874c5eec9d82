"""A web service of the standard library: POST a picture, get its faces as JSON.

::

    python examples/apps/web_service.py --port 8000
    curl --data-binary @photo.jpg http://127.0.0.1:8000/faces
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from runtime import ImageError, Predictor, read_image

MAX_BYTES = 20_000_000


class FaceServer(ThreadingHTTPServer):
    """A thread for each request; they share one predictor."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], predictor: Predictor) -> None:
        super().__init__(address, FaceHandler)
        self.predictor = predictor


class FaceHandler(BaseHTTPRequestHandler):
    """Answers ``POST /faces``."""

    server: FaceServer

    def do_POST(self) -> None:
        """Find the faces of the picture in the request's body."""
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/faces":
            self._answer(404, {"error": "POST a picture to /faces"})
        elif not 0 < length <= MAX_BYTES:
            self.close_connection = True  # the body stays unread
            self._answer(413, {"error": f"a picture of 1 to {MAX_BYTES} bytes is needed"})
        else:
            try:
                image = read_image(self.rfile.read(length))
            except ImageError as error:
                self._answer(400, {"error": str(error)})
                return
            self._answer(200, {"faces": [face.to_dict() for face in self.server.predictor(image)]})

    def _answer(self, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    with Predictor() as predictor, FaceServer(("127.0.0.1", options.port), predictor) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
