"""Settings: where they come from, which source wins, and what is said about a wrong one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import SettingsConfigDict

from core import config
from core.config import Settings, load_settings
from core.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]


def variables() -> dict[str, str]:
    """Return the variable of each field."""
    return {name: _variable(name) for name in Settings.model_fields}


def _variable(name: str) -> str:
    extra = Settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["variable"])


@dataclass
class Sources:
    """The places that settings come from; nothing of this machine's own gets in."""

    folder: Path
    setenv: Callable[[str, str], None]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def write(self, source: str, name: str, value: object) -> None:
        """Set a field in one source: kwargs, environment, .env or secrets.toml."""
        if source == "kwargs":
            self.kwargs[name] = value
        elif source == "environment":
            self.setenv(_variable(name), str(value))
        elif source == ".env":
            self._append(".env", f"{_variable(name)}={value}\n")
        else:
            quoted = f'"{value}"' if isinstance(value, str | Path) else str(value)
            self._append("secrets.toml", f"{_variable(name)} = {quoted}\n")

    def _append(self, file: str, line: str) -> None:
        with (self.folder / file).open("a", encoding="utf-8") as out:
            out.write(line)

    def load(self) -> Settings:
        return load_settings(**self.kwargs)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """No source holds anything yet."""
    for variable in variables().values():
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    monkeypatch.chdir(tmp_path)

    class Here(Settings):
        model_config = SettingsConfigDict(toml_file=tmp_path / "secrets.toml")

    monkeypatch.setattr(config, "Settings", Here)
    return Sources(tmp_path, monkeypatch.setenv)


IN_ORDER = ["kwargs", "environment", ".env", "secrets.toml"]


def test_every_setting_has_a_working_default(sources: Sources) -> None:
    """With nothing set anywhere, Cuepoint serves this machine alone, from ./data, without a key."""
    settings = sources.load()
    assert (settings.host, settings.port) == ("127.0.0.1", 8501)
    assert settings.data_dir == Path("data")
    assert settings.engine_name == "preview"
    assert settings.import_roots == ()
    assert settings.allow_private_urls is False


@pytest.mark.parametrize("source", IN_ORDER)
def test_each_source_is_read(sources: Sources, source: str) -> None:
    """A setting that only one source holds is taken from there."""
    sources.write(source, "port", 9001)
    sources.write(source, "data_dir", "elsewhere")
    assert sources.load().port == 9001
    assert sources.load().data_dir == Path("elsewhere")


@pytest.mark.parametrize(
    ("winner", "loser"), [(a, b) for i, a in enumerate(IN_ORDER) for b in IN_ORDER[i + 1 :]]
)
def test_the_nearer_source_wins(sources: Sources, winner: str, loser: str) -> None:
    """Arguments win over the environment, that over .env, that over secrets.toml."""
    sources.write(winner, "port", 9001)
    sources.write(loser, "port", 9002)
    sources.write(loser, "workers", 5)
    settings = sources.load()
    assert settings.port == 9001
    assert settings.workers == 5, "what the nearer source leaves out still comes from the other"


def test_a_variable_may_be_written_in_lower_case(sources: Sources) -> None:
    """`port=9001` in .env is as good as `PORT=9001`."""
    (sources.folder / ".env").write_text("port=9001\n", encoding="utf-8")
    assert sources.load().port == 9001


def test_what_is_not_ours_is_left_alone(sources: Sources) -> None:
    """Streamlit's own entries in secrets.toml and other programs' lines in .env do no harm."""
    (sources.folder / ".env").write_text("SOMETHING_ELSE=1\n", encoding="utf-8")
    (sources.folder / "secrets.toml").write_text('[auth]\ncookie_secret = "x"\n', encoding="utf-8")
    assert sources.load().port == 8501


def test_several_import_roots_are_separated_as_paths_are(sources: Sources) -> None:
    """CUEPOINT_IMPORT_ROOTS holds folders as PATH does; empty parts are left out."""
    sources.write("environment", "import_roots", os.pathsep.join(["/films", "", "/more films"]))
    assert sources.load().import_roots == (Path("/films"), Path("/more films"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "0"),
        ("port", "many"),
        ("port", "65536"),
        ("engine", "magic"),
        ("segmentation", "random"),
        ("segment_s", "1.5"),
        ("segment_s", "11"),
        ("log_level", "LOUD"),
        ("workers", "0"),
        ("max_upload_bytes", "-1"),
        ("max_duration_s", "nan"),
        ("allow_private_urls", "perhaps"),
        ("link_lifetime_s", "1"),
    ],
)
@pytest.mark.parametrize("source", ["environment", ".env", "secrets.toml"])
def test_a_wrong_value_is_refused_by_its_variable(
    sources: Sources, source: str, name: str, value: str
) -> None:
    """The one sentence names the variable as it is written, wherever the value came from."""
    sources.write(source, name, value)
    with pytest.raises(SettingsError) as refused:
        sources.load()
    assert refused.value.message.startswith(f"The setting {_variable(name)} is not usable: ")
    assert "\n" not in refused.value.message


def test_a_wrong_argument_is_refused_by_its_variable(sources: Sources) -> None:
    """A script that passes a wrong value reads the variable's name too."""
    sources.write("kwargs", "workers", 0)
    with pytest.raises(SettingsError, match="The setting CUEPOINT_WORKERS is not usable"):
        sources.load()


def test_keys_are_never_shown(sources: Sources) -> None:
    """Printing or logging the settings shows neither key nor token."""
    sources.write("environment", "twelve_labs_api_key", "tlk_hidden")
    sources.write("environment", "milvus_token", "root:hidden")
    settings = sources.load()
    assert settings.twelve_labs_api_key.get_secret_value() == "tlk_hidden"
    assert "hidden" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_settings_cannot_be_changed_later(sources: Sources) -> None:
    """What was read at the start holds until the end."""
    with pytest.raises(ValueError, match="frozen"):
        sources.load().port = 1


def test_stores_lie_in_the_data_folder_unless_told_otherwise(sources: Sources) -> None:
    """Milvus and the catalog follow the data folder; an address of their own wins."""
    sources.write("kwargs", "data_dir", sources.folder / "kept")
    settings = sources.load()
    assert settings.milvus_address == str(sources.folder / "kept" / "milvus.db")
    assert settings.catalog_url == f"sqlite:///{sources.folder / 'kept' / 'catalog.sqlite'}"
    sources.write("environment", "milvus_uri", "http://milvus:19530")
    sources.write("environment", "database_url", "postgresql+psycopg://db/cuepoint")
    settings = sources.load()
    assert settings.milvus_address == "http://milvus:19530"
    assert settings.catalog_url == "postgresql+psycopg://db/cuepoint"


def test_every_setting_says_what_it_does() -> None:
    """Each field has a variable of its own and a description that is a sentence."""
    assert len(set(variables().values())) == len(variables())
    for name, settings_field in Settings.model_fields.items():
        assert variables()[name] == variables()[name].upper()
        assert (settings_field.description or "").endswith((".", ".)"))


def test_the_example_file_lists_every_setting(sources: Sources) -> None:
    """.env.example has each setting once, below its description, with the default as its value."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = [line[1:].split("=", 1)[0] for line in lines if line.startswith("#") and line[1:2] != " "]
    assert listed == list(variables().values())
    said = " ".join(line[2:] for line in lines if line.startswith("# "))
    for settings_field in Settings.model_fields.values():
        assert str(settings_field.description) in said
    active = [line[1:] if line[1:2] != " " else line for line in lines if line.startswith("#")]
    (sources.folder / ".env").write_text("\n".join(active), encoding="utf-8")
    assert sources.load().model_dump() == Settings.model_construct().model_dump()
