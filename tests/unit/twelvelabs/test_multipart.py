"""A large file goes up in parts, continues where it was broken off, and arrives as it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.multipart import Multipart
from core.errors import Cancelled, EngineUnavailable, MediaMissing
from core.model import Ticket
from tests.marengo_jobs import Killed, TicketBook, as_new, no_report
from tests.twelvelabs_server.running import StandIn

PART = 64 * 1024
PUT = "PUT /chunks"
BEGIN = "POST /assets/multipart-uploads"
REPORT = "POST /assets/multipart-uploads/{upload_id}"
SIZE = 12 * PART + 1000
PARTS = 13


@pytest.fixture
def server(running: StandIn) -> Iterator[StandIn]:
    running.control(chunk_bytes=PART, first_urls=4, retry_after_s=-1.0)
    yield running
    as_new(running)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.mp4"
    path.write_bytes(os.urandom(SIZE))
    return path


def send(
    calls: Calls | Multipart,
    path: Path,
    book: TicketBook,
    report: Callable[[float], None] = no_report,
    *,
    fitted: bool = False,
) -> Ticket:
    """Send a file with the ticket that the book has, as a process does that has just begun."""
    multipart = calls if isinstance(calls, Multipart) else Multipart(calls)
    with path.open("rb") as file:
        return multipart.send(file, path.stat().st_size, book.ticket, book.save, report, fitted=fitted)


def fresh(name: str = "cuepoint-1.mp4") -> Ticket:
    return Ticket(name=name)


def stopping_at(share: float) -> Callable[[float], None]:
    def report(progress: float) -> None:
        if progress >= share:
            raise Cancelled("stop")

    return report


def puts(server: StandIn) -> int:
    return int(server.statistics()["calls"].get(PUT, 0))


def arrived(server: StandIn, ticket: Ticket) -> str:
    assets: list[dict[str, Any]] = server.statistics()["open_assets"]
    return next(str(asset["sha256"]) for asset in assets if asset["id"] == ticket.asset_id)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_file_arrives_as_it_is(server: StandIn, calls: Calls, large: Path) -> None:
    """Every byte in its place, each part sent once; the ticket then has the asset and no upload."""
    book, reports = TicketBook(fresh()), list[float]()
    ticket = send(calls, large, book, reports.append)
    assert arrived(server, ticket) == digest(large)
    assert puts(server) == PARTS
    assert ticket.upload_id is None
    assert book.ticket == ticket
    assert book.saves[0].upload_id is not None
    assert reports == sorted(reports)
    assert reports[0] == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_an_upload_that_was_broken_off_is_continued(
    server: StandIn, calls: Calls, large: Path, share: float
) -> None:
    """The next process sends what is missing to the same session; at most four parts go up twice."""
    book = TicketBook(fresh())
    with pytest.raises(Cancelled):
        send(calls, large, book, stopping_at(share))
    begun = book.ticket
    ticket = send(calls, large, book)
    assert arrived(server, ticket) == digest(large)
    assert ticket.asset_id == begun.asset_id
    assert server.statistics()["calls"][BEGIN] == 1
    assert puts(server) <= PARTS + 4 + 1


@pytest.mark.parametrize(("dies_at", "written"), [(1, False), (1, True), (2, False), (2, True)])
def test_a_crash_at_any_save_ends_with_the_whole_file(
    server: StandIn, calls: Calls, large: Path, dies_at: int, written: bool
) -> None:
    """A session that nobody noted is begun anew; one that was complete is not sent again."""
    book = TicketBook(fresh(), dies_at=dies_at, written=written)
    with pytest.raises(Killed):
        send(calls, large, book)
    again = TicketBook(book.ticket)
    if again.ticket.asset_id is None or again.ticket.upload_id is not None:
        send(calls, large, again)
    assert arrived(server, again.ticket) == digest(large)
    assert puts(server) == PARTS
    assert again.ticket.upload_id is None


def test_addresses_that_are_too_old_are_asked_for_anew(server: StandIn, calls: Calls, large: Path) -> None:
    """An address is good for a time only; the part is then sent to a fresh one."""
    server.control(url_life_s=0.0)

    def report(_progress: float) -> None:
        server.control(url_life_s=3600.0)

    ticket = send(calls, large, TicketBook(fresh()), report)
    assert arrived(server, ticket) == digest(large)
    assert puts(server) == PARTS + 1


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "500", "503", "429"])
def test_a_part_that_failed_is_sent_again(server: StandIn, calls: Calls, large: Path, fault: str) -> None:
    """Also where it had arrived and its address was used up: the file is whole in the end."""
    server.fail_next(PUT, fault, 2)
    assert arrived(server, send(calls, large, TicketBook(fresh()))) == digest(large)


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "500", "truncated"])
@pytest.mark.parametrize("route", [BEGIN, REPORT])
def test_beginning_and_reporting_may_fail(
    server: StandIn, calls: Calls, large: Path, route: str, fault: str
) -> None:
    """A report whose answer is lost is made again; a session begun twice does no harm."""
    server.fail_next(route, fault)
    assert arrived(server, send(calls, large, TicketBook(fresh()))) == digest(large)


def test_a_session_that_expired_is_begun_anew(server: StandIn, calls: Calls, large: Path) -> None:
    """After a day the provider forgets the parts; the file then goes up from its beginning."""
    book = TicketBook(fresh())
    with pytest.raises(Cancelled):
        send(calls, large, book, stopping_at(0.6))
    begun = book.ticket
    server.control(clock_offset_s=90_000.0)
    ticket = send(calls, large, book)
    assert ticket.asset_id != begun.asset_id
    assert arrived(server, ticket) == digest(large)


def test_a_session_that_expires_meanwhile_is_begun_anew(server: StandIn, calls: Calls, large: Path) -> None:
    """An upload that takes longer than a day is not the file's fault: it is parked, and begun again."""

    def report(progress: float) -> None:
        if progress > 0.2:
            server.control(clock_offset_s=90_000.0)

    book = TicketBook(fresh())
    with pytest.raises(EngineUnavailable, match="begun again"):
        send(calls, large, book, report)
    assert arrived(server, send(calls, large, book)) == digest(large)


def test_a_session_for_other_bytes_is_begun_anew(server: StandIn, calls: Calls, large: Path) -> None:
    """A file of another size is never joined with parts of the one before."""
    book = TicketBook(fresh())
    with pytest.raises(Cancelled):
        send(calls, large, book, stopping_at(0.6))
    large.write_bytes(os.urandom(SIZE - 500))
    assert arrived(server, send(calls, large, book)) == digest(large)


def test_a_session_that_never_was_is_begun_anew(server: StandIn, calls: Calls, large: Path) -> None:
    """An id that the provider does not know (another account's) does no harm."""
    book = TicketBook(Ticket("cuepoint-1.mp4", asset_id="0" * 24, upload_id="f" * 24))
    assert arrived(server, send(calls, large, book)) == digest(large)


def test_a_fitted_copy_is_continued_only_where_it_is_the_same(
    server: StandIn, calls: Calls, large: Path
) -> None:
    """The same bytes in the same process go on; other bytes, or another process, begin anew."""
    multipart = Multipart(calls)
    for again, same, continued in ((multipart, True, True), (multipart, False, False), (calls, True, False)):
        book = TicketBook(fresh())
        with pytest.raises(Cancelled):
            send(multipart, large, book, stopping_at(0.6), fitted=True)
        begun = book.ticket
        if not same:
            large.write_bytes(os.urandom(SIZE))
        ticket = send(again, large, book, fitted=True)
        assert (ticket.asset_id == begun.asset_id) is continued
        assert arrived(server, ticket) == digest(large)


def test_a_file_that_shrinks_meanwhile_is_named_as_missing(calls: Calls, large: Path) -> None:
    """Parts that are no longer there end the upload with a sentence."""

    def report(progress: float) -> None:
        if progress > 0.5:
            os.truncate(large, PART)

    with pytest.raises(MediaMissing, match="shorter"):
        send(calls, large, TicketBook(fresh()), report)
