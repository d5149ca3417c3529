"""Where a search looks: what is seen, heard, said, or all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from core.model import Modality

Sense = Literal["both", "see", "hear", "said", "fused"]
SENSES: Final[tuple[Sense, ...]] = get_args(Sense)
MODALITIES: Final[Mapping[Sense, tuple[Modality, ...]]] = {
    "both": (),
    "see": ("visual",),
    "hear": ("audio", "transcription"),
    "said": ("transcription",),
    "fused": ("fused",),
}
"""As far as the engine has them; empty means all that it has."""
SENSE_NAMES: Final[Mapping[Sense, str]] = {
    "both": "All",
    "see": "See",
    "hear": "Hear",
    "said": "Said",
    "fused": "Fused",
}
"""As the control shows them, and as the address holds them."""
SENSE_MEANINGS: Final[Mapping[Sense, str]] = {
    "both": "everything, added up",
    "see": "what you see",
    "hear": "what you hear, speech too",
    "said": "what is said",
    "fused": "the engine's one vector of it all",
}
_FORMER: Final[Mapping[str, Sense]] = {"see and hear": "both", "all together": "fused"}


def sense_named(name: str | None) -> Sense:
    """Return the sense that an address names, by today's name or a former one; all for anything else."""
    wanted = (name or "").strip().casefold()
    found = next((sense for sense in SENSES if wanted == SENSE_NAMES[sense].casefold()), None)
    return found or _FORMER.get(wanted, "both")


def senses_of(available: Sequence[Modality]) -> tuple[Sense, ...]:
    """Return where an engine can search; a choice of one is none."""
    places = [sense for sense in SENSES if set(MODALITIES[sense]) & set(available)]
    return ("both", *places) if len(places) > 1 else ("both",)


def modalities_of(sense: Sense, available: Sequence[Modality]) -> tuple[Modality, ...]:
    """Return what to search for a sense, empty for all; a link's sense may be one that is not there."""
    return tuple(one for one in MODALITIES[sense] if one in available)
