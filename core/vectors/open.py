"""Open the index that the settings name."""

from __future__ import annotations

from core.config import Settings
from core.layout import index_file
from core.vectors.port import VectorIndex


def open_index(settings: Settings) -> VectorIndex:
    """Return the index at `MILVUS_URI`, or in a file in the data folder where that is empty.

    Raises: LibraryBusy where the file is open already, SettingsError where the address is of no known
        kind, IndexUnavailable.
    """
    # Importing the driver takes about two seconds; what never opens an index need not wait for it.
    from core.vectors.copied import CopiedIndex
    from core.vectors.milvus import MilvusIndex

    index = MilvusIndex(settings.milvus_address, settings.milvus_token.get_secret_value())
    # A file has one owner, so nothing changes behind the copy. A server is faster than the copy would be.
    if index_file(settings.milvus_address) is None or not settings.index_copy_mb:
        return index
    return CopiedIndex(index, settings.index_copy_mb * 10**6)
