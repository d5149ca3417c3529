"""The parts of the pages that need no page: tables, timecode, text."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clock import clock
from components.formats import size, tags_of
from components.markup import escaped, plain
from components.table import csv_of, neutral, videos_csv
from tests.ui.stand_in import StandIn

COMPONENTS = Path(__file__).resolve().parents[2] / "components"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "＝1+1", "|cmd", "\ufeff=1"]
)
def test_no_cell_of_a_table_is_a_formula(cell: str) -> None:
    """A text that a spreadsheet would calculate gets an apostrophe in front, and loses nothing."""
    assert neutral(cell) == f"'{cell}"
    read = next(csv.reader(io.StringIO(csv_of(["a"], []).decode("utf-8-sig"))))
    assert read == ["a"]


@given(
    st.lists(
        st.lists(st.text() | st.integers() | st.floats(allow_nan=False) | st.none(), min_size=2, max_size=2)
    )
)
def test_a_table_reads_back_as_it_was(rows: list[list[object]]) -> None:
    """Whatever cells hold, the file has the same rows and columns, and no cell of text begins a formula."""
    read = list(csv.reader(io.StringIO(csv_of(["a", "b"], rows).decode("utf-8-sig"), newline="")))
    assert len(read) == len(rows) + 1
    for line, row in zip(read[1:], rows, strict=True):
        for found, given_cell in zip(line, row, strict=True):
            assert found == neutral(given_cell)
            if isinstance(given_cell, str):
                assert found[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_the_list_of_videos_is_a_table(library: StandIn) -> None:
    """The downloaded list has one line a video, with a hostile title made harmless."""
    library.edit(library.videos()[0].id, title='=HYPERLINK("http://example.org")')
    read = list(csv.DictReader(io.StringIO(videos_csv(library.videos()).decode("utf-8-sig"), newline="")))
    assert len(read) == 5
    assert read[0]["title"] == '\'=HYPERLINK("http://example.org")'
    assert (read[1]["title"], read[1]["tags"], read[1]["duration_s"]) == ("Green study", "green", "16.0")


@given(st.text())
def test_escaped_text_holds_no_markup(text: str) -> None:
    """Text for HTML and for markdown has none of the signs that either would act on."""
    assert not re.search(r"[<>\"']", escaped(text))
    assert not re.search(r"(?<!\\)[`*_$\[\]<>:]", re.sub(r"\\\\", "", plain(text)))


def test_small_formats() -> None:
    """Sizes, clocks and tags are written and read the way people do."""
    assert [size(n) for n in (0, 999, 12_345, 3_400_000, 999_999_999_999)] == [
        "0 B",
        "999 B",
        "12 kB",
        "3.4 MB",
        "1.0 TB",
    ]
    assert [clock(s) for s in (0, 7.9, 61, 3723)] == ["0:00", "0:07", "1:01", "1:02:03"]
    assert tags_of(" a,  b c ,,a, ") == ("a", "b c")


def test_no_script_writes_markup() -> None:
    """No script of ours puts a string into the page as markup."""
    for script in COMPONENTS.rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            script.name
        )


def test_components_and_pages_know_only_the_library() -> None:
    """Pages and components import nothing of the stores, the provider, or the decoder.

    What stands before every route is put together where Streamlit and our routes are both known.
    """
    forbidden = re.compile(
        r"^\s*(?:from|import)\s+(pymilvus|milvus_lite|sqlalchemy|twelvelabs|av)\b", re.MULTILINE
    )
    allowed = re.compile(r"core\.(model|errors|library|library_\w+|timecode|cells)\b")
    wiring = re.compile(r"core\.http\.(door|headers|hosts)\b")
    for file in (*COMPONENTS.rglob("*.py"), *(COMPONENTS.parent / "pages").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert not forbidden.search(text), file.name
        for line in re.findall(r"^\s*(?:from|import)\s+(core\S*)", text, re.MULTILINE):
            fits = allowed.match(line) or (file.name == "protection.py" and wiring.match(line))
            assert fits, f"{file.name}: {line}"


def test_the_settings_of_streamlit_hold_what_safety_needs() -> None:
    """No hot reload, no telemetry, no question at the start, no traceback on a page, no link in a log."""
    import tomllib

    settings = tomllib.loads((COMPONENTS.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["fileWatcherType"] == "none"
    assert settings["server"]["headless"] is True
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["logger"]["level"] == "warning"
