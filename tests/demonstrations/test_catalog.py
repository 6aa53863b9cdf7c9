"""Demonstrations by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wattlab.demonstrations import DEMONSTRATIONS, demonstrate
from wattlab.errors import UserError


@pytest.mark.parametrize(("wrong", "right"), [("lane", "lanes"), ("FMA", "fma"), ("sum", "summation")])
def test_an_unknown_name_is_answered_by_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(UserError, match=f"did you mean '{right}'"):
        demonstrate(wrong)


def test_a_name_like_no_other_is_answered_by_all() -> None:
    with pytest.raises(UserError, match="'xyz'; known are lanes, fma, underflow, summation, neuron"):
        demonstrate("xyz")


def test_an_outcome_says_where_and_when() -> None:
    outcome = demonstrate("fma")
    assert outcome.title == DEMONSTRATIONS["fma"].title
    assert "id " in outcome.machine
    assert outcome.created_utc.endswith("+00:00")
    assert f'"sentence": "{outcome.result.sentence[:20]}' in outcome.to_json()


def test_listing_them_loads_no_numpy() -> None:
    code = "import sys\nfrom wattlab.demonstrations import DEMONSTRATIONS\nassert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
