"""Driver exceptions become ours here, and nowhere else."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from core.errors import CuepointError, IndexUnavailable, SettingsError, SpaceMismatch, StorageFull, StoreError
from core.vectors.driver import MilvusException

# Codes of pymilvus and of both Milvus back ends (milvus_lite.adapter.grpc.errors, pkg/util/merr).
_NOT_FOUND: Final = frozenset({4, 100})
_NOT_LOADED: Final = frozenset({101, 103, 201, 202})
"""Collections and partitions that are not loaded, or not to the end."""
_AWAY: Final = frozenset({2, 8, 9})
"""Fail connecting, rate limit, writes denied for now."""
_NOT_READY: Final = frozenset({400, 401, 500, 501, 502, 503, 600, 601, 602, 603, 901, 902, 903, 904, 905})
"""A part of the server is missing (replica, channel, segment, node), as while it starts or recovers."""

_FULL: Final = ("no space left on device", "errno 28", "disk quota exceeded", "memory quota exceeded")
_REFUSED: Final = ("unauthenticated", "auth check failure", "permission_denied", "permission denied")
_WRONG_ADDRESS: Final = ("verify that your uri", "illegal uri", "is illegal, needs start with")
_SILENT: Final = (
    "unavailable",
    "deadline",
    "timeout",
    "timed out",
    "closed channel",
    "channel closed",
    "should create connection first",
    "retry run out",
)
_STARTING: Final = (
    "not ready",
    "not healthy",
    "is initializing",
    "no available node",
    "leader not available",
)

FULL_MESSAGE: Final = "The disk is full. Free some space; the work then goes on."
AWAY_MESSAGE: Final = (
    "Milvus does not answer. Check that the server named by MILVUS_URI runs; Cuepoint goes on by itself "
    "when it is back."
)
NOT_READY_MESSAGE: Final = "Milvus is starting or recovering. Cuepoint goes on by itself when it is ready."
PREPARING_MESSAGE: Final = "The index is being prepared. Try again in a moment."


class CollectionMissing(StoreError):
    """A collection was dropped between looking for it and using it. Readers take it for empty."""


class CollectionReleased(IndexUnavailable):
    """A collection is not loaded at this moment, as while its index is changed."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise our own error for whatever the driver raises inside; ``doing`` completes "could not ..."."""
    try:
        yield
    except CuepointError:
        raise
    except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, OSError, ValueError) as exc:
        raise explained(exc, doing) from exc


def explained(exc: BaseException, doing: str) -> CuepointError:
    """Return the error that tells a person what happened and what to do next."""
    code, text = _code(exc), str(exc).lower()
    if is_full(exc) or any(sign in text for sign in _FULL):
        return StorageFull(FULL_MESSAGE)
    if any(sign in text for sign in _REFUSED):
        return StoreError("Milvus refuses the sign-in. Check MILVUS_TOKEN.")
    if any(sign in text for sign in _WRONG_ADDRESS):
        return SettingsError(
            "MILVUS_URI does not lead to a Milvus server. An address looks like http://localhost:19530, a "
            "file like ./data/milvus.db."
        )
    if "database not found" in text:
        return SettingsError(
            "Milvus has no database of the name that MILVUS_URI ends in. Create it there, or leave the name "
            "away."
        )
    if code in _NOT_FOUND:
        return CollectionMissing("This part of the index was removed meanwhile. Try again.")
    if code in _NOT_LOADED or "collection not loaded" in text:
        return CollectionReleased(PREPARING_MESSAGE)
    if code in _NOT_READY or getattr(exc, "retriable", False) or any(sign in text for sign in _STARTING):
        return IndexUnavailable(NOT_READY_MESSAGE)
    if code in _AWAY or any(sign in text for sign in _SILENT):
        return IndexUnavailable(AWAY_MESSAGE)
    if "expected dim" in text or "dimension" in text:
        return SpaceMismatch("The vectors do not fit this index. Index the video again.")
    return StoreError(
        f"Milvus could not {doing}. The log has the cause; if it stays so, `make rebuild` writes the "
        "index anew without embedding anything."
    )


def is_full(exc: BaseException) -> bool:
    """Return whether an operating system error says that there is no room left."""
    return isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT)


def _code(exc: BaseException) -> int | None:
    """Return Milvus' number for the error; pymilvus sometimes puts gRPC's status there instead."""
    code = getattr(exc, "code", None)
    return code if isinstance(code, int) else None
