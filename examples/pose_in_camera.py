"""Where each head is in front of the camera, in millimetres, with its axes drawn.

::

    python examples/pose_in_camera.py photo.jpg --out axes.png
    python examples/pose_in_camera.py photo.jpg --focal 1450        # from a calibration, in pixels
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2

from runtime import Predictor, camera_pose, default_intrinsics, draw_axes, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the place of each head and write the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("--focal", type=float, help="focal length in pixels (default: the picture's longer side)")
    parser.add_argument("--out", default="axes.png", help="the picture with axes (default: axes.png)")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    intrinsics = default_intrinsics(image.shape)
    if options.focal:
        intrinsics[[0, 1], [0, 1]] = options.focal
    with Predictor() as predictor:
        faces = predictor(image)
    marked = image
    for face in faces:
        pose = camera_pose(face, image.shape, intrinsics)
        right, down, away = pose.translation
        print(f"{right:+.0f} mm right, {down:+.0f} mm down, {away:.0f} mm away, yaw {pose.pose.yaw:+.0f} degrees")
        marked = draw_axes(marked, pose)
    cv2.imwrite(options.out, marked)


if __name__ == "__main__":
    main()
