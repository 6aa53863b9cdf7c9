from __future__ import annotations

import pytest

from wattlab.studies.agreement import failed
from wattlab.studies.row import Verification
from wattlab.studies.rows import _verification


def verification(precision: str, *, passed: bool, deviation: float | None = 1e-12) -> Verification:
    return Verification(
        label="torch",
        reference="native in float64",
        precision=precision,
        steps=5,
        loss_deviation=deviation,
        weight_deviation=deviation,
        tolerance=1e-4,
        passed=passed,
    )


EXACT = verification("float64", passed=True)
OWN = verification("float32", passed=True, deviation=1e-6)
OTHER = verification("float64", passed=False, deviation=0.3)
ENDLESS = verification("float32", passed=False, deviation=None)
CRASHED = failed("torch", "float32", 5, "it crashed")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ([], None),
        ([EXACT, OWN], OWN),
        ([OTHER, OWN], OTHER),
        ([EXACT, ENDLESS], ENDLESS),
        ([ENDLESS], ENDLESS),
        ([EXACT, CRASHED], None),
        ([OTHER, CRASHED], OTHER),
        ([CRASHED], None),
    ],
)
def test_a_row_shows_what_its_own_format_did_unless_another_shows_other_work(
    found: list[Verification], shown: Verification | None
) -> None:
    assert _verification(found) == shown
