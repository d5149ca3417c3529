"""What a page shows when something fails: one sentence, never a traceback."""

from __future__ import annotations

import functools
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec

import streamlit as st

from components import host
from components.markup import plain
from core.errors import CuepointError, EngineError, IndexUnavailable, SpaceMismatch

log = logging.getLogger(__name__)

P = ParamSpec("P")
_NOTICES: Final = "fault_notices"
_LOOK_EVERY_S: Final = 3.0
_OF_THE_ENGINE: Final = (EngineError, SpaceMismatch)
"""What the Status page says more about."""


@contextmanager
def boundary() -> Iterator[None]:
    """Show whatever the drawing inside raises as one sentence, and log what was not foreseen."""
    try:
        yield
    except CuepointError as exc:
        show_fault(exc)
    except Exception as exc:  # noqa: BLE001 - the last line of defence: nothing may end as a traceback
        show_fault(exc)


def guarded(draw: Callable[P, None]) -> Callable[P, None]:
    """Return ``draw`` inside a `boundary`; for fragments, which Streamlit also runs on their own."""

    @functools.wraps(draw)
    def safely(*args: P.args, **kwargs: P.kwargs) -> None:
        with boundary():
            draw(*args, **kwargs)

    return safely


def action(act: Callable[P, None]) -> Callable[P, None]:
    """Return ``act`` as a widget's callback: what it raises is shown by the page that follows."""

    @functools.wraps(act)
    def safely(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except Exception as exc:  # noqa: BLE001 - callbacks run outside of every boundary
            st.session_state.setdefault(_NOTICES, []).append(sentence(exc))

    return safely


def show_notices() -> None:
    """Draw what callbacks had to say, once."""
    for notice in st.session_state.pop(_NOTICES, []):
        st.error(plain(notice), icon=":material/error:")


def show_fault(exc: Exception) -> None:
    """Draw one failure, with a button where trying again can help and a link to where more is known."""
    st.error(plain(sentence(exc)), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if isinstance(exc, CuepointError) and exc.retryable:
            st.button("Try again", key=f"again_{type(exc).__name__}", icon=":material/refresh:")
        if isinstance(exc, _OF_THE_ENGINE):
            status_link()
    if isinstance(exc, IndexUnavailable):
        _go_on_when_back(time.monotonic())


@st.fragment(run_every=_LOOK_EVERY_S)
def _go_on_when_back(shown_at: float) -> None:
    """Draw the page anew when the search index answers again."""
    # Not in the run that shows the fault: it would draw itself again and again.
    if time.monotonic() - shown_at > _LOOK_EVERY_S / 2 and host.index_answers():
        st.rerun()


def status_link() -> None:
    """Draw the way to the page that says how engine and index stand."""
    st.page_link("status.py", label="Status", icon=":material/monitor_heart:")


def sentence(exc: Exception) -> str:
    """Return what to tell a person; an error that is not ours is logged under an id."""
    if isinstance(exc, CuepointError):
        log.info("page.refused kind=%s message=%s", type(exc).__name__, exc.message)
        return exc.message
    error_id = secrets.token_hex(4)
    log.error("page.failed id=%s kind=%s", error_id, type(exc).__name__, exc_info=exc)
    return (
        f"Something went wrong here. Reload the page; if it happens again, look for {error_id} in the log "
        "(Status page)."
    )
