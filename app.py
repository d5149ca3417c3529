"""The ASGI application: pages, media, uploads and health on one port.

`uvicorn app:app` and `streamlit run app.py` both serve it; `make run` does the former.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import streamlit as st

from components import host
from core.__main__ import address_of
from core.config import load_settings
from core.errors import CuepointError
from core.http.routes import routes
from core.library import Library, open_library

log = logging.getLogger("app")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Own the one library from the first visitor to the last; its problem, if any, is for the pages."""
    library: Library | None = None
    try:
        settings = load_settings()
        library = await anyio.to_thread.run_sync(open_library, settings)
        await anyio.to_thread.run_sync(library.warm_up)
        library.announce(address_of(settings))
        host.set_library(library)
    except CuepointError as exc:
        log.exception("library.unavailable")
        host.set_problem(exc.message)
    # What is loaded now stays loaded: without it in every full collection, a rerun takes a tenth of the time.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        host.set_library(None)
        if library is not None:
            await anyio.to_thread.run_sync(library.close)


app = st.App(
    Path(__file__).resolve().parent / "pages" / "shell.py",
    lifespan=lifespan,
    routes=routes(host.library),
)
