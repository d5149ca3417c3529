"""Our files at Twelve Labs: brought there under names of our own, asked about, deleted."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, Final, cast
from uuid import uuid4

from core.embedding.port import TaskStatus
from core.embedding.twelvelabs.asking import PAGE_LIMIT, Ages, all_pages
from core.embedding.twelvelabs.limits import fitting_of
from core.embedding.twelvelabs.multipart import Multipart
from core.errors import EngineUnavailable, MediaMissing, NotFound
from core.media.fitting import write_fitted

if TYPE_CHECKING:
    from twelvelabs.types.asset_detail import AssetDetail

    from core.embedding.port import Report, SaveTicket, Source
    from core.embedding.twelvelabs.calls import Calls
    from core.model import Ticket

log = logging.getLogger(__name__)

DIRECT_BYTES: Final = 200_000_000
"""Larger files go up in parts. Source: “up to 200 MB” (`assets.create`), read as its smaller meaning."""

_STUCK_AFTER_S: Final = 15 * 60.0
"""Source: an asset is checked within “a few seconds to a few minutes”."""

_TRY_FOR_S: Final = 60.0
_FITTING_SHARE: Final = 0.5
"""How much of the progress is for writing a fitted copy."""

_UNUSABLE: Final = (
    "Twelve Labs could not read this file; it may be damaged or of a kind that it does not know. "
    "Convert it to an MP4 (H.264, AAC) and add that."
)
_MISSING: Final = "The file of this video is no longer where it was. Put it back, or add it again."


class Uploads:
    """Brings files to Twelve Labs as assets, and deletes them there when they are done with.

    ``scratch`` is a folder for fitted copies, which are removed as soon as they are sent. An upload is
    not billed: one whose outcome is unknown is looked for by its name, and repeated where it is not
    found. What that leaves twice is deleted by `release`.
    """

    def __init__(self, calls: Calls, scratch: Path, *, stuck_after_s: float = _STUCK_AFTER_S) -> None:
        self._calls = calls
        self._scratch = scratch
        self._multipart = Multipart(calls)
        self._ages = Ages()
        self._stuck_after_s = stuck_after_s

    def upload(self, source: Source, ticket: Ticket, save: SaveTicket, report: Report) -> Ticket:
        """Bring a video's bytes to the provider, going on where ``ticket`` says; return the ticket.

        Raises: EngineError of every kind, MediaMissing, and whatever ``save`` and ``report`` raise.
        """
        if ticket.asset_id is not None and ticket.upload_id is None:
            return ticket
        if ticket.name is None:
            ticket = replace(ticket, name=f"cuepoint-{uuid4().hex}{_suffix(source)}")
            save(ticket)
        elif ticket.upload_id is None and (asset_id := self._arrived(ticket.name)) is not None:
            log.info("engine.upload_adopted asset=%s", asset_id)
            ticket = replace(ticket, asset_id=asset_id)
            save(ticket)
            return ticket
        with self._sendable(source, report) as (path, rest), _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > DIRECT_BYTES:
                fitted = path != source.path
                return self._multipart.send(file, size, ticket, save, rest, fitted=fitted)
            ticket = replace(ticket, asset_id=self._send(file, size, ticket, rest), upload_id=None)
            save(ticket)
            return ticket

    def poll(self, ticket: Ticket) -> TaskStatus:
        """Return whether what was uploaded can be used; failed with ``retry`` where it is to go up again.

        An asset that failed, or that does not come to an end, is deleted: it is of no use to anybody.
        """
        asset_id = ticket.asset_id
        if asset_id is None or ticket.upload_id is not None:
            return TaskStatus("failed", message="The upload was not finished.", retry=True)
        try:
            asset = self._calls.harmless("asset", lambda: self._calls.sdk.assets.retrieve(asset_id))
        except NotFound:
            message = "Twelve Labs no longer has the uploaded file."
            return TaskStatus("failed", message=message, retry=True)
        if asset.status == "ready":
            self._ages.done(asset_id)
            return TaskStatus("ready", progress=1.0)
        if asset.status == "failed":
            log.warning("engine.asset_failed asset=%s", asset_id)
            self._delete(asset_id)
            return TaskStatus("failed", message=_UNUSABLE)
        if self._ages.age_s(asset_id) > self._stuck_after_s:
            # Else it would be found by its name, and waited for again.
            self._delete(asset_id)
            self._ages.forget(asset_id)
            message = "Twelve Labs did not come to an end with the uploaded file."
            return TaskStatus("failed", message=message, retry=True)
        return TaskStatus("processing", poll_after_s=self._ages.ask_again_after_s(asset_id))

    def release(self, ticket: Ticket) -> None:
        """Delete every asset of this ticket, also those that were sent twice; none there is fine.

        A begun upload in parts cannot be deleted and ends there by itself within a day.
        """
        asset_ids = {asset.id for asset in self._named(ticket.name)} | {ticket.asset_id}
        for asset_id in filter(None, asset_ids):
            self._delete(asset_id)

    # -- parts --

    def _delete(self, asset_id: str) -> None:
        try:
            self._calls.harmless("delete asset", lambda: self._calls.sdk.assets.delete(asset_id))
        except NotFound:
            log.info("engine.asset_gone asset=%s", asset_id)

    def _named(self, name: str | None) -> list[AssetDetail]:
        """Return the assets of exactly this name. Source: the filter matches parts of names."""
        if not name:
            return []
        fetched = all_pages(
            self._calls,
            "assets",
            lambda page: self._calls.sdk.assets.list(page=page, page_limit=PAGE_LIMIT, filename=name),
        )
        return [asset for asset in fetched if asset.filename == name and asset.id]

    def _arrived(self, name: str) -> str | None:
        return next((asset.id for asset in self._named(name) if _is_whole(asset)), None)

    def _send(self, file: BinaryIO, size: int, ticket: Ticket, report: Report) -> str:
        """Send a file in one request and return the asset's id."""
        name = ticket.name or ""
        tries = 0

        def attempt() -> str | None:
            nonlocal tries
            tries += 1
            if tries > 1:
                # The attempt before may have arrived although its answer did not.
                listed = self._calls.sdk.assets.list(page=1, page_limit=PAGE_LIMIT, filename=name)
                for asset in listed.items or []:
                    if asset.filename == name and asset.id and _is_whole(asset):
                        return asset.id
            body = cast("BinaryIO", _Reported(file, size, report))
            return self._calls.sdk.assets.create(
                method="direct", file=(name, body), filename=name, enable_hls=False, enable_thumbnail=False
            ).id

        asset_id = self._calls.harmless("upload", attempt, deadline_s=_TRY_FOR_S)
        if not asset_id:
            raise EngineUnavailable("Twelve Labs did not say what became of the upload; it is looked for.")
        return asset_id

    @contextmanager
    def _sendable(self, source: Source, report: Report) -> Iterator[tuple[Path, Report]]:
        """Give the file to send (the video's own, or a fitted copy while it is needed) and its report."""
        fitting = fitting_of(source)
        if fitting is None:
            yield source.path, report
            return
        self._scratch.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="fitted-", dir=self._scratch) as folder:
            copy = Path(folder) / "fitted.mp4"
            first = _part_of(report, 0.0, _FITTING_SHARE)
            write_fitted(source.path, copy, source.media, fitting, first)
            yield copy, _part_of(report, _FITTING_SHARE, 1.0)


class _Reported(io.RawIOBase):
    """A file that is read once from its beginning; every reading is reported.

    httpx takes its length by seeking, goes back to the beginning, and reads 64 KB at a time.
    """

    def __init__(self, file: BinaryIO, size: int, report: Report) -> None:
        super().__init__()
        self._file, self._size, self._report = file, size, report

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        self._report(self._file.tell() / max(1, self._size))
        return self._file.read(size)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    try:
        file = path.open("rb")
    except OSError as exc:
        raise MediaMissing(_MISSING) from exc
    with file:
        yield file


def _is_whole(asset: AssetDetail) -> bool:
    """Return whether an asset of our name holds all bytes.

    One that is sent in parts exists before its first byte; its upload is continued by its id instead.
    """
    return asset.status == "ready" or (asset.status == "processing" and asset.method != "multipart")


def _part_of(report: Report, begin: float, end: float) -> Callable[[float], None]:
    return lambda progress: report(begin + (end - begin) * progress)


def _suffix(source: Source) -> str:
    """Return the name's ending, by which the provider tells kinds of files apart."""
    suffix = source.path.suffix.lower()
    if fitting_of(source) is not None or not re.fullmatch(r"\.[a-z0-9]{2,5}", suffix):
        return ".mp4"
    return suffix
