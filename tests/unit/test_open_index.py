"""Opening the index that the settings name: files, servers, and pymilvus' own reading of MILVUS_URI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import load_settings
from core.errors import IndexUnavailable, SettingsError
from core.vectors.backends import FLAT, LITE, ONE_LIST, SERVER, SHORTENED, backend_of
from core.vectors.milvus import MilvusIndex
from core.vectors.open import open_index
from core.vectors.port import VectorIndex
from tests.conftest import PROJECT_ROOT
from tests.vector_stores import SPACE, about, clips, random_vectors

PROBE = """
import json, os, sys
from pathlib import Path
from core.config import load_settings
from core.vectors.open import open_index
settings = load_settings(data_dir=Path(sys.argv[1]) / "data")
before = dict(os.environ)
index = open_index(settings)
index.close()
print(json.dumps({"address": settings.milvus_address, "same": dict(os.environ) == before,
                  "uri": os.environ.get("MILVUS_URI"), "other": os.environ.get("CUEPOINT_LOG_LEVEL")}))
"""


def probe(folder: Path, **variables: str) -> tuple[dict[str, object], str]:
    """Open the index in a fresh process in this folder; return what it found, and its error output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MILVUS")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder)],
        cwd=folder,
        env={**environment, **variables, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.mark.slow
def test_a_file_in_milvus_uri_works(tmp_path: Path) -> None:
    """MILVUS_URI in the environment may name a file, though pymilvus raises for that; it stays set."""
    found, errors = probe(tmp_path, MILVUS_URI="./x.db")
    assert found == {"address": "./x.db", "same": True, "uri": "./x.db", "other": None}
    assert (tmp_path / "x.db" / "collections").is_dir()
    assert errors == ""


@pytest.mark.slow
def test_a_file_in_a_dotenv_works(tmp_path: Path) -> None:
    """MILVUS_URI in `.env` may name a file, and pymilvus does not load that `.env` into the environment."""
    (tmp_path / ".env").write_text("MILVUS_URI=./y.db\nCUEPOINT_LOG_LEVEL=ERROR\n")
    found, errors = probe(tmp_path)
    assert found == {"address": "./y.db", "same": True, "uri": None, "other": None}
    assert (tmp_path / "y.db" / "collections").is_dir()
    assert errors == ""


def test_the_default_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    """Without MILVUS_URI the index is milvus.db in the data folder, which is made."""
    index = open_index(load_settings(data_dir=tmp_path / "new" / "data", milvus_uri=""))
    assert isinstance(index, VectorIndex)
    index.replace_video(SPACE, about("v"), clips(random_vectors(1, 2)))
    index.close()
    assert (tmp_path / "new" / "data" / "milvus.db").is_dir()


@pytest.mark.parametrize("address", ["./milvus", "milvus.sqlite", "localhost:19530", "ftp://host/x"])
def test_an_address_of_no_kind_is_named(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is neither a .db file nor a server's raises SettingsError that names the setting."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="MILVUS_URI"):
        open_index(load_settings(data_dir=tmp_path, milvus_uri=address))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """A server that does not answer raises IndexUnavailable that says what to check, without its address."""
    with pytest.raises(IndexUnavailable, match="MILVUS_URI") as raised:
        open_index(load_settings(data_dir=tmp_path, milvus_uri="http://127.0.0.1:9", milvus_token="secret"))
    assert "127.0.0.1" not in str(raised.value)
    assert "secret" not in repr(raised.value.__cause__)


def test_lite_behind_an_address_is_known_as_lite(tmp_path: Path) -> None:
    """Milvus Lite that serves over TCP is spoken to as Milvus Lite."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, database, port = start_server_in_thread(str(tmp_path / "served.db"), host="127.0.0.1")
    index = MilvusIndex(f"http://127.0.0.1:{port}")
    assert index._client.backend is LITE
    index.replace_video(SPACE, about("v"), clips(random_vectors(1, 3)))
    assert index.count(SPACE) == 3
    index.close()
    server.stop(grace=None).wait()
    database.close()


def test_the_table_of_back_ends() -> None:
    """Versions lead to their table, and sizes to their index."""
    assert backend_of("milvus_lite-3.2.2") is LITE
    assert backend_of("v2.3.5") is backend_of("2.6.1") is SERVER
    assert [LITE.index_for(rows) for rows in (0, 1_999, 2_000, 10**7)] == [FLAT, FLAT, ONE_LIST, ONE_LIST]
    assert [SERVER.index_for(rows) for rows in (0, 19_999, 20_000)] == [FLAT, FLAT, SHORTENED]
    assert LITE.index_for(0, "IVF_FLAT") is ONE_LIST, "an index that became large stays so"
    assert SHORTENED.parameters(10) == {"nprobe": 1, "reorder_k": 2_000}
    assert SHORTENED.parameters(1_000) == {"nprobe": 1, "reorder_k": 10_000}
    cloud = backend_of("v2.6.1", "https://in01-0123.serverless.gcp-us-west1.cloud.zilliz.com:443")
    assert {cloud.index_for(rows).kind for rows in (0, 10**7)} == {"AUTOINDEX"}
    assert backend_of("v2.6.1", "http://zilliz.com.example.org:19530") is SERVER
    assert LITE.build_parameters(ONE_LIST) == {"params": {"nlist": 1}}
    assert SERVER.build_parameters(ONE_LIST) == {"nlist": 1}
    assert LITE.build_parameters(FLAT) == {}
