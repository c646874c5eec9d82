"""Find the faces of a photograph: python examples/start.py photo.jpg marked.jpg."""

import sys

import cv2

from runtime import Predictor, draw_faces, read_image


def main(picture: str, marked: str = "marked.jpg") -> None:
    """Print a line for each face and write the photograph with its points."""
    image = read_image(picture)  # (H, W, 3) uint8 BGR, upright
    with Predictor() as predictor:
        faces = predictor(image)  # the largest first; an empty list where there is none
    for face in faces:
        x, y, _ = face.part("left_eye").mean(axis=0)  # the person's own left
        print(f"confidence {face.confidence:.2f}, yaw {face.pose.yaw:+.0f} degrees, left eye at {x:.1f}, {y:.1f}")
    cv2.imwrite(marked, draw_faces(image, faces))


if __name__ == "__main__":
    main(*sys.argv[1:])
