"""What tests of the Twelve Labs adapter share: a film, a source, a ticket book that can fail, a client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.config import Settings
from core.embedding.port import Source
from core.embedding.twelvelabs.calls import Calls
from core.model import MediaInfo, Ticket
from tests.made_media import Film, made
from tests.twelvelabs_server.options import Options
from tests.twelvelabs_server.running import KEY, StandIn


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


class TicketBook:
    """The catalog's side of a ticket: ``ticket`` is what would be found there after a crash.

    ``dies_at`` is the number of the save (from 1) that never comes back; it is written all the same
    where ``written`` says so.
    """

    def __init__(self, ticket: Ticket | None = None, *, dies_at: int = 0, written: bool = False) -> None:
        self.ticket = ticket or Ticket()
        self.saves: list[Ticket] = []
        self._dies_at, self._written = dies_at, written

    def save(self, ticket: Ticket) -> None:
        dies = len(self.saves) + 1 == self._dies_at
        self.saves.append(ticket)
        if not dies or self._written:
            self.ticket = ticket
        if dies:
            raise Killed


def film_of(path: Path, **changes: Any) -> Source:
    """Write a film (640x360, six seconds with sound, unless told otherwise) and return it as a source."""
    film = replace(Film(seconds=6.0, rate=Fraction(5), width=640, height=360, sound="aac"), **changes)
    path.write_bytes(made(film, ".mp4"))
    media = MediaInfo(
        film.seconds,
        film.width,
        film.height,
        Fraction(25),
        "h264",
        film.sound,
        container="mp4",
        playable=True,
    )
    return Source(path.stem, path, media, path.stat().st_size, title=path.stem)


@contextmanager
def calls_to(server: StandIn, **settings: Any) -> Iterator[Calls]:
    """Open a client of the stand-in."""
    access = {"twelve_labs_base_url": server.url, "twelve_labs_api_key": KEY}
    calls = Calls(Settings.model_validate(access | settings))
    try:
        yield calls
    finally:
        calls.close()


def as_new(server: StandIn) -> None:
    """Give a stand-in its default options again, and forget its counts."""
    server.control(reset=True, **{option.name: option.default for option in fields(Options)})


def no_report(_progress: float) -> None:
    """Take progress and do nothing with it."""
