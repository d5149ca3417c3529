"""A video goes up once, under a name of ours, and is deleted there afterwards."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import av
import pytest

from core.embedding.port import Source
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.uploading import Uploads
from core.errors import Cancelled, MediaMissing
from core.model import Ticket
from tests.marengo_jobs import Killed, TicketBook, film_of, no_report
from tests.twelvelabs_server.running import KEY, PROJECT_ROOT, StandIn

CREATE = "POST /assets"


@pytest.fixture
def uploads(calls: Calls, tmp_path: Path) -> Uploads:
    return Uploads(calls, tmp_path / "scratch")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def named(server: StandIn, name: str | None) -> list[str]:
    """Return the digests of what the provider holds under a name."""
    return [asset["sha256"] for asset in server.statistics()["open_assets"] if asset["filename"] == name]


def test_the_name_is_ours_alone_and_saved_first(server: StandIn, uploads: Uploads, film: Source) -> None:
    """Before the first byte goes up, the catalog knows the name; the asset then has it, and the bytes."""
    known: list[Ticket] = []

    def report(_progress: float) -> None:
        known.append(book.ticket)

    book = TicketBook()
    ticket = uploads.upload(film, book.ticket, book.save, report)
    assert re.fullmatch(r"cuepoint-[0-9a-f]{32}\.mp4", ticket.name or "")
    assert known[0] == Ticket(name=ticket.name)
    assert book.ticket == ticket
    assert named(server, ticket.name) == [digest(film.path)]


def test_progress_grows_from_nothing_to_the_end(uploads: Uploads, film: Source) -> None:
    """Reports never go back and come close to 1."""
    reports: list[float] = []
    uploads.upload(film, Ticket(), TicketBook().save, reports.append)
    assert reports == sorted(reports)
    assert reports[0] == 0
    assert reports[-1] > 0.9


def test_what_is_there_is_not_sent_again(server: StandIn, uploads: Uploads, film: Source) -> None:
    """A ticket with an asset makes no request at all."""
    book = TicketBook()
    ticket = uploads.upload(film, book.ticket, book.save, no_report)
    before = server.statistics()["calls_in_all"]
    assert uploads.upload(film, ticket, book.save, no_report) == ticket
    assert server.statistics()["calls_in_all"] == before


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_crash_at_any_save_leaves_one_asset(
    server: StandIn, calls: Calls, film: Source, tmp_path: Path, dies_at: int, written: bool
) -> None:
    """Whatever was written last, the next process ends with one asset, sent once."""
    book = TicketBook(dies_at=dies_at, written=written)
    with pytest.raises(Killed):
        Uploads(calls, tmp_path).upload(film, book.ticket, book.save, no_report)
    sent = server.statistics()["calls"].get(CREATE, 0)
    again = TicketBook(book.ticket)
    ticket = Uploads(calls, tmp_path).upload(film, again.ticket, again.save, no_report)
    assert named(server, ticket.name) == [digest(film.path)]
    assert server.statistics()["calls"][CREATE] == 1
    assert sent == (1 if dies_at == 2 else 0)
    assert again.ticket == ticket


@pytest.mark.parametrize("fault", ["reset-after", "truncated"])
def test_an_upload_whose_answer_was_lost_is_found(
    server: StandIn, uploads: Uploads, film: Source, fault: str
) -> None:
    """It had arrived, so it is not sent a second time."""
    server.fail_next(CREATE, fault)
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    assert named(server, ticket.name) == [digest(film.path)]
    assert server.statistics()["calls"][CREATE] == 1


@pytest.mark.parametrize("fault", ["reset-before", "500", "503", "429"])
def test_an_upload_that_failed_is_sent_again_from_its_beginning(
    server: StandIn, uploads: Uploads, film: Source, fault: str
) -> None:
    """The second attempt sends all bytes."""
    server.fail_next(CREATE, fault)
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    assert named(server, ticket.name) == [digest(film.path)]


def test_cancelling_breaks_off_at_once(server: StandIn, uploads: Uploads, tmp_path: Path) -> None:
    """The error of the report comes out within a few blocks, and no asset comes of it."""
    path = tmp_path / "long.mp4"
    path.write_bytes(os.urandom(30_000_000))
    source = film_of(tmp_path / "film.mp4")
    reports: list[float] = []

    def report(progress: float) -> None:
        reports.append(progress)
        if progress > 0.2:
            raise Cancelled("stop")

    book = TicketBook()
    with pytest.raises(Cancelled):
        uploads.upload(replace(source, path=path), book.ticket, book.save, report)
    assert reports[-1] < 0.21
    assert book.ticket.asset_id is None
    assert named(server, book.ticket.name) == []


def test_release_deletes_what_was_sent_twice_and_nothing_else(
    server: StandIn, calls: Calls, uploads: Uploads, film: Source
) -> None:
    """Every asset of exactly this name goes; one whose name only contains it stays; again is no error."""
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    name = ticket.name or ""
    for other in (name, f"copy-of-{name}"):
        with film.path.open("rb") as file:
            calls.sdk.assets.create(method="direct", file=(other, file), filename=other)
    uploads.release(ticket)
    assert named(server, name) == []
    assert len(named(server, f"copy-of-{name}")) == 1
    uploads.release(ticket)
    uploads.release(Ticket())


def test_an_asset_is_asked_about_until_it_is_ready(server: StandIn, uploads: Uploads, film: Source) -> None:
    """Processing says when to ask again, ready says so."""
    server.control(asset_s=0.6)
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    status = uploads.poll(ticket)
    assert (status.state, status.poll_after_s) == ("processing", 0.3)
    server.control(asset_s=0.0)
    assert uploads.poll(ticket).state == "ready"


def test_an_asset_that_is_gone_is_sent_again(server: StandIn, uploads: Uploads, film: Source) -> None:
    """Deleted behind our back: failed, but worth another upload; so is one that was never finished."""
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    uploads.release(ticket)
    for gone in (ticket, Ticket(name="cuepoint-1.mp4"), replace(ticket, upload_id="abc")):
        status = uploads.poll(gone)
        assert (status.state, status.retry) == ("failed", True)
    again = uploads.upload(film, Ticket(name=ticket.name), TicketBook().save, no_report)
    assert uploads.poll(again).state == "ready"


def test_a_file_that_the_provider_cannot_read_fails_for_good(
    server: StandIn, uploads: Uploads, film: Source, tmp_path: Path
) -> None:
    """The sentence says what to do, and sending it again is not suggested to the pipeline."""
    path = tmp_path / "noise.mp4"
    path.write_bytes(b"no film" * 1000)
    ticket = uploads.upload(replace(film, path=path), Ticket(), TicketBook().save, no_report)
    status = uploads.poll(ticket)
    assert (status.state, status.retry) == ("failed", False)
    assert "Convert it to an MP4" in (status.message or "")
    assert named(server, ticket.name) == []


def test_an_asset_that_is_stuck_is_sent_again(
    server: StandIn, calls: Calls, film: Source, tmp_path: Path
) -> None:
    """Processing for ever is a failure worth another upload; the stuck one is deleted, not adopted."""
    uploads = Uploads(calls, tmp_path, stuck_after_s=0.2)
    server.fail_next(CREATE, "asset-stuck")
    ticket = uploads.upload(film, Ticket(), TicketBook().save, no_report)
    assert uploads.poll(ticket).state == "processing"
    while (status := uploads.poll(ticket)).state == "processing":
        pass
    assert status.retry
    again = uploads.upload(film, Ticket(name=ticket.name), TicketBook().save, no_report)
    assert again.asset_id != ticket.asset_id
    assert uploads.poll(again).state == "ready"
    uploads.release(again)
    assert named(server, ticket.name) == []


def test_a_file_that_is_gone_is_named_as_missing(uploads: Uploads, film: Source, tmp_path: Path) -> None:
    """The engine is not asked for what we do not have."""
    with pytest.raises(MediaMissing):
        uploads.upload(replace(film, path=tmp_path / "gone.mp4"), Ticket(), TicketBook().save, no_report)


def test_a_fitted_copy_goes_up_and_is_removed(server: StandIn, calls: Calls, tmp_path: Path) -> None:
    """A picture that is too low is sent at the provider's size; the copy is gone, also when stopped."""
    source = replace(film_of(tmp_path / "low.mp4", width=640, height=332), fit=True)
    scratch = tmp_path / "scratch"
    uploads = Uploads(calls, scratch)

    def stop(progress: float) -> None:
        if progress > 0.5:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        uploads.upload(source, Ticket(), TicketBook().save, stop)
    assert list(scratch.iterdir()) == []
    reports: list[float] = []
    ticket = uploads.upload(source, Ticket(), TicketBook().save, reports.append)
    assert reports == sorted(reports)
    assert list(scratch.iterdir()) == []
    asset = calls.sdk.assets.retrieve(ticket.asset_id or "")
    assert asset.technical_metadata is not None
    assert (asset.technical_metadata.video_height or 0) >= 360
    assert named(server, ticket.name) != [digest(source.path)]
    with av.open(str(source.path)) as untouched:
        assert untouched.streams.video[0].height == 332


MEASURED = """
    import re, sys
    from fractions import Fraction
    from pathlib import Path
    from core.config import Settings
    from core.embedding.port import Source
    from core.embedding.twelvelabs.calls import Calls
    from core.embedding.twelvelabs.uploading import Uploads
    from core.model import MediaInfo, Ticket

    url, key, small, large = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    uploads = Uploads(Calls(Settings(twelve_labs_base_url=url, twelve_labs_api_key=key)), small.parent)
    media = MediaInfo(6.0, 640, 360, Fraction(25), "h264")
    peaks = []
    for path in (small, large):
        source = Source("film", path, media, path.stat().st_size)
        uploads.upload(source, Ticket(), lambda ticket: None, lambda progress: None)
        peaks.append(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]))
    print(peaks[1] - peaks[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
@pytest.mark.parametrize("size", [200_000_000, 300_000_000], ids=["in one request", "in parts"])
def test_a_large_file_is_never_in_memory(server: StandIn, film: Source, tmp_path: Path, size: int) -> None:
    """While 200 MB go up in one request, or 300 MB in parts, the process grows by less than 16 MB."""
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(size)
    grown = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEASURED), server.url, KEY, str(film.path), str(large)],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert int(grown.stdout.split()[-1]) < 16 * 1024, f"grew by {grown.stdout} KB"
