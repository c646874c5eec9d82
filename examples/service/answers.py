"""Types of the answers: those of `landmarks predict --json`, for validation and for the page /docs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

Box = Annotated[list[float], Field(min_length=4, max_length=4, description="x1, y1, x2, y2 in image pixels")]
Point = Annotated[list[float], Field(min_length=3, max_length=3)]
Share = Annotated[float, Field(ge=0, le=1)]


class PoseAnswer(BaseModel):
    """Rotation of the head in degrees; null where the points have no orientation."""

    yaw: float | None = Field(description="positive: turned towards the right side of the image")
    pitch: float | None = Field(description="positive: looks up")
    roll: float | None = Field(description="positive: leans clockwise in the image")


class FaceAnswer(BaseModel):
    """One face, as `Face.to_dict` gives it and `Face.from_dict` reads it."""

    track: int | None = Field(description="null: pictures have no tracks")
    box: Box
    score: Share = Field(description="of the detector")
    confidence: Share = Field(description="of the landmark network: whether this is a face")
    pose: PoseAnswer
    landmarks: list[Point] = Field(min_length=68, max_length=68, description="x, y, z in pixels, iBUG 300-W order")


class ImageAnswer(BaseModel):
    """The faces of one image, the largest first."""

    width: int = Field(description="pixels, after the EXIF orientation")
    height: int
    faces: list[FaceAnswer]


class ErrorAnswer(BaseModel):
    """Why there is no answer, and what to do."""

    detail: str
