"""Archives of pictures and videos, annotated as shards of Parquet in runs that may be interrupted.

Apart from ``import runtime``, which loads none of it. Needs pyarrow (extra ``[parquet]``); ``engine="ray"`` needs Ray
Data (extra ``[ray]``).

Example::

    from runtime.archives import annotate

    if __name__ == "__main__":  # worker processes read this file again
        print(annotate("photos/", "tables/"))
"""

from runtime.archives.annotation import ENGINES, SHARD_SIZE, Annotation, annotate
from runtime.archives.parquet_sources import SourceTable
from runtime.archives.progress import Progress
from runtime.archives.sources import Entry, list_entries
from runtime.archives.video_run import faces_of_video

__all__ = [
    "ENGINES",
    "SHARD_SIZE",
    "Annotation",
    "Entry",
    "Progress",
    "SourceTable",
    "annotate",
    "faces_of_video",
    "list_entries",
]
