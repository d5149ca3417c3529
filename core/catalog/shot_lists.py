"""Shot lists: kept moments in the order that people gave them.

Each change is one transaction that first takes hold of its list, so that two people at once lose nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from core.catalog.part import CatalogPart
from core.catalog.searches import free_name
from core.catalog.tables import shot_lists, shots
from core.errors import InputRefused, NotFound
from core.model import Shot, ShotList

MOST_SHOTS: Final = 5_000
"""In one list; beyond that nobody finds anything in it, and a page with it would not be pleasant."""


@dataclass(frozen=True, slots=True)
class NewShot:
    """A moment to be kept, its In and Out on the file's frames already."""

    video_id: str
    title: str
    start_s: float
    end_s: float
    note: str = ""


class ShotListCatalog(CatalogPart):
    """Keeping, changing and ordering shots. Every method but the readers returns the list as it is now."""

    def shot_lists(self) -> list[ShotList]:
        """Return all lists with their shots, the last changed first."""
        newest = select(shot_lists).order_by(shot_lists.c.updated_at.desc(), shot_lists.c.id)
        with self._database.read() as connection:
            heads = connection.execute(newest).mappings().all()
            kept = _shots_of(connection, [head["id"] for head in heads])
        return [ShotList(**head, shots=tuple(kept.get(head["id"], ()))) for head in heads]

    def shot_list(self, list_id: str) -> ShotList:
        """Return one list. Raises: NotFound."""
        with self._database.read() as connection:
            return _existing(connection, list_id)

    def add_shot_list(self, name: str) -> ShotList:
        """Begin a list; a name that another list has gets a number."""
        now, list_id = self._clock(), uuid.uuid4().hex
        with self._database.write() as connection:
            connection.execute(
                insert(shot_lists).values(
                    id=list_id, name=_free_name(connection, name), created_at=now, updated_at=now, version=0
                )
            )
            return _existing(connection, list_id)

    def rename_shot_list(self, list_id: str, name: str) -> ShotList:
        """Give a list another name, with a number where another list has it. Raises: NotFound."""
        with self._database.write() as connection:
            _hold(connection, list_id)
            return self._changed(connection, list_id, name=_free_name(connection, name, list_id))

    def delete_shot_list(self, list_id: str) -> None:
        """Remove a list with its shots; one that is gone already stays gone."""
        with self._database.write() as connection:
            connection.execute(delete(shot_lists).where(shot_lists.c.id == list_id))

    def add_shots(self, list_id: str, new: Sequence[NewShot]) -> ShotList:
        """Put moments at the end of a list; one that is there with the same In and Out is not doubled.

        Raises: NotFound, InputRefused where the list would grow too long.
        """
        with self._database.write() as connection:
            before = _hold(connection, list_id)
            known = {_place_of(shot) for shot in before.shots}
            rows: list[dict[str, Any]] = []
            for one in new:
                place = _place_of(one)
                if place not in known:
                    known.add(place)
                    rows.append(_row(list_id, one, self._clock(), len(before.shots) + len(rows)))
            if not rows:
                return before
            _check_length(len(before.shots) + len(rows))
            _insert(connection, rows)
            return self._changed(connection, list_id)

    def edit_shot(self, list_id: str, shot_id: str, change: Callable[[Shot], Shot]) -> ShotList:
        """Write what ``change`` makes of a shot as it is now. Raises: NotFound, and what that raises."""
        with self._database.write() as connection:
            before = _hold(connection, list_id)
            shot = next((shot for shot in before.shots if shot.id == shot_id), None)
            if shot is None:
                raise shot_gone()
            changed = change(shot)
            if changed == shot:
                return before
            connection.execute(update(shots).where(shots.c.id == shot_id).values(**asdict(changed)))
            return self._changed(connection, list_id)

    def order_shots(self, list_id: str, shot_ids: Sequence[str]) -> ShotList:
        """Put shots in this order; those that are not named follow in the order that they had.

        Raises: NotFound for the list. A shot that is gone is passed over.
        """
        with self._database.write() as connection:
            before = _hold(connection, list_id)
            there = {shot.id for shot in before.shots}
            named = dict.fromkeys(one for one in shot_ids if one in there)
            rest = [shot.id for shot in before.shots if shot.id not in named]
            _place(connection, [*named, *rest])
            return self._changed(connection, list_id)

    def remove_shots(self, list_id: str, shot_ids: Collection[str]) -> ShotList:
        """Take shots out of a list; those that are gone stay gone. Raises: NotFound for the list."""
        with self._database.write() as connection:
            before = _hold(connection, list_id)
            unwanted = set(shot_ids)
            there = [shot.id for shot in before.shots if shot.id in unwanted]
            if not there:
                return before
            connection.execute(delete(shots).where(shots.c.id.in_(there)))
            _place(connection, [shot.id for shot in before.shots if shot.id not in unwanted])
            return self._changed(connection, list_id)

    def restore_shots(self, list_id: str, removed: Sequence[tuple[int, Shot]]) -> ShotList:
        """Put shots back at the positions that they had, as far as the list still has those.

        Raises: NotFound for the list, InputRefused where it would grow too long.
        """
        with self._database.write() as connection:
            before = _hold(connection, list_id)
            order = [shot.id for shot in before.shots]
            # Somebody may have put one back already, or kept the same moment again meanwhile.
            known = {_place_of(shot) for shot in before.shots}
            missing = [
                (at, shot)
                for at, shot in sorted(removed, key=_position)
                if shot.id not in order and _place_of(shot) not in known
            ]
            _check_length(len(order) + len(missing))
            _insert(connection, [asdict(shot) | {"list_id": list_id, "position": at} for at, shot in missing])
            for at, shot in missing:
                order.insert(max(0, at), shot.id)
            _place(connection, order)
            return self._changed(connection, list_id)

    def _changed(self, connection: Connection, list_id: str, **values: Any) -> ShotList:
        values |= {"updated_at": self._clock(), "version": shot_lists.c.version + 1}
        connection.execute(update(shot_lists).where(shot_lists.c.id == list_id).values(**values))
        return _existing(connection, list_id)


# -- within a transaction ------------------------------------------------------------------------


def _hold(connection: Connection, list_id: str) -> ShotList:
    """Return the list, which nobody else can change until the transaction ends. Raises: NotFound."""
    # SQLite lets one writer in at a time and passes over this; PostgreSQL waits here.
    connection.execute(select(shot_lists.c.id).where(shot_lists.c.id == list_id).with_for_update())
    return _existing(connection, list_id)


def _existing(connection: Connection, list_id: str) -> ShotList:
    head = connection.execute(select(shot_lists).where(shot_lists.c.id == list_id)).mappings().first()
    if head is None:
        raise NotFound("This shot list is not there any more. Choose another one, or begin a new one.")
    return ShotList(**head, shots=tuple(_shots_of(connection, [list_id]).get(list_id, ())))


def _shots_of(connection: Connection, list_ids: Iterable[str]) -> dict[str, list[Shot]]:
    wanted = (
        select(shots).where(shots.c.list_id.in_(list(list_ids))).order_by(shots.c.list_id, shots.c.position)
    )
    found: dict[str, list[Shot]] = {}
    for row in connection.execute(wanted).mappings():
        values = {name: value for name, value in row.items() if name not in ("list_id", "position")}
        found.setdefault(row["list_id"], []).append(Shot(**values))
    return found


def _row(list_id: str, new: NewShot, now: datetime, position: int) -> dict[str, Any]:
    own = {"id": uuid.uuid4().hex, "list_id": list_id, "position": position, "rating": 0, "added_at": now}
    return asdict(new) | own


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(shots), list(rows))


def _place(connection: Connection, order: Sequence[str]) -> None:
    """Number the shots in this order."""
    if order:
        connection.execute(
            update(shots).where(shots.c.id == bindparam("shot")).values(position=bindparam("place")),
            [{"shot": shot_id, "place": place} for place, shot_id in enumerate(order)],
        )


def _place_of(shot: Shot | NewShot) -> tuple[str, float, float]:
    return shot.video_id, shot.start_s, shot.end_s


def _position(removed: tuple[int, Shot]) -> int:
    return removed[0]


def _check_length(length: int) -> None:
    if length > MOST_SHOTS:
        raise InputRefused(f"A shot list holds at most {MOST_SHOTS:,} shots. Begin another one.")


def shot_gone() -> NotFound:
    """Return the error for a shot that somebody removed meanwhile."""
    return NotFound("This shot is not in the list any more. Load the page again.")


def _free_name(connection: Connection, name: str, own_id: str | None = None) -> str:
    wanted = select(shot_lists.c.name)
    if own_id is not None:
        wanted = wanted.where(shot_lists.c.id != own_id)
    return free_name(name, connection.scalars(wanted).all())
