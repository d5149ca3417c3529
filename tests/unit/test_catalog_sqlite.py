"""The catalog on its default database: durability, damage, a full disk, and its schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.command import downgrade, upgrade
from sqlalchemy import inspect

from core.catalog.catalog import Catalog
from core.catalog.migrating import migration_config
from core.catalog.shot_lists import NewShot
from core.catalog.tables import metadata
from core.errors import (
    CatalogUnavailable,
    SettingsError,
    StorageFull,
)
from tests.catalogs import new_video


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def test_a_commit_survives_a_power_cut(file: Path) -> None:
    """The write-ahead log is synchronised at every commit, and foreign keys are enforced."""
    catalog = Catalog(f"sqlite:///{file}")
    with catalog._database.write() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    catalog.close()
    assert found == ["wal", 2, 1, 30_000]


def test_what_a_writer_has_read_stays_true(file: Path) -> None:
    """From the moment that a writer begins, no other program can write in between."""
    catalog = Catalog(f"sqlite:///{file}")
    other = sqlite3.connect(file, timeout=0)
    with catalog._database.write() as connection:
        connection.exec_driver_sql("SELECT * FROM videos").all()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM videos")
    other.execute("DELETE FROM videos")
    other.close()
    catalog.close()


def test_a_catalog_of_a_later_version_is_left_alone(file: Path) -> None:
    """A schema that this version does not know is refused with what to do, and not changed."""
    Catalog(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="newer version"):
        Catalog(f"sqlite:///{file}")


def test_a_file_that_is_no_catalog_is_refused(file: Path) -> None:
    """A damaged catalog is named as such, and the file stays as it is."""
    file.write_bytes(b"not a database at all, but long enough to look like one" * 40)
    before = file.read_bytes()
    with pytest.raises(CatalogUnavailable, match="backup"):
        Catalog(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_full_disk_is_named(file: Path) -> None:
    """A full disk gives StorageFull, what was written before stays, and work goes on afterwards."""
    catalog = Catalog(f"sqlite:///{file}")
    catalog.add_video(new_video(1))
    with catalog._database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull, match="disk is full"):
        add_many(catalog)
    kept = catalog.videos()
    with catalog._database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    catalog.add_video(new_video(500))
    assert len(catalog.videos()) == len(kept) + 1
    catalog.close()


def test_a_half_done_migration_is_undone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies while the first schema is being made leaves a file that opens next time."""
    import alembic.op

    real = alembic.op.create_table

    def dies(name: str, *columns: object, **options: object) -> object:
        if name == "videos":
            raise KeyboardInterrupt
        return real(name, *columns, **options)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(alembic.op, "create_table", dies)
    with pytest.raises(KeyboardInterrupt):
        Catalog(f"sqlite:///{file}")
    monkeypatch.undo()
    catalog = Catalog(f"sqlite:///{file}")
    assert catalog.videos() == []
    catalog.close()


def test_a_catalog_of_the_version_before_shot_lists_keeps_its_rows(file: Path) -> None:
    """Videos and searches of revision 0003 are the same after the upgrade, and shots can be kept."""
    url = f"sqlite:///{file}"
    catalog = Catalog(url)
    catalog.add_video(new_video(1, tags=("one",)))
    catalog.save_search("?q=rain", "Rain", "rain")
    before = (catalog.videos(), catalog.saved_searches())
    with catalog._database.write() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        downgrade(config, "0003")
        assert "shots" not in inspect(connection).get_table_names()
    catalog.close()
    catalog = Catalog(url)
    assert (catalog.videos(), catalog.saved_searches()) == before
    made = catalog.add_shot_list("Reel")
    kept = catalog.add_shots(made.id, [NewShot(before[0][0].id, "Video 1", 0.0, 1.0)])
    assert len(kept.shots) == 1
    catalog.close()


@pytest.mark.parametrize("url", ["", "nonsense", "oracle://x", "nosuch://x", "sqlite+nosuch:///x"])
def test_an_address_that_makes_no_sense(url: str) -> None:
    """An unusable DATABASE_URL is named as the setting to change."""
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        Catalog(url)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A catalog that cannot be opened is unavailable, with what to check."""
    with pytest.raises(CatalogUnavailable, match="DATABASE_URL"):
        Catalog(f"sqlite:///{tmp_path}/missing/catalog.sqlite")


def test_the_migrations_can_be_written_as_statements_for_postgresql(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """PostgreSQL gets the same tables with its own types: JSON, BIGINT and times with a zone."""
    config = migration_config()
    config.set_main_option("sqlalchemy.url", "postgresql://")
    config.attributes["dialect_name"] = "postgresql"
    upgrade(config, "head", sql=True)
    statements = capsys.readouterr().out
    for table in metadata.tables:
        assert f"CREATE TABLE {table} (" in statements
    assert "TIMESTAMP WITH TIME ZONE" in statements
    assert "size_bytes BIGINT" in statements
    assert "tags JSON" in statements


def add_many(catalog: Catalog) -> None:
    for number in range(2, 200):
        catalog.add_video(new_video(number, title="x" * 300))


def test_a_catalog_is_kept_before_it_is_updated_and_three_copies_stay(file: Path) -> None:
    """Each update of an existing file first copies it whole; a new file or one without a change has no copy,
    and of more than three copies the oldest go."""
    url = f"sqlite:///{file}"
    catalog = Catalog(url)
    catalog.add_video(new_video(1))
    videos = catalog.videos()
    catalog.close()
    Catalog(url).close()
    assert not list(file.parent.glob("*.before-update-*"))
    seen = []
    for _time in range(4):
        catalog = Catalog(url)
        with catalog._database.write() as connection:
            config = migration_config()
            config.attributes["connection"] = connection
            downgrade(config, "0004")
        catalog.close()
        Catalog(url).close()
        seen.append(sorted(path.name for path in file.parent.glob("*.before-update-*")))
    assert [len(names) for names in seen] == [1, 2, 3, 3]
    assert seen[3][:2] == seen[2][1:]
    kept = Catalog(f"sqlite:///{file.parent / seen[3][2]}")
    assert kept.videos() == videos
    kept.close()
