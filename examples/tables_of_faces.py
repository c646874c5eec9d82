"""Write the faces of pictures as a table, read it back, and draw from the table alone.

::

    python examples/tables_of_faces.py photos/*.jpg --table faces.csv      # or .json, .parquet (pip install pyarrow)
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2

from runtime import Predictor, draw_faces, read_image
from runtime.tables import CsvWriter, ImageResult, JsonWriter, ParquetWriter, read_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table, read it, and write ``NAME-marked.png`` for each picture in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--table", type=Path, default=Path("faces.csv"), help="table to write (default: faces.csv)")
    options = parser.parse_args(arguments)
    writer: JsonWriter | CsvWriter | ParquetWriter
    if options.table.suffix == ".json":
        writer = JsonWriter(options.table)
    elif options.table.suffix == ".parquet":
        writer = ParquetWriter(options.table, ImageResult)
    else:
        writer = CsvWriter(options.table, ImageResult)
    with Predictor() as predictor, writer:
        for picture in options.pictures:
            image = read_image(picture)
            writer.write(ImageResult(picture, image.shape[1], image.shape[0], predictor(image)))

    for row in read_table(options.table):
        if row.image is not None and row.index == 0:
            print(f"{row.image}: largest face looks {row.face.pose.yaw:+.0f} degrees to the side")
            marked = draw_faces(read_image(row.image), row.face)
            cv2.imwrite(f"{Path(row.image).stem}-marked.png", marked)


if __name__ == "__main__":
    main()
