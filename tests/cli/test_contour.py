"""``wattlab contour``, as a user types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command


def test_the_sources_example_is_called_a_saddle_with_hyperbolas(here: Command) -> None:
    # It begins with a minus, which is no option.
    said = here("contour", "-0.5*x**2 + 4*y**2")
    assert said.code == 0, said.err
    assert said.out.startswith("z = -0.5*x**2 + 4*y**2\nx from -5 to 5, y from -5 to 5, 201 × 201 points\n")
    assert "a saddle, 0 at (0, 0)" in said.out
    assert "its contours are hyperbolas" in said.out
    assert "Values from -12.5 at (-5, 0) to 100 at (0, -5)" in said.out


@pytest.mark.parametrize("text", ["-log(x)", "-(x)", "-.5*x"])
def test_a_minus_in_front_is_part_of_the_expression(text: str, here: Command) -> None:
    said = here("contour", text, "--x", "-2:2", "--points", "21")
    assert said.code == 0, said.err
    assert said.out.startswith(f"z = {text}\nx from -2 to 2, ")


def test_options_reach_the_figure(here: Command, tmp_path: Path) -> None:
    path = tmp_path / "both.png"
    options = [
        "--lines",
        "--equal",
        "--colours",
        "plasma_r",
        "--size",
        "3x2",
        "--points",
        "21",
        "--no-labels",
    ]
    said = here("contour", "x*y", "x + y", *options, "--theme", "dark", "-o", str(path))
    assert (said.code, said.out) == (0, f"{path}\n"), said.err
    with Image.open(path) as image:
        assert image.width == 2 * 3 * 150
        assert max(image.convert("RGB").getpixel((3, 3))) < 64  # type: ignore[arg-type]


def test_a_surface_becomes_a_page(here: Command, tmp_path: Path) -> None:
    said = here("contour", "x*y", "--3d", "--view", "20:10", "--points", "11", "-o", str(tmp_path / "a.html"))
    assert said.code == 0, said.err
    assert "its contours are hyperbolas" in (tmp_path / "a.html").read_text()


def test_all_numbers_are_json_with_gaps_as_null(here: Command) -> None:
    said = here(
        "contour", "log(x)", "--x", "-1:1", "--y", "0:1", "--points", "3", "--levels", "1,-1", "--json"
    )
    (found,) = json.loads(said.out)["surfaces"]
    assert found["z"] == [[None, None, 0.0]] * 3
    assert (found["x"], found["levels"], found["quadratic"]) == ([-1.0, 0.0, 1.0], [-1.0, 1.0], None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["x^2"], "expression, column 2: ^ is not allowed; write **\n  x^2\n   ^\n"),
        (["-x^2"], "expression, column 3: ^ is not allowed; write **\n  -x^2\n    ^\n"),
        (["x", "--x", "1"], "--x is '1'; expected two numbers such as -5:5"),
        (["x", "--levels", "many"], "--levels is 'many'"),
        (["x", "--size", "0x4"], "--size is '0x4'"),
        (["x", "--colours", "plazma"], "did you mean 'plasma'"),
        (["x", "-o", "a.jpg"], "'a.jpg' has the suffix '.jpg'"),
    ],
)
def test_bad_input_is_told_with_exit_code_2(arguments: list[str], told: str, here: Command) -> None:
    said = here("contour", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
