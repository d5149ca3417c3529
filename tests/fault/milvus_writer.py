"""A process that writes to Milvus Lite until it is killed: ``python -m tests.fault.milvus_writer DB SEED``.

It says ``begin <video> <write>`` before each write and ``done <video> <write> <rows>`` after; ``rows``
is 0 for a deletion. What is written follows from the number of the write alone; some writes go together.
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
        # Every third time several videos at once.
        writes = range(write + 1, write + (5 if write % 3 == 0 else 2))
        videos = {each: f"v{each * 7 % 11}" for each in writes}
        for each, video_id in videos.items():
            print("begin", video_id, each, flush=True)
        rows = {each: embeddings_of(each) for each in writes}
        if len(writes) > 1 or rows[writes[0]]:
            index.replace_videos(
                SPACE, [(about(videos[each], category=f"w{each}"), rows[each]) for each in writes]
            )
        else:
            index.delete_video(videos[writes[0]])
        for each, video_id in videos.items():
            print("done", video_id, each, len(rows[each]), flush=True)
        write = writes[-1]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
