"""``wattlab shear``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.cli import shear as verb
from wattlab.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

if all(command.callback is not verb.shear for command in app.registered_commands):
    verb.add_to(app)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lambda", "two"], "--lambda is 'two'; expected a finite number, as in --lambda 2"),
        (["--lambda", "nan"], "--lambda is 'nan'"),
        (["--lambda", "1,2"], "--lambda is '1,2'; expected a finite number"),
        (["--lambda", "1e9"], "--lambda is 1e+09; expected at most 1e+06 in size"),
        (["--lambda", "1e-11"], "--lambda is 1e-11; expected 0, or at least 1e-06 in size"),
        (["--cube", "--lambda", "1,2,3,4"], "expected up to 3 finite numbers"),
        (["--then", "nan"], "--then is nan"),
        (["--radius", "0"], "--radius is 0; expected a number above 0"),
        (["--radius", "1e200"], "--radius is 1e+200; expected a number between 1e-50 and 1e+50"),
        (["--square", "--cube"], "--square and --cube are given; expected one of them"),
        (["--ellipse", "1,0"], "expected three numbers a,b,c of ax² + bxy + cy² = radius²"),
        (["--ellipse", "1,,2"], "expected up to 3 finite numbers"),
        (["--ellipse", "1,5,1"], "--ellipse is '1,5,1': the equation describes a hyperbola, not an ellipse"),
        (["--ellipse", "1,2,1"], "a pair of parallel lines, not an ellipse"),
        (["--ellipse=-1,0,-1"], "the empty set, not an ellipse"),
        (
            ["--steps", "svd", "--then", "1"],
            "--steps goes with a circle and a square, or with --cube, not with --then",
        ),
        (["-o", "shear.gif"], "'shear.gif' has the suffix '.gif'"),
        (["--theme", "drak"], "theme is 'drak'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("shear", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["--lambda", "2", "--radius", "2"],
            [
                "semi-axes   4.828427 and 0.8284271",
                "angle       22.5°",
                "highest     (4, 2)  (lowest (−4, −2))",
                "long axis   ends at ±(4.460885, 1.847759)",
                "equation    x² − 4xy + 5y² = 4  (was x² + y² = 4)",
                "SVD         rotate by −67.5°, scale by 2.414214 and 0.4142136, rotate by 22.5°",
                "kept        (1, 0)",
            ],
        ),
        (["--lambda", "-2"], ["angle       −22.5°", "at 67.5°, is the short one"]),
        (["--lambda", "0"], ["angle       0°  (by definition", "rotations   none", "every direction"]),
        (
            ["--lambda", "1e6"],
            ["equation    x² − 2000000xy + 1e+12y² = 1", "short axis  ends at ±(−1e−12, 1e−06)"],
        ),
        (["--lambda", "1", "--axis", "y"], ["matrix      [1 0; 1 1]", "kept        (0, 1)"]),
        (
            ["--ellipse", "1,0,4", "--lambda", "0.5", "--radius", "2"],
            ["x² − xy + 4.25y² = 4  (was x² + 4y² = 4)"],
        ),
        (
            ["--lambda", "2", "--square"],
            ["corner 3      (3, 1)  (was (1, 1))", "rotate once   misses", "with a mirror"],
        ),
        (["--lambda", "1.5,0.5,0.3", "--cube"], ["corner 8       (3, 1.3, 1)", "scale only     impossible"]),
        (["--lambda", "2", "--then", "-0.5"], ["[1 2; −0.5 0]", "a turn on ellipses", "form         lost"]),
        (["--lambda", "2", "--steps", "polar"], ["along axes rotated by 67.5°", "rotate by −45°"]),
        (["--lambda", "1", "--cube", "--steps", "svd"], ["step 2  scale by 1.618034, 1 and 0.618034"]),
    ],
)
def test_what_it_prints(here: Command, arguments: list[str], lines: list[str]) -> None:
    said = here("shear", *arguments)
    assert (said.code, said.err) == (0, "")
    for line in lines:
        assert line in said.out


def test_json_holds_all_numbers(here: Command) -> None:
    found = json.loads(here("shear", "--lambda", "2", "--radius", "2", "--json").out)
    assert found["after"]["semi_axes"] == pytest.approx([4.82842712474619, 0.82842712474619])
    assert found["extremal_points"]["highest"] == pytest.approx([4.0, 2.0])
    assert found["formulas"]["xi"] == pytest.approx([0.17157, 5.82843], abs=1e-5)
    for others in (["--square"], ["--cube"], ["--then", "1"], ["--steps", "svd"]):
        assert json.loads(here("shear", *others, "--json").out)


def test_it_draws(here: Command, tmp_path: Path) -> None:
    page = tmp_path / "new" / "shear.html"
    assert here("shear", "--cube", "-o", str(page)).out.strip() == str(page)
    assert "mesh3d" in page.read_text(encoding="utf-8")
    picture = tmp_path / "shear.svg"
    assert here("shear", "--lambda", "2", "-o", str(picture), "--theme", "dark").code == 0
    assert "<svg" in picture.read_text(encoding="utf-8")
