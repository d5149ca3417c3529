"""Files above the limit of one request go up in parts, each read from its place in the file."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Final

from twelvelabs.types.completed_chunk import CompletedChunk

from core.embedding.twelvelabs.asking import PAGE_LIMIT, all_pages
from core.embedding.twelvelabs.chunks import Session, reading
from core.errors import EngineRefused, EngineUnavailable, NotFound

if TYPE_CHECKING:
    from io import BufferedReader

    from core.embedding.port import Report, SaveTicket
    from core.embedding.twelvelabs.calls import Calls
    from core.model import Ticket

log = logging.getLogger(__name__)

_URLS_AT_ONCE: Final = 20
_REPORTED_AT_ONCE: Final = 5
_TRIES_A_PART: Final = 3
_ROUNDS: Final = 3
_TRY_FOR_S: Final = 60.0
_COPIES: Final = 64


class _SessionLost(Exception):
    """The provider does not know the session (any more), or it is not for these bytes."""


class Multipart:
    """Sends files in parts, one after the other, and continues what was begun.

    A fitted copy is continued only by the process that began it and only where it came out the same
    to the byte; otherwise parts of two different copies might be joined.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._copies: OrderedDict[str, str] = OrderedDict()
        """The digest of the copy that an upload was begun with."""

    def send(
        self,
        file: BufferedReader,
        size: int,
        ticket: Ticket,
        save: SaveTicket,
        report: Report,
        *,
        fitted: bool,
    ) -> Ticket:
        """Send a file of ``size`` bytes; return the ticket without ``upload_id`` once all parts are there.

        Ids are saved before the first part is sent. Raises: EngineError of every kind, MediaMissing,
        and whatever ``save`` and ``report`` raise.
        """
        digest = hashlib.file_digest(file, "sha256").hexdigest() if fitted else ""
        if ticket.upload_id is not None:
            try:
                session = self._resumed(ticket, ticket.upload_id, size, digest)
                return self._sent(session, file, ticket, save, report)
            except _SessionLost:
                log.info("engine.upload_begun_anew upload=%s", ticket.upload_id)
        ticket, session = self._begun(ticket, size)
        save(ticket)
        self._remember(session.upload_id, digest)
        try:
            return self._sent(session, file, ticket, save, report)
        except _SessionLost:
            raise EngineUnavailable("Twelve Labs broke off the upload; it is begun again.") from None

    # -- sessions --

    def _begun(self, ticket: Ticket, size: int) -> tuple[Ticket, Session]:
        # Repeating this leaves an empty session behind, which ends by itself.
        begun = self._calls.harmless(
            "begin upload",
            lambda: self._calls.sdk.multipart_upload.create(
                filename=ticket.name or "",
                type="video",
                total_size=size,
                enable_hls=False,
                enable_thumbnail=False,
            ),
        )
        if not (begun.upload_id and begun.asset_id and begun.chunk_size and begun.total_chunks):
            raise EngineUnavailable("Twelve Labs did not say how to upload this file. It is tried again.")
        session = Session(
            begun.upload_id,
            begun.chunk_size,
            begun.total_chunks,
            size,
            missing=list(range(1, begun.total_chunks + 1)),
            headers=begun.upload_headers or {},
        )
        session.check_cut()
        session.take(begun.upload_urls)
        return replace(ticket, asset_id=begun.asset_id, upload_id=begun.upload_id), session

    def _resumed(self, ticket: Ticket, upload_id: str, size: int, digest: str) -> Session:
        """Return a session that was begun before, with the parts that it lacks. Raises: _SessionLost.

        Source: how the file is to be cut is told again only in the list of incomplete uploads; a
        session that is missing there has been completed or has expired (after 24 hours).
        """
        if digest and self._copies.get(upload_id) != digest:
            raise _SessionLost
        uploads = all_pages(
            self._calls,
            "uploads",
            lambda page: self._calls.sdk.multipart_upload.list_incomplete_uploads(
                page=page, page_limit=PAGE_LIMIT
            ),
        )
        known = next((upload for upload in uploads if upload.upload_id == upload_id), None)
        if known is None or known.status == "completed":
            if self._is_complete(ticket, upload_id):
                return Session(upload_id, size, 1, size, missing=[])
            raise _SessionLost
        if known.status != "active" or known.total_size != size:
            raise _SessionLost
        session = Session(upload_id, known.chunk_size, known.total_chunks, size, missing=[])
        session.check_cut()
        session.missing = self._missing(session)
        return session

    def _is_complete(self, ticket: Ticket, upload_id: str) -> bool:
        asset_id = ticket.asset_id or ""
        try:
            asset = self._calls.harmless("asset", lambda: self._calls.sdk.assets.retrieve(asset_id))
            states = self._states(upload_id)
        except NotFound:
            return False
        whole = bool(states) and all(state == "completed" for state in states.values())
        return whole or asset.status == "ready"

    def _states(self, upload_id: str) -> dict[int, str]:
        chunks = all_pages(
            self._calls,
            "upload",
            lambda page: self._calls.sdk.multipart_upload.get_status(
                upload_id, page=page, page_limit=PAGE_LIMIT
            ),
        )
        return {chunk.index: str(chunk.status) for chunk in chunks if chunk.index is not None}

    def _missing(self, session: Session) -> list[int]:
        try:
            states = self._states(session.upload_id)
        except NotFound as exc:
            raise _SessionLost from exc
        return [part for part in range(1, session.parts + 1) if states.get(part) != "completed"]

    def _remember(self, upload_id: str, digest: str) -> None:
        if digest:
            self._copies[upload_id] = digest
            while len(self._copies) > _COPIES:
                self._copies.popitem(last=False)

    # -- parts --

    def _sent(
        self, session: Session, file: BinaryIO, ticket: Ticket, save: SaveTicket, report: Report
    ) -> Ticket:
        for _ in range(_ROUNDS):
            if not session.missing:
                finished = replace(ticket, upload_id=None)
                save(finished)
                return finished
            self._send_missing(session, file, report)
            session.missing = self._missing(session)
        raise EngineUnavailable("Twelve Labs did not take all parts of this file. It is tried again.")

    def _send_missing(self, session: Session, file: BinaryIO, report: Report) -> None:
        unreported: list[CompletedChunk] = []
        done = session.total_bytes - sum(session.span(part)[1] for part in session.missing)
        for part in session.missing:
            unreported.append(self._send_part(session, file, part, done, report))
            done += session.span(part)[1]
            if len(unreported) >= _REPORTED_AT_ONCE or part == session.missing[-1]:
                self._report_parts(session, unreported)
                unreported = []

    def _report_parts(self, session: Session, sent: list[CompletedChunk]) -> None:
        """Say which parts were sent. Where that is refused, the session's state tells what it lacks."""
        try:
            self._calls.harmless(
                "report parts",
                lambda: self._calls.sdk.multipart_upload.report_chunk_batch(
                    session.upload_id, completed_chunks=sent
                ),
            )
        except (NotFound, EngineRefused):
            log.info("engine.parts_not_reported upload=%s", session.upload_id)

    def _send_part(
        self, session: Session, file: BinaryIO, part: int, done: int, report: Report
    ) -> CompletedChunk:
        """Send one part; an address that is used up or too old is replaced. Raises: _SessionLost."""
        begin, length = session.span(part)
        headers = {"Content-Type": "application/octet-stream", **session.headers}
        headers["Content-Length"] = str(length)

        def attempt() -> str:
            url = self._address(session, part)
            body = reading(file, begin, length, done, session.total_bytes, report)
            response = self._calls.http.put(url, content=body, headers=headers)
            response.raise_for_status()
            return str(response.headers.get("ETag", "")).strip('"')

        for _ in range(_TRIES_A_PART):
            try:
                proof = self._calls.harmless("upload part", attempt, deadline_s=_TRY_FOR_S)
            except NotFound:
                continue
            except EngineRefused as exc:
                # No more addresses: the session has come to its end meanwhile.
                raise _SessionLost from exc
            if not proof:
                raise EngineUnavailable("Twelve Labs did not confirm a part of this file. It is tried again.")
            return CompletedChunk(chunk_index=part, proof=proof, proof_type="etag", chunk_size=length)
        raise _SessionLost

    def _address(self, session: Session, part: int) -> str:
        """Return an address that has not been used. Source: each can be used once, for an hour."""
        if part not in session.urls:
            count = min(_URLS_AT_ONCE, session.parts - part + 1)
            session.take(
                self._calls.sdk.multipart_upload.get_additional_presigned_urls(
                    session.upload_id, start=part, count=count
                ).upload_urls
            )
        if part not in session.urls:
            raise EngineUnavailable("Twelve Labs gave no address for a part of this file. It is tried again.")
        return session.urls.pop(part)
