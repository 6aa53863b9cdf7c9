"""What a search is asked: ranges, goals, and what is refused before anything runs."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from wattlab.errors import UserError
from wattlab.studies.tune.asked import Range, TuneAsked, check_asked, parse_settings


def test_a_range_is_told_from_values_that_hold_a_colon() -> None:
    found = parse_settings(
        ["engine=native,keras:jax", "epochs=2:20", "learning_rate=1e-3:1:log", "width=0.5,1"]
    )
    assert found["engine"] == ["native", "keras:jax"]
    assert found["epochs"] == Range(2, 20)
    assert found["learning_rate"] == Range(0.001, 1, log=True)
    assert found["width"] == [0.5, 1]
    assert [found[name].whole for name in ("epochs", "learning_rate")] == [True, False]  # type: ignore[union-attr]
    assert parse_settings(["engine=native:compiled"]) == {"engine": ["native:compiled"]}


@pytest.mark.parametrize(
    "text", ["epochs=20:2", "learning_rate=0:1:log", "epochs=1:inf", "epochs=", "epochs"]
)
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--vary"):
        parse_settings([text])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"target": 97.8}, r"at most 1; did you mean 0\.978\?"),
        ({"target": 1.2}, "at most 1$"),
        ({"target": nan}, "--target is nan"),
        ({}, "there is no target"),
        ({"minimize": ["time"]}, "there is no target"),
        ({"target": 0.9, "maximize_accuracy": True}, "leave one out"),
        ({"target": 0.9, "minimize": ["money"]}, "expected one of time, energy, memory"),
        ({"target": 0.9, "minimize": ["time", "time"]}, "names time twice"),
        ({"target": 0.9, "budget_s": inf}, "--budget"),
        ({"target": 0.9, "seeds": 0}, "--seeds is 0"),
        ({"target": 0.9, "max_trials": 0}, "--trials is 0"),
        ({"target": 0.9, "vary": {"width": [1, 2]}, "fix": {"width": 1}}, "width is both"),
        ({"target": 0.9, "vary": {"engine": ["native"]}, "engines": ["torch"]}, "engine is both"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_asked(TuneAsked("digits", **asked))


def test_goals_have_a_default_only_where_there_is_a_target() -> None:
    assert TuneAsked("digits", 0.9).goals == ("time",)
    assert TuneAsked("digits", maximize_accuracy=True).goals == ("accuracy",)
    assert TuneAsked("digits", minimize=["energy"], maximize_accuracy=True).goals == ("energy", "accuracy")
