"""What the routes need of the library: the part of the façade that they call, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from core.config import Settings
from core.layout import Layout
from core.library_model import Added, Details, LibraryStatus, RebuildReport
from core.media.incoming import Received
from core.tokens import MediaClaim, Tokens


class ServedLibrary(Protocol):
    """A library that routes can serve. Its methods block: they are called in worker threads."""

    @property
    def settings(self) -> Settings: ...

    @property
    def layout(self) -> Layout: ...

    @property
    def tokens(self) -> Tokens: ...

    def adopt(self, received: Received, name: str, details: Details) -> Added: ...

    def media_file(self, claim: MediaClaim) -> Path: ...

    def clips_file(self, run_id: str) -> tuple[Path, str]: ...

    def add_demo(self) -> list[Added]: ...

    def rebuild(self) -> RebuildReport: ...

    def status(self) -> LibraryStatus: ...


GetLibrary: TypeAlias = Callable[[], ServedLibrary]
"""Returns the open library. Raises: CuepointError that says why there is none."""
