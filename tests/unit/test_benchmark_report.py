"""What `make bench` writes of its figures: a file, a table and a chart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import chart, picture, tables
from benchmarks.measures import Failed, Measurement, measured
from benchmarks.results import (
    Calls,
    Crowd,
    Crowds,
    Ingesting,
    Machine,
    Results,
    Searching,
    Starting,
    Way,
    load,
    save,
    this_machine,
)

MACHINE = Machine("Some processor", 2, 8, "Linux, Python 3.11.7", {"numpy": "2.0"})


def _searching(engine: str, rows: int) -> Searching:
    theirs, ours = {
        "lite": ("Milvus Lite, bare", "Cuepoint on Milvus Lite"),
        "server": ("Milvus server, bare", "Cuepoint on a Milvus server"),
    }[engine]
    ways = (
        Way("numpy", rows / 10_000, 2.0, 1.0, rows / 20_000, 1.0),
        Way("FAISS", rows / 11_000, 2.0, 1.0, 0.12, 1.0),
        Way(theirs, rows / 1_500, 90.0, 0.998, 60.0, 0.87),
        Way(ours, rows / 8_000, 14.0, 1.0, 4.0, 1.0),
    )
    copy = 210 if engine == "lite" else None
    return Searching(engine, rows, "FLAT", ways, 41.0, 55.0, 39.0, 25.0, 3.0, 320, copy)


def _results() -> Results:
    results = Results(MACHINE, short=False)
    for engine, sizes in {"lite": (10_000, 100_000), "server": (10_000, 100_000, 1_000_000)}.items():
        for rows in sizes:
            results = results.having(f"search {engine} {rows}", _searching(engine, rows), 0.5)
    crowd = tuple(Crowd(n, 20 * n, 20.0 + n, 90.0 + 4 * n, 0, 400, 0.9) for n in (10, 25, 50))
    for name, figures in {
        "ingest lite": Ingesting("lite", 100_000, 4_000, 3_700, 0.93),
        "start": Starting(10_000, 4.2, 4.9, 350),
        "sessions": Crowds(10_000, "2 of its own", crowd),
        "calls": Calls(100_000, 400.0, 350.0, 1.14, 1.2, 60.0),
    }.items():
        results = results.having(name, figures, 0.5)
    return results.lacking("ingest server", "no Milvus server here")


def test_a_file_of_results_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every kind of figure, and why others are missing, comes back equal."""
    save(_results(), tmp_path / "results.json")
    assert load(tmp_path / "results.json") == _results()


def test_a_file_of_results_names_no_host_and_no_path(tmp_path: Path) -> None:
    """What is published says what the machine is like and not which one it is."""
    save(Results(this_machine(), short=True), tmp_path / "results.json")
    machine = json.loads((tmp_path / "results.json").read_text())["machine"]
    assert set(machine) == {"processor", "cores", "memory_gib", "system", "versions"}
    assert "/" not in json.dumps(machine)


def test_figures_of_the_same_name_are_replaced() -> None:
    """A later run of one measurement takes the place of the earlier one, and of why it was missing."""
    again = Ingesting("server", 100_000, 9_000, 8_000, 0.89)
    results = _results().having("ingest server", again, 0.1)
    assert results.of(Ingesting)[-1] == again
    assert not results.missing


def test_the_tables_have_every_way_at_every_size_of_its_run() -> None:
    """Either engine has its table, with numpy as it was measured there, and recall beside milliseconds."""
    lite, server = tables.searches(_results().of(Searching)).split("\n\n")[1:]
    rows = {cells[0]: cells[1:] for cells in map(_cells, lite.splitlines())}
    assert rows["one search, beside Milvus Lite"] == ["10,000 rows", "100,000 rows"]
    assert rows["Milvus Lite, bare"] == ["6.7 · 60.0 (0.998, 0.87)", "66.7 · 60.0 (0.998, 0.87)"]
    rows = {cells[0]: cells[1:] for cells in map(_cells, server.splitlines())}
    assert rows["Cuepoint on a Milvus server"] == [
        "1.2 · 4.0 (1, 1)",
        "12.5 · 4.0 (1, 1)",
        "125 · 4.0 (1, 1)",
    ]
    assert rows["numpy"][0] == "1.0 · 0.50 (1, 1)"


def _cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


def test_all_that_was_measured_is_in_the_tables() -> None:
    """Each kind of figure has its table, and what is missing says why."""
    text = tables.markdown(_results())
    for told in (
        "2 cores (Some processor), 8 GiB",
        "| Milvus Lite, 100,000 rows | 4,000 | 3,700 | 0.93 |",
        "| 10,000 | 4.2 | 4.9 | 350 |",
        "| 25 | 10,000 | 2 of its own | 500 | 45 | 190 | 0 | 400 | 0.9 |",
        "| 100,000 | 400 | 350 | 1.14 | 1.20 | 60.0 |",
        "- ingest server: no figure, no Milvus server here",
    ):
        assert told in text


def test_a_busy_machine_is_told() -> None:
    """Figures that were measured beside other work say so."""
    results = replace(_results(), loads={"calls": 9.0})
    assert "Other work went on" in tables.markdown(results)
    assert "Other work went on" not in tables.markdown(_results())


def test_every_axis_of_the_chart_says_what_it_shows() -> None:
    """Each of the three panels has titles with units, and the first one is logarithmic both ways."""
    layout = chart.figure(_results()).to_dict()["layout"]
    titles = [layout[axis]["title"]["text"] for axis in sorted(layout) if axis[1:5] == "axis"]
    assert len(titles) == 6
    assert [word in " ".join(titles) for word in ("Rows", "ms", "Sessions", "Rows a second")] == [True] * 4
    assert (layout["xaxis"]["type"], layout["yaxis"]["type"]) == ("log", "log")
    assert layout["xaxis"]["ticktext"] == ["10,000", "100,000", "1,000,000"]


def test_lines_can_be_told_apart_without_colours() -> None:
    """No two ways share dashes and symbol, and every way that is measured has its look."""
    looks = [(look.dash, look.symbol) for look in chart.LOOKS.values()]
    assert len(set(looks)) == len(looks)
    drawn = chart.lines(_results().of(Searching))
    assert {way.name for one in _results().of(Searching) for way in one.ways} < set(drawn)
    assert drawn["Cuepoint on a Milvus server"] == [(10_000, 1.25), (100_000, 12.5), (1_000_000, 125.0)]


def test_a_chart_of_part_of_the_figures_is_drawn() -> None:
    """A run without a server, or of searches only, has a chart as well."""
    nothing = chart.figure(Results(MACHINE, short=True))
    assert [trace.text for trace in nothing.data] == [("not measured",)] * 3
    some = Results(MACHINE, short=True).having("search", _searching("lite", 10_000), 0.0)
    drawn = chart.figure(some)
    assert [trace.text for trace in drawn.data] == [None] * 5 + [("not measured",)] * 2


def test_without_a_browser_the_chart_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no Chromium is found, a line says so and the chart is written for any browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture.write(_results(), tmp_path / "results.json") == [tmp_path / "results.html"]
    assert "no Chromium" in capsys.readouterr().err
    assert "One search, by the size of the library" in (tmp_path / "results.html").read_text()


def test_a_measurement_that_fails_says_why() -> None:
    """The run goes on with the next one and reports the last line of what the process said."""
    with pytest.raises(Failed, match="nothing"):
        measured(Measurement("wrong", "nothing", {}, 60.0))


def test_tables_go_between_the_marks_of_a_page() -> None:
    """What stands around them stays, earlier ones go, and a page without marks is refused."""
    page = f"before\n{tables.BEGIN}\nearlier\n{tables.END}\nafter\n"
    once = tables.put(page, "| a |\n")
    assert once == f"before\n{tables.BEGIN}\n\n| a |\n\n{tables.END}\nafter\n"
    assert tables.put(once, "| a |\n") == once
    with pytest.raises(ValueError, match="no place"):
        tables.put("nothing", "| a |\n")


def test_the_published_tables_are_those_of_the_published_figures() -> None:
    """The page beside the benchmarks says what its file of results says, and has its chart."""
    folder = Path(tables.__file__).parent
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert tables.put(page, tables.markdown(load(folder / "results" / "full.json"))) == page
    assert (folder / "results" / "full.png").is_file()
