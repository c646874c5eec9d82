"""A web service: POST a picture, get its faces as JSON.

::

    uvicorn --app-dir examples/service app:app --port 8000
    curl --data-binary @photo.jpg http://127.0.0.1:8000/faces

Environment: `FACES_MODEL` (full), `FACES_THREADS` (2), `FACES_WAITING` (16), `FACES_MAX_BYTES` (20000000).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from answers import ErrorAnswer, ImageAnswer
from fastapi import FastAPI, HTTPException, Request, Response
from metrics import FACES, PREDICT_SECONDS, exposition, forget_process, measured
from starlette.requests import ClientDisconnect

from runtime import ImageError, Predictor, read_image

MODEL = os.environ.get("FACES_MODEL", "full")
THREADS = int(os.environ.get("FACES_THREADS", "2"))
WAITING = int(os.environ.get("FACES_WAITING", "16"))  # requests beside those in the threads; they hold their pictures
MAX_BYTES = int(os.environ.get("FACES_MAX_BYTES", "20000000"))
BODY_SECONDS = 30
FORMS = ("multipart/form-data", "application/json")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the networks before the first request; one predictor serves all threads."""
    with Predictor(MODEL) as predictor, ThreadPoolExecutor(THREADS) as threads:
        app.state.predictor, app.state.threads, app.state.places = predictor, threads, THREADS + WAITING
        yield
    forget_process()


app = FastAPI(title="Faces", lifespan=lifespan)


@app.post(
    "/faces",
    response_model=ImageAnswer,
    responses={status: {"model": ErrorAnswer} for status in (400, 408, 413, 415, 503)},
    openapi_extra={
        "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def faces(request: Request) -> Response:
    """Find the faces of the picture that is the request's body: JPEG, PNG, WebP, AVIF and others."""
    with measured():
        if app.state.places == 0:
            raise HTTPException(503, "all threads are busy; try again in a second", {"Retry-After": "1"})
        app.state.places -= 1
        try:
            content = await picture(request)
            work = partial(find, app.state.predictor, content)
            answer = await asyncio.get_running_loop().run_in_executor(app.state.threads, work)
        except ImageError as error:
            raise HTTPException(400, f"{error}; send a picture file as it is on disk") from error
        finally:
            app.state.places += 1
    return Response(answer, media_type="application/json")


async def picture(request: Request) -> bytes:
    """Read the body of a request, within the limits of size and time."""
    if request.headers.get("content-type", "").startswith(FORMS):
        raise HTTPException(415, "send the file itself as the body, not a form: curl --data-binary @photo.jpg URL")
    too_large = HTTPException(413, f"more than {MAX_BYTES} bytes; shrink the picture", {"Connection": "close"})
    if int(request.headers.get("content-length", 0)) > MAX_BYTES:
        raise too_large
    body = bytearray()

    async def read() -> None:
        async for chunk in request.stream():
            body.extend(chunk)
            if len(body) > MAX_BYTES:
                raise too_large

    try:
        await asyncio.wait_for(read(), BODY_SECONDS)
    except (asyncio.TimeoutError, ClientDisconnect) as error:
        text = f"the body did not arrive within {BODY_SECONDS} seconds; send it again"
        raise HTTPException(408, text, {"Connection": "close"}) from error
    if not body:
        raise HTTPException(400, "the body is empty; send a picture file: curl --data-binary @photo.jpg URL")
    return bytes(body)


def find(predictor: Predictor, content: bytes) -> str:
    """Decode a picture, find its faces and write the answer, in a thread: the event loop stays free."""
    with PREDICT_SECONDS.time():
        image = read_image(content)
        found = predictor(image)
    FACES.inc(len(found))
    height, width = image.shape[:2]
    values = {"width": width, "height": height, "faces": [face.to_dict() for face in found]}
    return ImageAnswer.model_validate(values).model_dump_json()


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the networks are loaded; the service answers nothing before."""
    return {"status": "ok"}


@app.get("/metrics")
async def metrics() -> Response:
    """Return what Prometheus reads."""
    return Response(exposition(), media_type="text/plain; version=0.0.4")
