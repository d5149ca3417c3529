"""What the log files say, and what they never say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.logs import close_log, open_log, tail

log = logging.getLogger("core.test")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    handler = open_log(tmp_path, "INFO")
    yield tmp_path
    close_log(handler)


@pytest.mark.parametrize(
    "line",
    [
        "called with Bearer s3cret-token",
        "headers {'x-api-key': 's3cret-token'}",
        "GET /api/media/s3cret-token HTTP/1.1",
        "PUT /api/upload?token=s3cret-token",
        "url https://example.org/a?signature=s3cret-token&b=1",
        "url https://example.org/a?X-Amz-Credential=s3cret-token&X-Amz-Signature=s3cret",
        "the key tlk_s3cret-token was sent",
        "headers: {'nel': '{\"a\":1}', 'set-cookie': 'id=s3cret'}, status_code: 429, body: None",
    ],
)
def test_secrets_are_taken_out(folder: Path, line: str) -> None:
    """A key, a token or a signed link that is logged by mistake does not reach the file."""
    log.warning("request %s", line)
    (written,) = tail(folder, 10)
    assert "s3cret" not in written
    assert "request" in written


def test_secrets_in_tracebacks_are_taken_out(folder: Path) -> None:
    """An error's text is cleaned like any line."""
    try:
        raise RuntimeError("refused: Bearer s3cret-token")
    except RuntimeError:
        log.exception("call.failed")
    assert "s3cret" not in "\n".join(tail(folder, 50))
    assert "RuntimeError" in "\n".join(tail(folder, 50))


def test_the_tail_is_the_end(folder: Path) -> None:
    """The tail gives the last lines, oldest first."""
    for number in range(30):
        log.info("event number=%d", number)
    assert [line.rsplit("=", 1)[1] for line in tail(folder, 3)] == ["27", "28", "29"]


def test_closing_ends_the_writing(tmp_path: Path) -> None:
    """After closing nothing is written any more."""
    close_log(open_log(tmp_path, "INFO"))
    log.warning("late")
    assert tail(tmp_path, 5) == []


def test_libraries_that_log_addresses_are_quiet(folder: Path) -> None:
    """What httpx would say of every request, signed addresses included, is said nowhere."""
    for name in ("httpx", "httpcore.http11", "twelvelabs"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
