"""Names and paths on the way out: reels, file names, file URLs, relinking, hostile text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from opentimelineio.url_utils import filepath_from_url

from core.export import names
from core.export.media_paths import MediaPath, media_path
from core.model import ExportOptions
from tests import export_reading as reading
from tests.export_reading import DATA, exported, shot, video

HOSTILE = "a\x00b\x0bc\ud800 ]]> <&\"'> \u202eevil\u202c \ufffe שלום 🎬 é\r\nsecond"


@pytest.mark.parametrize(
    ("file", "reel"),
    [
        ("A001_C002_0101AB.mov", "A001_C00"),
        ("Müller & Söhne.mp4", "MULLER_S"),
        ("clip.mov", "CLIP"),
        ("шот.mov", "CLIP"),
        ("🎬.mov", "CLIP"),
        ("bl.mov", "BL_"),
        ("AX.mp4", "AX_"),
        ("", "CLIP"),
        (".hidden", "HIDDEN"),
    ],
)
def test_a_reel_is_like_the_file_name(file: str, reel: str) -> None:
    """Letters without their marks, figures, and never a word that means something else to a program."""
    assert names.reel_name(file, ()) == reel


@given(st.lists(st.text(max_size=12), max_size=40))
def test_reels_are_short_and_each_its_own(files: list[str]) -> None:
    """Any file names give as many different reels of 1 to 8 characters."""
    reels: list[str] = []
    for file in files:
        reels.append(names.reel_name(file, reels))
    assert len(set(reels)) == len(reels)
    assert all(
        1 <= len(reel) <= 8 and set(reel) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") for reel in reels
    )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Selects", "Selects.edl"),
        ('Day 1/2: "best" <of> a|b?*\\', "Day 1_2_ _best_ _of_ a_b___.edl"),
        ("con", "_con.edl"),
        ("COM1.old", "_COM1.old.edl"),
        ("console", "console.edl"),
        (" ..  ", "Shot list.edl"),
        ("trail. .", "trail.edl"),
        ("\x00\u202e", "Shot list.edl"),
        ("😀" * 60, "😀" * 37 + ".edl"),
    ],
)
def test_a_file_name_is_one_everywhere(name: str, file: str) -> None:
    """Nothing that Windows refuses or takes for a device, and never more bytes than a file system has."""
    assert names.file_name(name, ".edl") == file


@pytest.mark.parametrize(
    ("path", "url", "fcp7"),
    [
        (
            "/Volumes/My Disk/a.mov",
            "file:///Volumes/My%20Disk/a.mov",
            "file://localhost/Volumes/My%20Disk/a.mov",
        ),
        ("/f/Möwe #1 100%.mov", "file:///f/M%C3%B6we%20%231%20100%25.mov", None),
        ("/f/a?b;c&d'.mov", "file:///f/a%3Fb%3Bc%26d%27.mov", None),
        ("Z:\\Footage\\a b.mov", "file:///Z:/Footage/a%20b.mov", "file://localhost/Z:/Footage/a%20b.mov"),
        ("\\\\nas\\film\\ä.mov", "file://nas/film/%C3%A4.mov", "file://nas/film/%C3%A4.mov"),
        ("/f/back\\slash.mov", "file:///f/back%5Cslash.mov", None),
        ("/f/\udcff.mov", "file:///f/%FF.mov", None),
    ],
)
def test_a_path_becomes_a_url(path: str, url: str, fcp7: str | None) -> None:
    """RFC 8089 for every kind of path: spaces, umlauts, #, %, drives, servers, bytes that are no text."""
    media = MediaPath(path, "a.mov")
    assert media.url() == url
    assert media.url("localhost") == (fcp7 or url.replace("file:///", "file://localhost/"))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1))
def test_a_url_leads_back_to_its_path(name: str) -> None:
    """Another library's reader of URLs finds the path again, whatever the file is called."""
    path = f"/footage/{name}".rstrip("/")
    assert (
        filepath_from_url(MediaPath(path, name).url()) == path.replace("//", "/")
        or "//" in path
        or "/." in path
    )


@pytest.mark.parametrize(
    ("start", "target", "path"),
    [
        ("", "", "/footage/day 1/a.mov"),
        ("/footage", "/Volumes/RAID", "/Volumes/RAID/day 1/a.mov"),
        ("/footage/", "/Volumes/RAID/", "/Volumes/RAID/day 1/a.mov"),
        ("/footage", "Z:\\Footage", "Z:\\Footage\\day 1\\a.mov"),
        ("/footage", "Z:\\", "Z:\\day 1\\a.mov"),
        ("/footage", "Z:/Footage", "Z:\\Footage\\day 1\\a.mov"),
        ("/footage", "\\\\nas\\film", "\\\\nas\\film\\day 1\\a.mov"),
        ("", "/Volumes/RAID", "/Volumes/RAID/a.mov"),
        ("/foot", "/Volumes/RAID", "/footage/day 1/a.mov"),
        ("/footage", "", "/footage/day 1/a.mov"),
    ],
)
def test_relinking_replaces_the_beginning_of_a_path(start: str, target: str, path: str) -> None:
    """Whole folders are replaced, in the manner of the target; no beginning keeps only the file's name."""
    source = video("a", paths=("/footage/day 1/a.mov",))
    found = media_path(source, DATA, ExportOptions(relink_from=start, relink_to=target))
    assert found.path == path
    assert found.astray == (start == "/foot")


def test_windows_paths_are_relinked_without_minding_case() -> None:
    """A library on Windows relinks to a Mac; there, Z: and z: are the same."""
    source = video("a", paths=("Z:\\Footage\\Day 1\\a.mov",))
    found = media_path(source, DATA, ExportOptions(relink_from="z:\\footage", relink_to="/Volumes/RAID"))
    assert (found.path, found.name) == ("/Volumes/RAID/Day 1/a.mov", "a.mov")


def test_the_original_is_named_rather_than_the_copy(tmp_path: Path) -> None:
    """Of all known paths, one that is there, and of those one outside of the data folder."""
    data, footage = tmp_path / "data", tmp_path / "footage"
    for file in (data / "originals" / "x.mov", footage / "a.mov"):
        file.parent.mkdir(parents=True)
        file.touch()
    copy, original, gone = (
        str(data / "originals" / "x.mov"),
        str(footage / "a.mov"),
        str(tmp_path / "old.mov"),
    )
    for known, wanted, missing in (
        ((copy, original), original, False), ((gone, copy), copy, False), ((gone,), gone, True),
    ):  # fmt: skip
        found = media_path(video("a", paths=known), data, ExportOptions())
        assert (found.path, found.missing) == (wanted, missing)


def test_an_upload_is_relinked_by_the_name_it_came_with(tmp_path: Path) -> None:
    """The library's own copies mean nothing elsewhere: with relinking the name on arrival counts."""
    copy = str(tmp_path / "originals" / "3f2a.mp4")
    options = ExportOptions(relink_from="/footage", relink_to="/Volumes/RAID")
    named = video("a", paths=(copy,), file_name="GX010042.MP4")
    assert media_path(named, tmp_path, options).path == "/Volumes/RAID/GX010042.MP4"
    kept = media_path(named, tmp_path, ExportOptions())
    assert (kept.path, kept.name, kept.copy) == (copy, "GX010042.MP4", True)
    assert not media_path(named, tmp_path, options).copy
    untold = video("a", paths=(copy,), title="Harbour: dawn")
    assert media_path(untold, tmp_path, options).path == "/Volumes/RAID/Harbour_ dawn.mp4"
    sly = video("a", paths=(copy,), file_name="../../x.mov")
    assert media_path(sly, tmp_path, options).path == "/Volumes/RAID/.._.._x.mov"


def test_media_that_is_missing_or_astray_is_said(tmp_path: Path) -> None:
    """Both are written all the same, and each is in a remark."""
    there = tmp_path / "there.mov"
    there.touch()
    lost, here = video("lost", title="Lost"), video("here", title="Here", paths=(str(there),))
    shots = [shot(lost, 0, 9), shot(here, 0, 9)]
    said = exported("fcpxml", [lost, here], shots).remarks
    assert [remark for remark in said if "Lost" in remark and "Here" not in remark]
    said = exported("fcpxml", [lost, here], shots, relink_from="/footage", relink_to="/V").remarks
    assert [remark for remark in said if "outside" in remark and "Here" in remark and "Lost" not in remark]


@pytest.mark.parametrize("kind", ["fcp7", "fcpxml"])
def test_hostile_names_never_break_the_xml(kind: reading.ExportFormat) -> None:
    """Control characters, lone surrogates, direction overrides and what XML forbids are left out."""
    source = video("a", title=HOSTILE, paths=('/footage/\x01<&>".mov',))
    content = exported(kind, [source], [shot(source, 0, 9, note=HOSTILE)], HOSTILE).content
    root = etree.fromstring(content)
    texts = [text for node in root.iter() for text in (node.text, *node.attrib.values()) if text]
    line = "a b c ]]> <&\"'> evil שלום 🎬 é"
    assert f"{line} second" in texts
    assert f"{line}\nsecond" in texts


def test_hostile_notes_stay_one_comment_of_an_edl() -> None:
    """A note of several lines cannot make an event of its own."""
    source = video("a")
    note = "look\r\n002  BL  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n* FROM CLIP NAME: x"
    (read,) = reading.read_edl(
        exported("edl", [source], [shot(source, 0, 9, note=note)]).content, source.media.frame_rate
    )
    assert read.name == "a.mov"
    assert read.note == "look 002 BL V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00 * FROM CLIP NAME: x"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+49", "-2", "\t=1", "＝1"])
def test_no_cell_of_the_csv_is_a_formula(text: str) -> None:
    """Whatever a title or note begins with, a spreadsheet shows it and calculates nothing."""
    source = video("a", title=text)
    (row,) = reading.read_csv(exported("csv", [source], [shot(source, 0, 9, note=text)]).content)
    assert row["name"] == row["note"] == f"'{text.strip()}"


def test_sound_is_tied_to_its_picture() -> None:
    """In FCP 7 XML a shot with sound has two audio items, linked with its picture; a silent one has none."""
    loud, silent = video("loud"), video("silent", sound=False)
    root = etree.fromstring(exported("fcp7", [loud, silent], [shot(loud, 0, 9), shot(silent, 0, 9)]).content)
    items = {item.get("id"): item for item in root.iter("clipitem")}
    assert list(items) == ["clipitem-v1", "clipitem-v2", "clipitem-a1-1", "clipitem-a2-1"]
    for name in ("clipitem-v1", "clipitem-a1-1", "clipitem-a2-1"):
        assert [link.text for link in items[name].iter("linkclipref")] == [
            "clipitem-v1", "clipitem-a1-1", "clipitem-a2-1"]  # fmt: skip
    assert items["clipitem-v2"].find("link") is None
    assert [items[f"clipitem-a{n}-1"].findtext("sourcetrack/trackindex") for n in (1, 2)] == ["1", "2"]
    assert len(root.findall(".//file/pathurl")) == 2
