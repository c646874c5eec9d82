"""Tables of faces as JSON, JSON Lines, CSV and Parquet: writers, and one reader for all.

Apart from ``import runtime``, which loads none of it.

Example::

    from runtime.tables import ImageResult, ParquetWriter, read_table

    with ParquetWriter("faces.parquet", ImageResult) as writer:
        writer.write(ImageResult("photo.jpg", 512, 512, predictor(image)))
    rows = read_table("faces.parquet")
"""

from runtime.media.files.parquet_tables import ParquetWriter
from runtime.media.files.result_tables import CsvWriter, ImageResult, JsonLinesWriter, JsonWriter, VideoFrameResult
from runtime.media.files.table_reader import TableRow, read_table

__all__ = [
    "CsvWriter",
    "ImageResult",
    "JsonLinesWriter",
    "JsonWriter",
    "ParquetWriter",
    "TableRow",
    "VideoFrameResult",
    "read_table",
]
