"""Settings, from the environment, `.env` and Streamlit's `secrets.toml`, in this order.

`SETTINGS_TABLE` in the README is generated from the descriptions here and a test keeps them equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import SettingsError
from core.model import Modality, Scope

PROJECT_ROOT = Path(__file__).resolve().parent.parent
GIB = 1024**3


def _named(variable: str, default: Any, description: str, **limits: Any) -> Any:
    """Return a field that is set by one variable, in upper or lower case."""
    return Field(
        default,
        validation_alias=AliasChoices(variable, variable.lower()),
        description=description,
        json_schema_extra={"variable": variable},
        **limits,
    )


class Settings(BaseSettings):
    """Everything that can be configured; every field has a working default."""

    model_config = SettingsConfigDict(
        env_file=".env",
        toml_file=PROJECT_ROOT / ".streamlit" / "secrets.toml",
        populate_by_name=True,
        extra="ignore",
        frozen=True,
    )

    # -- where things are kept --
    data_dir: Path = _named("CUEPOINT_DATA_DIR", Path("data"), "Folder for everything Cuepoint keeps.")
    milvus_uri: str = _named(
        "MILVUS_URI", "", "Milvus: a file (Milvus Lite), `http://host:19530`, or a Zilliz Cloud address. "
        "Empty: a file in the data folder.",
    )  # fmt: skip
    milvus_token: SecretStr = _named("MILVUS_TOKEN", SecretStr(""), "Token or `user:password` for Milvus.")
    index_copy_mb: int = _named(
        "CUEPOINT_INDEX_COPY_MB", 512,
        "Most memory for a copy of the vectors, in MB, from which searches are answered with Milvus Lite. "
        "250,000 segments take 512. Larger libraries, and 0: Milvus Lite answers.", ge=0,
    )  # fmt: skip
    database_url: str = _named(
        "DATABASE_URL", "", "Catalog database (SQLAlchemy URL). Empty: SQLite in the data folder."
    )

    # -- the engine --
    engine: Literal["auto", "twelvelabs", "preview"] = _named(
        "CUEPOINT_ENGINE",
        "auto",
        "`auto`: Twelve Labs where there is a key, else preview. Or `twelvelabs`, `preview`.",
    )
    twelve_labs_api_key: SecretStr = _named("TWELVE_LABS_API_KEY", SecretStr(""), "Your key for Twelve Labs.")
    twelve_labs_base_url: str = _named(
        "TWELVE_LABS_BASE_URL", "", "Another address for the Twelve Labs API. Empty: the provider's own."
    )
    model: Literal["marengo3.5", "marengo3.0"] = _named(
        "CUEPOINT_MODEL",
        "marengo3.5",
        "Marengo model. Another one opens a new space (see “With Twelve Labs”).",
    )
    dimension: int = _named(
        "CUEPOINT_DIMENSION", 512, "Length of the vectors of `marengo3.5`; `marengo3.0` has always 512.",
        ge=64, le=512,
    )  # fmt: skip
    modalities: Annotated[tuple[Modality, ...], NoDecode] = _named(
        "CUEPOINT_MODALITIES", (), "What to embed: `visual`, `audio`, `transcription` (3.0), `fused`, with "
        "commas between. Empty: all that the model gives of itself.",
    )  # fmt: skip
    scopes: Annotated[tuple[Scope, ...], NoDecode] = _named(
        "CUEPOINT_SCOPES", ("clip",), "`clip` (segments), or `clip,asset` (whole videos as well)."
    )
    scene_min_s: int = _named(
        "CUEPOINT_SCENE_MIN_S",
        4,
        "Shortest segment that Marengo cuts at scene changes, in seconds.",
        ge=2,
        le=5,
    )
    uploads: int = _named("CUEPOINT_UPLOADS", 3, "Files that go up to Twelve Labs at once.", ge=1, le=16)
    tasks: int = _named("CUEPOINT_TASKS", 10, "Videos that Twelve Labs works on at once.", ge=1, le=100)
    engine_timeout_s: float = _named(
        "CUEPOINT_ENGINE_TIMEOUT_S", 60.0, "How long a silent Twelve Labs is waited for, in seconds.", gt=0
    )
    fit: bool = _named(
        "CUEPOINT_FIT",
        False,
        "Send an enlarged or padded copy of new videos that are outside Marengo's limits.",
    )

    # -- money --
    price_per_minute: float = _named(
        "CUEPOINT_PRICE_PER_MINUTE", 0.0, "What a minute of video costs you. 0: no prices are shown.",
        ge=0,
    )  # fmt: skip
    currency: str = _named("CUEPOINT_CURRENCY", "USD", "Currency of that price.")
    daily_minutes: float = _named(
        "CUEPOINT_DAILY_MINUTES", 0.0, "Most minutes that are embedded in a day (UTC) where they cost money. "
        "0: no ceiling.", ge=0,
    )  # fmt: skip
    segmentation: Literal["scenes", "fixed"] = _named(
        "CUEPOINT_SEGMENTATION", "scenes", "Cut segments at scene changes, or at a fixed length."
    )
    segment_s: float = _named(
        "CUEPOINT_SEGMENT_S", 4.0, "Length of a fixed segment, and the longest of a scene's, in seconds.",
        ge=2, le=10,
    )  # fmt: skip

    # -- the server --
    host: str = _named("HOST", "127.0.0.1", "Address to serve on. `0.0.0.0` serves the whole network.")
    port: int = _named("PORT", 8501, "Port to serve on.", ge=1, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _named(
        "CUEPOINT_LOG_LEVEL", "INFO", "How much the log files say."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = _named(
        "CUEPOINT_ALLOWED_HOSTS", (),
        "Names that Cuepoint answers to, with commas between; `*.example.org` for "
        "all below one, `*` for any. Empty: this machine's own; with `HOST=0.0.0.0` also every IP address.",
    )  # fmt: skip

    # -- who may enter --
    sign_in: bool = _named(
        "CUEPOINT_SIGN_IN", False,
        "Show nothing without a sign-in (OpenID Connect, `[auth]` in `.streamlit/secrets.toml`).",
    )  # fmt: skip
    allowed_emails: Annotated[tuple[str, ...], NoDecode] = _named(
        "CUEPOINT_ALLOWED_EMAILS", (), "Who may enter: addresses, or `@example.org` for all of one, with "
        "commas between. Turns the sign-in on. Empty: everybody that the provider signs in.",
    )  # fmt: skip

    # -- adding videos --
    import_roots: Annotated[tuple[Path, ...], NoDecode] = _named(
        "CUEPOINT_IMPORT_ROOTS", (), "Folders on the server that people may add videos from "
        "(several separated by `:`, by `;` on Windows). Empty: adding from a folder is off.",
    )  # fmt: skip
    max_upload_bytes: int = _named(
        "CUEPOINT_MAX_UPLOAD_BYTES", 20 * GIB, "Largest upload or download, in bytes.", ge=1
    )
    max_duration_s: float = _named(
        "CUEPOINT_MAX_DURATION_S", 4 * 3600.0, "Longest video that is accepted, in seconds.", gt=0
    )
    min_duration_s: float = _named(
        "CUEPOINT_MIN_DURATION_S", 1.0, "Shortest video that is accepted, in seconds.", gt=0
    )
    max_pixels: int = _named(
        "CUEPOINT_MAX_PIXELS", 8192 * 4320, "Largest picture that is decoded, in pixels.", gt=0
    )
    allow_private_urls: bool = _named(
        "CUEPOINT_ALLOW_PRIVATE_URLS", False,
        "Let URLs lead to private and loopback addresses. Only for a network that you trust.",
    )  # fmt: skip
    workers: int = _named(
        "CUEPOINT_WORKERS", 2, "Videos that this machine works on at the same time.", ge=1, le=32
    )

    # -- exports --
    relink_from: str = _named(
        "CUEPOINT_RELINK_FROM", "", "Beginning of the media's paths here that exported shot lists replace. "
        "Empty: only the file names are kept.",
    )  # fmt: skip
    relink_to: str = _named(
        "CUEPOINT_RELINK_TO", "", "Folder in which the editing machine finds the media. Empty: exported "
        "shot lists name the paths here.",
    )  # fmt: skip

    # -- links --
    link_lifetime_s: int = _named(
        "CUEPOINT_LINK_LIFETIME_S", 6 * 3600,
        "How long a media link stays valid, in seconds (at least; at most twice as long).", ge=2,
    )  # fmt: skip

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls))

    @field_validator("import_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: object) -> object:
        import os

        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part.strip())
        return value

    @field_validator("modalities", "scopes", "allowed_hosts", "allowed_emails", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    # -- what follows from the settings --

    @property
    def sign_in_required(self) -> bool:
        """Return whether nothing is shown without a sign-in; a list of people makes no sense without one."""
        return self.sign_in or bool(self.allowed_emails)

    @property
    def engine_name(self) -> Literal["twelvelabs", "preview"]:
        """Return the engine that `auto` comes down to."""
        if self.engine == "auto":
            return "twelvelabs" if self.twelve_labs_api_key.get_secret_value() else "preview"
        return self.engine

    @property
    def milvus_address(self) -> str:
        return self.milvus_uri or str(self.data_dir.absolute() / "milvus.db")

    @property
    def catalog_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'catalog.sqlite'}"


def load_settings(**overrides: Any) -> Settings:
    """Return the settings in force. Raises: SettingsError that names what is wrong."""
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        field = Settings.model_fields.get(name)
        extra = field.json_schema_extra if field is not None else None
        variable = str(extra["variable"]) if isinstance(extra, dict) else name.upper()
        raise SettingsError(f"The setting {variable} is not usable: {first['msg']}.") from exc
