"""Open the index that the settings name."""

from __future__ import annotations

from core.config import Settings
from core.vectors.port import VectorIndex


def open_index(settings: Settings) -> VectorIndex:
    """Return the index at `MILVUS_URI`, or in a file in the data folder where that is empty.

    Raises: LibraryBusy where the file is open already, SettingsError where the address is of no known
        kind, IndexUnavailable.
    """
    # Importing the driver takes about two seconds; what never opens an index need not wait for it.
    from core.vectors.milvus import MilvusIndex

    return MilvusIndex(settings.milvus_address, settings.milvus_token.get_secret_value())
