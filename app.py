"""The ASGI application: pages, media, uploads and health on one port.

`uvicorn app:app` and `streamlit run app.py` both serve it; `make run` does the former.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import anyio.to_thread
import streamlit as st
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from components import host
from components.identity import OpenDoor, ShutDoor, SignInDoor
from components.protection import protection
from core.__main__ import address_of
from core.config import Settings, load_settings
from core.errors import CuepointError, IndexUnavailable, SettingsError
from core.http.hosts import allowed_hosts
from core.http.routes import routes
from core.library import Library, open_library

log = logging.getLogger("app")

_AGAIN_S: Final = 3.0
_COLLECTED: Final = (10_000, 10, 20)
"""Thresholds of the garbage collector. With Python's own (700, 10, 10) many visitors wait every other second
for a full collection of a tenth of one, which finds little: a rerun leaves a hundred objects in cycles."""


_hosts = allowed_hosts(None)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Own the one library from the first visitor to the last; its problem, if any, is for the pages."""
    # Until the settings are read, nobody knows who may enter.
    host.set_door(ShutDoor("Cuepoint is still starting. Reload this page in a moment."))
    # Products are small and many at once; the threads of BLAS would wait for each other, turning.
    threadpool_limits(1, user_api="blas")
    library: Library | None = None
    opening: asyncio.Task[Library] | None = None
    try:
        settings = load_settings()
        _protect(_as_served(settings))
        library = await _opened(settings)
    except IndexUnavailable as exc:
        _tell(exc)
        opening = asyncio.create_task(_opened_later(settings))
    except CuepointError as exc:
        _tell(exc)
        if isinstance(exc, SettingsError):
            host.set_door(ShutDoor(exc.message))
    # What is loaded now stays loaded: without it in every full collection, a rerun takes a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED)
    try:
        yield
    finally:
        host.set_library(None)
        if opening is not None:
            # Whoever is just opening it has to end, or the folder stays taken.
            opening.cancel()
            with suppress(asyncio.CancelledError, CuepointError):
                library = await opening
        if library is not None:
            await anyio.to_thread.run_sync(library.close)


async def _opened(settings: Settings) -> Library:
    """Open the library and give it to the pages. Raises: CuepointError."""
    library = await anyio.to_thread.run_sync(open_library, settings)
    await anyio.to_thread.run_sync(library.warm_up)
    library.announce(address_of(_as_served(settings)))
    host.set_library(library)
    return library


async def _opened_later(settings: Settings) -> Library:
    """Open the library as soon as the search index answers: a server may come after us."""
    while True:
        await asyncio.sleep(_AGAIN_S)
        try:
            # Not cut short: what is half open would not be closed.
            return await asyncio.shield(_opened(settings))
        except IndexUnavailable:
            log.info("library.waiting_for_index")
        except CuepointError as exc:
            _tell(exc)
            raise


def _tell(exc: CuepointError) -> None:
    log.error("library.unavailable", exc_info=exc)
    host.set_problem(exc)


def _protect(settings: Settings) -> None:
    """Put names and door in force, before there is a library behind them."""
    global _hosts
    _hosts = allowed_hosts(settings)
    host.set_door(SignInDoor(settings.allowed_emails) if settings.sign_in_required else OpenDoor())
    problem = host.door().problem
    if problem is not None:
        log.error("sign_in.unusable problem=%s", problem)


def _as_served(settings: Settings) -> Settings:
    """Return the settings with the address in force: `streamlit run` goes by its own options."""
    # The arguments are the script's own by now; what was started is still the main module.
    started = Path(getattr(sys.modules["__main__"], "__file__", None) or "")
    if "streamlit" not in started.parts[-2:]:
        return settings
    options = {"port": st.get_option("server.port"), "host": st.get_option("server.address")}
    return settings.model_copy(update={name: value for name, value in options.items() if value})


app = st.App(
    Path(__file__).resolve().parent / "pages" / "shell.py",
    lifespan=lifespan,
    routes=routes(host.library, brief=lambda: host.door().closed),
    middleware=protection(lambda: _hosts),
)
