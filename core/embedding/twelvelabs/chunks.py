"""How a large file is cut into parts, and a part as a stream of its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from core.errors import EngineUnavailable, MediaMissing

if TYPE_CHECKING:
    from twelvelabs.types.presigned_url_chunk import PresignedUrlChunk

    from core.embedding.port import Report

_READ_BYTES: Final = 256 * 1024


@dataclass(slots=True)
class Session:
    """An upload in parts, as the provider told how to cut the file. Parts are counted from 1."""

    upload_id: str
    chunk_bytes: int
    parts: int
    total_bytes: int
    missing: list[int]
    urls: dict[int, str] = field(default_factory=dict)
    """Each may be used once."""
    headers: dict[str, str] = field(default_factory=dict)

    def span(self, part: int) -> tuple[int, int]:
        """Return where a part begins in the file, and how many bytes it has."""
        begin = (part - 1) * self.chunk_bytes
        return begin, min(self.chunk_bytes, self.total_bytes - begin)

    def take(self, given: list[PresignedUrlChunk] | None) -> None:
        for chunk in given or []:
            if chunk.chunk_index is not None and chunk.url:
                self.urls[chunk.chunk_index] = chunk.url

    def check_cut(self) -> None:
        """Refuse a cut that does not give the whole file. Raises: EngineUnavailable."""
        if self.chunk_bytes < 1 or self.parts != -(-self.total_bytes // self.chunk_bytes):
            raise EngineUnavailable("Twelve Labs did not say how to upload this file. It is tried again.")


def reading(
    file: BinaryIO, begin: int, length: int, done: int, total: int, report: Report
) -> Iterator[bytes]:
    """Yield the bytes of one part, reporting how much of the whole file has gone up."""
    file.seek(begin)
    left = length
    while left:
        report((done + length - left) / max(1, total))
        block = file.read(min(_READ_BYTES, left))
        if not block:
            raise MediaMissing("The file of this video became shorter meanwhile. Add it again.")
        left -= len(block)
        yield block
