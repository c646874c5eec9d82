"""Environment maps: the light from all directions, and the camera's view of the surroundings.

A panorama is (H, 2 H, 3) float32 linear RGB radiance, equirectangular, in the camera frame: row 0 looks up (+y), the
middle column looks where the camera looks (-z), columns to the right look to the image's right (+x).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from export.synthesis.mesh import Floats

FOLDER = Path(__file__).parent / "environments"
# How the files hold radiance: levels = log(1 + 60 r) / log(1 + 60 * 6), brighter pixels beside it as they are.
CODE_SLOPE, CODE_LIMIT = 60.0, 6.0
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class KeyLight:
    """One light that casts shadows.

    Attributes:
        direction: (3,) unit vector towards the light, camera frame.
        colour: (3,) linear RGB; a white matt surface that faces the light gets this radiance.
        softness: tangent of the light's angular radius: 0.005 the sun, 0.1 a lamp, 0.5 a window.
    """

    direction: Floats
    colour: Floats
    softness: float


class Environments:
    """The stored panoramas, each decoded once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """List the maps.

        Args:
            folder: folder with ``highlights.npz`` and the maps in its subfolders.

        Raises:
            FileNotFoundError: ``folder`` lacks the maps.
        """
        self._files = {path.stem: path for path in sorted(folder.glob("*/*.webp"), key=lambda path: path.stem)}
        if not self._files:
            raise FileNotFoundError(
                f"no environment maps (*/*.webp) in {folder}: restore export/synthesis/lighting/environments"
            )
        with np.load(folder / "highlights.npz") as highlights:
            self._highlights = {name: highlights[name] for name in highlights.files}
        self._decoded: dict[str, Floats] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the maps in alphabetical order, whatever their subfolders."""
        return tuple(self._files)

    def panorama(self, name: str) -> Floats:
        """Return a map.

        Args:
            name: name of the map.

        Returns:
            Radiance (256, 512, 3), read-only; the geometric mean of its luminance is 0.18.

        Raises:
            ValueError: there is no such map.
        """
        if name not in self._files:
            raise ValueError(f"no environment map {name!r}: choose one of {', '.join(self._files)}")
        if name not in self._decoded:
            encoded = np.frombuffer(self._files[name].read_bytes(), np.uint8)
            picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
            levels = picture[..., ::-1].astype(np.float32) / 255
            radiance = (np.expm1(levels * math.log1p(CODE_SLOPE * CODE_LIMIT)) / CODE_SLOPE).astype(np.float32)
            radiance.reshape(-1, 3)[self._highlights[f"{name}_at"]] = self._highlights[f"{name}_rgb"]
            radiance.setflags(write=False)
            self._decoded[name] = radiance
        return self._decoded[name]


def directions(height: int) -> Floats:
    """Compute the unit vectors (height, 2 height, 3) that a panorama's pixels look along."""
    elevation = (math.pi / 2 - (np.arange(height) + 0.5) * math.pi / height)[:, None]
    azimuth = ((np.arange(2 * height) + 0.5) * math.pi / height - math.pi)[None, :]
    level = np.cos(elevation)
    rows = np.broadcast_to(np.sin(elevation), (height, 2 * height))
    return np.stack([level * np.sin(azimuth), rows, -level * np.cos(azimuth)], axis=-1).astype(np.float32)


def solid_angles(height: int) -> Floats:
    """Compute the solid angles (height, 2 height) of a panorama's pixels in steradians; they add up to 4 pi."""
    edges = np.sin(math.pi / 2 - np.arange(height + 1) * math.pi / height)
    row = (edges[:-1] - edges[1:]) * (math.pi / height)
    return np.broadcast_to(row[:, None], (height, 2 * height)).astype(np.float32)


def locate(vectors: Floats, height: int) -> tuple[Floats, Floats]:
    """Find where a panorama shows directions.

    Args:
        vectors: (..., 3) unit vectors, camera frame.
        height: rows of the panorama.

    Returns:
        Columns (...) and rows (...), fractional.
    """
    column = (np.arctan2(vectors[..., 0], -vectors[..., 2]) + math.pi) * (height / math.pi) - 0.5
    row = (math.pi / 2 - np.arcsin(np.clip(vectors[..., 1], -1, 1))) * (height / math.pi) - 0.5
    return column.astype(np.float32), row.astype(np.float32)


def turn(panorama: Floats, yaw: float, tilt: float = 0.0, mirror: bool = False) -> Floats:
    """Turn the surroundings.

    Args:
        panorama: (H, 2 H, 3).
        yaw: degrees about the vertical.
        tilt: degrees about the viewing axis, after that.
        mirror: swap left and right first.
    """
    height, width = panorama.shape[:2]
    turned = np.roll(panorama[:, ::-1] if mirror else panorama, round(yaw / 360 * width), axis=1)
    if tilt == 0:
        return np.ascontiguousarray(turned)
    sine, cosine = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
    rotation = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]], np.float32)
    column, row = locate(directions(height) @ rotation.T, height)
    return cv2.remap(turned, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)  # type: ignore[return-value]


def harmonics_basis(normals: Floats) -> Floats:
    """Evaluate the nine polynomials (N, 9) of order 2 of :func:`irradiance_harmonics` at normals (N, 3)."""
    x, y, z = normals[:, 0], normals[:, 1], normals[:, 2]
    terms = [np.ones_like(x), x, y, z, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y]
    return np.stack(terms, axis=1)


def irradiance_harmonics(panorama: Floats) -> Floats:
    """Compute the irradiance of a panorama over pi.

    Ramamoorthi and Hanrahan, "An Efficient Representation for Irradiance Environment Maps", SIGGRAPH 2001. A white matt
    surface under a constant panorama of radiance 1 gets 1.

    Args:
        panorama: (H, 2 H, 3).

    Returns:
        (9, 3) float32 coefficients: ``harmonics_basis(n) @ coefficients`` is the light at normals n.
    """
    height = 32
    small = cv2.resize(panorama, (2 * height, height), interpolation=cv2.INTER_AREA)
    basis = harmonics_basis(directions(height).reshape(-1, 3))
    weighted = small.reshape(-1, 3) * solid_angles(height).reshape(-1, 1)
    # squared normalisation of each polynomial times the cosine lobe's band factor (1, 2/3, 1/4)
    norms = np.array([1, 3, 3, 3, 15, 15, 1.25, 15, 3.75]) / (4 * math.pi)
    bands = np.array([1] + [2 / 3] * 3 + [1 / 4] * 5)
    return (basis.T @ weighted * (norms * bands)[:, None]).astype(np.float32)


def extract_keys(panorama: Floats, count: int = 3, reach: float = 25.0) -> tuple[tuple[KeyLight, ...], Floats]:
    """Take bright spots out of a panorama as key lights, so that nothing is counted twice.

    A spot is the radiance above 2.5 times the average around the brightest place. Spots with less than 6 % of all
    light stay in the panorama.

    Args:
        panorama: (H, 2 H, 3).
        count: greatest number of key lights.
        reach: radius of a spot in degrees.

    Returns:
        The key lights, strongest first, and the panorama (64, 128, 3) without them.
    """
    height = 64
    rest = cv2.resize(panorama, (2 * height, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    vectors, angles = directions(height), solid_angles(height)
    luminance = rest @ LUMINANCE
    total = float((luminance * angles).sum())
    limit = 2.5 * float((np.minimum(luminance, 8 * np.median(luminance) + 1e-6) * angles).sum()) / (4 * math.pi)
    keys = []
    for _ in range(count):
        excess = np.maximum(luminance - limit, 0) * angles
        spread = cv2.GaussianBlur(np.hstack([excess] * 2), (0, 0), 2.5)[:, height : 3 * height]
        row, column = np.unravel_index(int(spread.argmax()), spread.shape)
        near = vectors @ vectors[row, (column + height) % (2 * height)] > math.cos(math.radians(reach))
        power = float(excess[near].sum())
        if power < 0.06 * total:
            break
        share = (excess[near] / (luminance[near] * angles[near]))[:, None]
        light = (rest[near] * share * angles[near][:, None]).sum(axis=0)
        mean = (vectors[near] * excess[near][:, None]).sum(axis=0) / power
        length = float(np.linalg.norm(mean))
        # the mean of unit vectors within an even disc of angular radius r has length 1 - r^2 / 4
        softness = math.tan(min(2 * math.sqrt(max(1 - length, 0)), 1.0))
        keys.append(KeyLight(mean / length, light / math.pi, max(softness, 0.005)))
        rest[near] *= 1 - share
        luminance = rest @ LUMINANCE
    return tuple(sorted(keys, key=lambda key: -float(key.colour @ LUMINANCE))), rest


def view(panorama: Floats, size: int, field_of_view: float, elevation: float = 0.0) -> Floats:
    """Render what a camera sees of the surroundings.

    Args:
        panorama: (H, 2 H, 3).
        size: side of the picture in pixels.
        field_of_view: degrees across the side.
        elevation: degrees that the camera looks up.

    Returns:
        (size, size, 3) float32 linear RGB.
    """
    half = math.tan(math.radians(field_of_view) / 2)
    axis = ((np.arange(size) + 0.5) * 2 / size - 1) * half
    rays = np.empty((size, size, 3), np.float32)
    sine, cosine = math.sin(math.radians(elevation)), math.cos(math.radians(elevation))
    rays[..., 0] = axis[None, :]
    rays[..., 1] = cosine * -axis[:, None] + sine
    rays[..., 2] = sine * -axis[:, None] - cosine
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    column, row = locate(rays, panorama.shape[0])
    # interpolated as logarithms: cubic weights ring around lamps otherwise
    logs = np.log(np.minimum(panorama, 50) + 1e-3)
    picture = cv2.remap(logs, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return np.exp(picture).astype(np.float32)
