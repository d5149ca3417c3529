"""The words that clusters may be named with where the engine understands words: everyday scenes.

A plain list that people may edit; the caller keeps it and the vectors of its words.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    aerial view, airport, animals, applause, arts and crafts, audience, baby, beach, bicycle, bird, boat,
    bridge, building site, bus, cafe, camera test, car, cartoon, cat, children playing, church, city street,
    classroom, clouds, computer screen, concert, conference, cooking, corridor, countryside, court, crowd,
    dancing, desert, dog, driving, drone shot, empty room, explosion, eye contact, factory, family, farm,
    fire, fireworks, fishing, flowers, food, football, forest, garden, graphics, gym, harbour, horse,
    hospital, hotel, interview, kitchen, laboratory, landscape, library, living room, logo, machine, map,
    market, medical examination, meeting, mountain, museum, music performance, news studio, night scene,
    office, painting, park, parking lot, phone call, photograph, plants, police, portrait, presentation,
    product shot, protest, rain, reading, restaurant, river, road, robot, rocks, sailing, school, sea, shop,
    shopping, sign language, singing, snow, speech, sports, stadium, stage, stairs, storm, street at night,
    sunset, supermarket, swimming, text on screen, theatre, title card, traffic, train, tree, typing,
    underwater, vegetables, walking people, warehouse, waterfall, wedding, wildlife, workshop, writing
"""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of an edited list: split at commas and line ends, trimmed, each once, in order."""
    parts = (" ".join(part.split()) for line in text.splitlines() for part in line.split(","))
    kept: dict[str, str] = {}
    for part in parts:
        if part:
            kept.setdefault(part.casefold(), part)
    return tuple(kept.values())


DEFAULT_VOCABULARY: Final = words_of(_WORDS)
