"""Cells of censored medians and ratios: what is infinite, and what is unknown."""

from __future__ import annotations

from wattlab.studies.tables import ABSENT
from wattlab.studies.trainings.censored import censored_median, censored_ratio
from wattlab.views.censored_cells import INFINITE, NOT_REACHED, median_cell, ratio_cell
from wattlab.views.study_cells import ABSENT_CELL

QUICK = [1.0, 1.0, 1.0, 1.0, 1.0]
NEVER = [None] * 5


def test_a_median_that_is_infinite_is_not_reached() -> None:
    assert median_cell(None) == ABSENT_CELL
    assert median_cell(censored_median(NEVER, "s"))[:2] == (NOT_REACHED, "")
    assert median_cell(censored_median([*QUICK[:2], None, None, None], "s"))[:2] == (
        NOT_REACHED,
        f"1.00-{INFINITE}",
    )
    assert median_cell(censored_median(QUICK, "1"), str)[:2] == ("1.0", "1.0-1.0")
    assert median_cell(censored_median([2.0], "s"))[:2] == ("2.00", "")


def test_a_ratio_of_two_infinities_is_unknown() -> None:
    assert ratio_cell(None) == ABSENT_CELL
    assert ratio_cell(censored_ratio(NEVER, NEVER))[:2] == (ABSENT, f"0.00-{INFINITE}")
    assert ratio_cell(censored_ratio(NEVER, QUICK))[:2] == (INFINITE, "")
    assert ratio_cell(censored_ratio(QUICK, NEVER))[:2] == ("0.00", "0.00-0.00")
    assert ratio_cell(censored_ratio([1.0], [2.0]))[:2] == ("0.500", "")
