"""The catalog: what people wrote and did. It is theirs: backed up, never rebuilt.

SQLite by default, PostgreSQL by its URL. All methods may be called from any thread; each is one
transaction, durable when it returns. Times go in and come out in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.catalog.arrivals import ArrivalCatalog, Unsettled
from core.catalog.batches import BatchCatalog
from core.catalog.database import Database
from core.catalog.part import utc_now
from core.catalog.preferences import PreferenceCatalog
from core.catalog.queue import QueueCatalog
from core.catalog.rows import NewVideo, video_id_of
from core.catalog.searches import SearchCatalog
from core.catalog.shot_lists import ShotListCatalog
from core.catalog.spaces import SpaceCatalog
from core.catalog.usage import UsageCatalog
from core.catalog.videos import VideoChanges

__all__ = ["Catalog", "NewVideo", "Unsettled", "VideoChanges", "utc_now", "video_id_of"]


class Catalog(
    ArrivalCatalog,
    BatchCatalog,
    PreferenceCatalog,
    QueueCatalog,
    SearchCatalog,
    ShotListCatalog,
    SpaceCatalog,
    UsageCatalog,
):
    """The catalog behind a database URL, its schema brought up to date.

    Any method raises CatalogUnavailable while the database does not answer, and StorageFull.

    Raises: SettingsError where the URL is wrong or the catalog is a later version's,
    CatalogUnavailable where it cannot be opened.
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(Database(url), clock)

    def close(self) -> None:
        """Close the connections. Later calls raise CatalogUnavailable."""
        self._database.close()
