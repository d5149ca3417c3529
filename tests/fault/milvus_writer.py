"""A process that writes to Milvus Lite until it is killed: ``python -m tests.fault.milvus_writer DB SEED``.

It says ``begin <video> <write>`` before each write and ``done <video> <write> <rows>`` after; ``rows``
is 0 for a deletion. What is written follows from the number of the write alone.
"""

from __future__ import annotations

import sys

import numpy as np

from core.model import Embedding
from core.vectors.milvus import MilvusIndex
from tests.vector_stores import SPACE, about, clips, random_vectors


def embeddings_of(write: int) -> list[Embedding]:
    """Return what this write stores; about one in six stores nothing and deletes."""
    random = np.random.default_rng(write)
    count = 0 if random.random() < 0.16 else int(random.integers(1, 60))
    return [*clips(random_vectors(write, count)), *clips(random_vectors(write + 1, count), "audio")]


def main(database: str, first: int) -> None:
    index = MilvusIndex(database)
    write = first
    while True:
        write += 1
        video_id = f"v{write * 7 % 11}"
        print("begin", video_id, write, flush=True)
        embeddings = embeddings_of(write)
        if embeddings:
            index.replace_video(SPACE, about(video_id, category=f"w{write}"), embeddings)
        else:
            index.delete_video(video_id)
        print("done", video_id, write, len(embeddings), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
