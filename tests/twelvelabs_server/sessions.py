"""A multipart upload session: its chunks, its presigned addresses, and how it becomes an asset."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.twelvelabs_server.account import Asset, stamp


@dataclass
class Chunk:
    """A part of the file; it counts only once it was reported."""

    index: int
    size: int
    etag: str = ""
    received: int = 0
    status: str = "pending"
    updated_at: float = 0.0
    error: str | None = None

    def shown(self) -> dict[str, Any]:
        moment = stamp(self.updated_at) if self.updated_at else None
        told: dict[str, Any] = {
            "index": self.index,
            "status": self.status,
            "uploaded_at": moment if self.status == "completed" else None,
            "updated_at": moment,
        }
        return told | ({"error": self.error} if self.error else {})


@dataclass
class Session:
    """An upload in chunks of one size, the last one being what is left."""

    id: str
    asset: Asset
    total_size: int
    chunk_size: int
    created_at: float
    expires_at: float
    folder: Path
    chunks: dict[int, Chunk] = field(default_factory=dict)
    addresses: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Signature to chunk and expiry; taken out by its first use."""

    def __post_init__(self) -> None:
        for index in range(1, -(-self.total_size // self.chunk_size) + 1):
            left = self.total_size - (index - 1) * self.chunk_size
            self.chunks[index] = Chunk(index, min(self.chunk_size, left))

    @property
    def completed(self) -> int:
        return sum(chunk.status == "completed" for chunk in self.chunks.values())

    def status(self, now: float) -> str:
        if self.completed == len(self.chunks):
            return "completed"
        return "expired" if now >= self.expires_at else "active"

    def open(self, now: float) -> bool:
        return self.status(now) == "active"

    def sign(self, root: str, index: int, expires_at: float) -> dict[str, Any]:
        """Return a new address for a chunk."""
        signature = secrets.token_hex(16)
        self.addresses[signature] = (index, expires_at)
        return {
            "chunk_index": index,
            "url": f"{root}/chunks/{self.id}/{index}?X-Amz-Expires=3600&X-Amz-Signature={signature}",
            "expires_at": stamp(expires_at),
        }

    def part(self, index: int) -> Path:
        return self.folder / f"{self.id}.{index}"

    def report(self, said: dict[str, Any], now: float) -> str:
        """Take note that a chunk is said to be there: "processed", "duplicate" or "failed"."""
        chunk = self.chunks[said["chunk_index"]]
        if chunk.status == "completed":
            return "duplicate"
        chunk.updated_at = now
        good = str(said.get("proof", "")).strip('"') == chunk.etag and chunk.etag != ""
        whole = said.get("chunk_size") == chunk.size == chunk.received
        chunk.status = "completed" if good and whole else "failed"
        chunk.error = None if good and whole else "The chunk does not match its proof or its size."
        return "processed" if good and whole else "failed"

    def assemble(self) -> str:
        """Join the chunks to the asset's file and return its SHA-256."""
        digest = hashlib.sha256()
        target = self.folder / self.asset.id
        with target.open("wb") as whole:
            for index in sorted(self.chunks):
                part = self.part(index)
                with part.open("rb") as file:
                    while block := file.read(1024 * 1024):
                        digest.update(block)
                        whole.write(block)
                part.unlink()
        self.asset.path, self.asset.size = target, self.total_size
        return digest.hexdigest()
