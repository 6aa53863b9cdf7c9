"""Demonstrations in text, in figures, on a page."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from wattlab.demonstrations import lanes
from wattlab.demonstrations.multiply_add import demonstrate_multiply_add
from wattlab.demonstrations.neuron import demonstrate_neuron
from wattlab.demonstrations.outcome import Demonstrated, Outcome
from wattlab.demonstrations.summation import demonstrate_summation
from wattlab.demonstrations.timing import Timed
from wattlab.demonstrations.underflow import demonstrate_underflow
from wattlab.errors import StorageError
from wattlab.views.demo_file import check_demo_path, write_demonstration
from wattlab.views.demo_interactive import demo_panel_json
from wattlab.views.demo_parts import columns, panels
from wattlab.views.demo_text import print_demonstration, print_demonstrations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BEGINNINGS = {
    ".png": b"\x89PNG",
    ".svg": b"<?xml",
    ".pdf": b"%PDF",
    ".json": b"{",
    ".html": b"<!doctype html>",
}
NAMES = ("lanes", "fma", "underflow", "summation", "neuron")
_RUN: dict[str, Callable[[], Demonstrated]] = {
    "lanes": lambda: lanes.demonstrate_lanes(rounds=1),
    "fma": lambda: demonstrate_multiply_add(n=200),
    "underflow": lambda: demonstrate_underflow(epochs=1),
    "summation": lambda: demonstrate_summation((10, 1000), trials=1),
    "neuron": lambda: demonstrate_neuron(epochs=30),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {name: make(name, run()) for name, run in _RUN.items()}


def make(name: str, result: Demonstrated) -> Outcome:
    return Outcome(
        name, f"the <title> of {name}", result, "ACME 1 · id 0", "2026-01-02T03:04:05+00:00", "9.9"
    )


@pytest.mark.parametrize("name", NAMES)
def test_text_has_every_row_and_the_sentence(
    name: str, outcomes: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    print_demonstration(outcomes[name])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"the <title> of {name}", "2026-01-02 03:04 UTC · wattlab 9.9"]
    assert f"shows: {outcomes[name].result.sentence}" in lines
    for cell in columns(outcomes[name].result)[0].cells:
        assert any(line.startswith(cell.text) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_of_80_columns_is_wide_enough(name: str, outcomes: dict[str, Outcome]) -> None:
    out = io.StringIO()
    print_demonstration(outcomes[name], Console(file=out, width=80, force_terminal=True, color_system=None))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert "All numbers: --json" in out.getvalue().replace("\n", " ")


def test_the_list_names_all_and_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    print_demonstrations()
    plain = capsys.readouterr().out
    out = io.StringIO()
    print_demonstrations(Console(file=out, width=80, force_terminal=True, color_system=None))
    for text in (plain, out.getvalue()):
        assert all(re.search(rf"^{name} ", text, re.MULTILINE) for name in NAMES)
        assert "wattlab demo NAME" in text.replace("\n", " ")


@pytest.mark.parametrize("name", ["underflow", "fma", "summation", "neuron"])
def test_every_figure_is_drawn(name: str, outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    write_demonstration(outcomes[name], tmp_path / f"{name}.png")
    assert (tmp_path / f"{name}.png").read_bytes().startswith(_BEGINNINGS[".png"])


def test_every_kind_of_file_is_written(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    outcome = outcomes["lanes"]
    for suffix, beginning in _BEGINNINGS.items():
        write_demonstration(outcome, tmp_path / f"demo{suffix}")
        assert (tmp_path / f"demo{suffix}").read_bytes().startswith(beginning)
    told = json.loads((tmp_path / "demo.json").read_text())
    assert told["sentence"] == outcome.result.sentence
    page = (tmp_path / "demo.html").read_text()
    assert "the &lt;title&gt; of lanes" in page
    assert page.count("data-figure=") == len(panels(outcome.result))


@pytest.mark.parametrize("name", NAMES)
def test_plotly_gets_every_series(name: str, outcomes: dict[str, Outcome]) -> None:
    for panel in panels(outcomes[name].result):
        figure = json.loads(demo_panel_json(panel))
        assert [one["name"] for one in figure["data"]] == [one.label for one in panel.series]
        assert figure["layout"]["height"] >= 360


def test_what_is_drawn_is_what_was_found(outcomes: dict[str, Outcome]) -> None:
    result = outcomes["summation"].result
    left, right = panels(result)
    drawn = {one.label: one.y for one in (*left.series, *right.series)}
    for method in demonstrate_summation((10, 1000), trials=1).methods:
        known = np.where(method.median > 0, method.median, np.nan)
        np.testing.assert_array_equal(drawn[method.label], known)


def test_ratios_are_drawn_beside_what_the_lanes_promise(outcomes: dict[str, Outcome]) -> None:
    *_, ratios = panels(outcomes["lanes"].result)
    promised = next(one for one in ratios.series if one.label == "by lanes")
    bits = {"float64": 64, "float32": 32, "bfloat16": 16, "float16": 16, "int32": 32, "int16": 16, "int8": 8}
    assert promised.x.tolist() == [64 / bits[row.split()[-1]] for row in ratios.rows]


def test_a_gpu_has_a_ratio_but_no_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = np.array([0.004]), np.array([0.001])
    made_up = (
        Timed("matrix product", "float64", "ACME GPU", 4096**3, seconds[0], ""),
        Timed("matrix product", "tf32", "ACME GPU", 4096**3, seconds[1], "tensor cores"),
    )
    monkeypatch.setattr(lanes, "gpu_products", lambda _: made_up)
    found = lanes.demonstrate_lanes(rounds=1)
    by = {column.heading: [cell.text for cell in column.cells[-2:]] for column in columns(found)}
    assert by["by"] == ["ACME GPU", "ACME GPU"]
    assert by["ratio to float64"] == ["1.00", "4.00"]
    assert by["by lanes"] == ["–", "–"]
    assert "ACME GPU: tf32 by tensor cores." in found.notes
    *_, ratios = panels(found)
    promised = next(one for one in ratios.series if one.label == "by lanes")
    assert len(promised.x) == len(ratios.rows) - 2


@pytest.mark.parametrize("name", ["demo.gif", "demo", "demo.txt"])
def test_a_file_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"let it end in \.html .* \.png, \.svg or \.pdf .* or \.json"):
        check_demo_path(tmp_path / name)


def test_a_result_of_no_known_kind_has_neither_table_nor_figure() -> None:
    for ask in (columns, panels):
        with pytest.raises(TypeError, match="for str"):
            ask("nothing")  # type: ignore[arg-type]
