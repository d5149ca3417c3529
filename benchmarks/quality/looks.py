"""What generated vectors look like: how far the modalities lie apart, how much they say, how uneven they are.

The figures of ``clip`` are those of real CLIP vectors (texts against pictures around 0.15, pictures against
pictures around 0.52), those of ``marengo`` of the published vectors of Marengo 2.7 (texts against clips that
show it 0.32 to 0.39, against others 0.08 to 0.15; clips of one shot 0.92 to 0.98, of others 0.30 to 0.34;
sounds against pictures -0.25 to -0.28).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Look:
    """Parameters of a generated set. Means are of cosines over all pairs."""

    dimension: int = 512
    text_item: float = 0.15
    item_item: float = 0.52
    text_text: float = 0.6
    item_wobble: float = 0.03
    """Standard deviation, from item to item, of how much it lies along what all items share."""
    text_wobble: float = 0.03
    """The same of texts: each has a mean of its own over the library."""
    text_content: float = 0.34
    """Length of what a text says of its subject. More of it: matches stand out more, all cosines spread."""
    sharpness: float = 0.25
    """Standard deviation of the logarithm of that length: texts differ in spread."""
    fidelity: float = 0.9
    """Cosine of what a text says with its very subject; the rest is its own way of putting it."""
    decay: float = 0.35
    """Of the spectrum of contents: 0 is round; the larger, the fewer directions carry everything."""
    topic: float = 0.6
    """How much subjects of one topic have in common, 0 to 1."""
    setting: float = 0.5
    """Weight of where and how it was taken, beside a subject at 0.8."""
    shot: float = 0.35
    """Weight of what only the segments of one shot have in common."""
    flicker: float = 0.1
    """Weight of what differs between segments of one shot."""
    per_subject: float = 8.0
    """Items of a subject on average; topics and subjects are of very different sizes."""
    skew: float = 0.8
    """Exponent of the sizes: 0 is even, 1 is Zipf's law."""
    hubs: float = 0.01
    """Share of items that lie nearer to every text than they should."""
    hub_height: float = 0.05
    """What being a hub adds to the cosine with a text."""
    copies: float = 0.05
    """Share of items that are re-encodes of others (cosine 0.985 to 0.999), in other videos."""
    sound: float = 0.0
    """Share of segments that have a row of sound as well; 0 means one modality."""
    sound_item: float = -0.26
    """Mean cosine of sounds and pictures."""
    sound_text: float = 0.05
    sound_sound: float = 0.5
    audible: float = 0.7
    """Share of subjects that can be heard; the sounds of the others say nothing of them."""
    lost: float = 0.25
    """Share of texts, clips and pairs that nothing answers."""
    per_video: int = 24
    categories: int = 12


_CLIP: Final = Look()
_MARENGO: Final = Look(
    dimension=1024,
    text_item=0.11,
    item_item=0.32,
    text_text=0.3,
    text_content=0.42,
    text_wobble=0.02,
    shot=0.6,
    flicker=0.15,
)

LOOKS: Final[Mapping[str, Look]] = {
    "clip": _CLIP,
    "marengo": _MARENGO,
    "clip-small": replace(_CLIP, dimension=64, decay=0.2),
    "sound": replace(_CLIP, sound=0.5),
    "marengo-sound": replace(_MARENGO, sound=0.5),
    "copies": replace(_CLIP, copies=0.4),
    "uneven": replace(_CLIP, skew=1.2, sharpness=0.5, text_wobble=0.06, hubs=0.03, hub_height=0.1),
    "vague": replace(_CLIP, text_content=0.22, fidelity=0.75, decay=0.5),
    "photos": replace(_CLIP, per_subject=1.5, skew=0.0, per_video=1, copies=0.0),
}
