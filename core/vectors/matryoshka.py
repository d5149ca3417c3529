"""Shorter vectors from longer ones that are archived: another dimension of a model costs no call."""

from __future__ import annotations

import logging
from typing import Final

from core.errors import ArchiveDamaged, NotFound
from core.model import Space
from core.vectors.archive import Archive, cut

log = logging.getLogger(__name__)

MODELS: Final = frozenset({("twelvelabs", "marengo3.5")})
"""Models whose vectors may be cut: their first components are trained to stand alone."""


def longer_spaces(archive: Archive, video_id: str, space: Space, recipe: str) -> list[Space]:
    """Return the spaces of the same model that a video's vectors can be cut from, the longest first."""
    if (space.engine, space.model) not in MODELS:
        return []
    longer = [one for one in archive.dimensions_of(space) if one.dimension > space.dimension]
    found = [one for one in longer if archive.has(video_id, one, recipe)]
    return sorted(found, key=lambda one: -one.dimension)


def is_known(archive: Archive, video_id: str, space: Space, recipe: str) -> bool:
    """Return whether a video's vectors are archived, or can be cut from longer ones that are."""
    return archive.has(video_id, space, recipe) or bool(longer_spaces(archive, video_id, space, recipe))


def derive(archive: Archive, video_id: str, space: Space, recipe: str) -> bool:
    """Make sure that the archive has a video's vectors where they can be had without a call.

    They are cut from the longest sound ones, brought to unit length and archived. Returns whether the
    archive has them now. Raises: StorageFull, StoreError.
    """
    if archive.has(video_id, space, recipe):
        return True
    for longer in longer_spaces(archive, video_id, space, recipe):
        try:
            embeddings = archive.read(video_id, longer, recipe)
        except (ArchiveDamaged, NotFound):
            log.warning("archive.not_cut video=%s space=%s", video_id, longer.key, exc_info=True)
            continue
        archive.write(video_id, space, recipe, cut(embeddings, space.dimension))
        log.info("archive.cut video=%s from=%s to=%s", video_id, longer.key, space.key)
        return True
    return False
