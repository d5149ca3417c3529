"""Whatever a file is called, what is shown is harmless and what is stored is ours."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from core.media.names import STORED_SUFFIXES, UNTITLED, clean_name, clean_text
from core.media.offers import Headers, suggested_name

# Texts with surrogates, controls, overrides and separators more often than chance would have them.
HOSTILE = st.text(
    st.one_of(
        st.characters(), st.sampled_from("/\\.:\0\n\r\t \u202e\u2066\u200f\u200b\u200d<>&'\"%`$;mp4MOV")
    ),
    max_size=400,
)
OVERRIDES = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


@given(HOSTILE)
@example("../../x.mp4")
@example("CON")
@example("C:\\fakepath\\clip.MOV")
@example("\u202e4pm.exe")
@example("." * 300)
@example("\ud800.mp4")
@example(" .mp4")
@example("e\u200b\u0301.mp4")
def test_clean_names_are_harmless(name: str) -> None:
    """A cleaned name is short text without path parts, controls or direction overrides, and storable."""
    title, suffix = clean_name(name)
    assert 1 <= len(title) <= 200
    assert suffix == "" or suffix in STORED_SUFFIXES
    assert not set(title) & set("/\\")
    assert not set(title) & OVERRIDES
    assert title not in (".", "..")
    assert title == title.strip()
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in title)
    title.encode("utf-8")


@given(HOSTILE)
@example("a.mp4.mp4")
@example("x.mp4y")
def test_cleaning_again_changes_nothing(name: str) -> None:
    """What was cleaned once is clean."""
    once = clean_name(name)
    assert clean_name(once.shown) == once


@given(HOSTILE, st.integers(1, 50))
def test_clean_text_keeps_its_limit(text: str, limit: int) -> None:
    """Cleaned text is one line of at most so many characters, and cleaning it again changes nothing."""
    once = clean_text(text, limit)
    assert len(once) <= limit
    assert clean_text(once, limit) == once
    assert len(once.splitlines()) <= 1


@given(
    st.text(st.sampled_from("abcxyzéü日本語 <>&'()[]"), min_size=1, max_size=60).map(str.strip).filter(bool)
)
def test_ordinary_names_survive(stem: str) -> None:
    """Letters of any script, spaces and the characters of HTML stay what they were: text stays text."""
    expected = " ".join(unicodedata.normalize("NFC", stem).split())
    assert clean_name(f"/home/me/{stem}.mkv") == (expected, ".mkv")


@given(st.binary(max_size=300), st.binary(max_size=40), st.lists(HOSTILE, max_size=2))
@example(b"attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", b"video/mp4", [])
@example(b"attachment; filename*=nonsense'x'%ff", b"", ["/a.mp4"])
@example(b"attachment; filename*0*=a; filename*1=b", b"", [])
def test_suggested_names_are_clean(disposition: bytes, kind: bytes, paths: list[str]) -> None:
    """Whatever a server and an address say, the name of a download is a clean one."""
    headers = Headers([(b"Content-Disposition", disposition), (b"Content-Type", kind)])
    name = suggested_name(headers, paths)
    assert clean_name(name).shown == name or clean_name(name).title == UNTITLED
