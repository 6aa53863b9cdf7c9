"""Durations that several verbs take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.cli.shared import check_least, read_baseline, read_word
from wattlab.errors import UserError

if TYPE_CHECKING:
    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("0s", 0.0), ("0.0", 0.0), ("0.25", 0.25), ("250ms", 0.25), ("10", 10.0), ("1m", 60.0)],
)
def test_a_baseline_is_a_duration_or_nought(text: str, seconds: float) -> None:
    assert read_baseline(text) == seconds


def test_words_and_counts_are_refused_by_the_option_s_name() -> None:
    assert read_word("svd", "--steps", ("svd", "polar")) == "svd"
    with pytest.raises(
        UserError, match=r"^--steps is 'sdv'; expected one of svd, polar; did you mean 'svd'\?$"
    ):
        read_word("sdv", "--steps", ("svd", "polar"))
    check_least(0, "--walk", 0)
    with pytest.raises(UserError, match=r"^--count is 0; expected .* at least 1$"):
        check_least(0, "--count")


@pytest.mark.parametrize(
    "wrong",
    [
        ("confusion", "last", "--normalise", "truth"),
        ("shear", "--steps", "sdv"),
        ("shear", "--axis", "z"),
        ("mistakes", "last", "--count", "0"),
        ("latent", "last", "--walk", "-1"),
        ("epochs", "last", "--what", "bundary"),
        ("centroids", "digits", "--what", "centroid"),
        ("centroids", "digits", "--scaling", "standart"),
    ],
)
def test_verbs_refuse_them_alike(here: Command, wrong: tuple[str, ...]) -> None:
    refused = here(*wrong)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {wrong[-2]} is ")


@pytest.mark.parametrize("text", ["soon", "", "-1", "s", "."])
def test_what_is_no_duration_is_told_with_the_option(text: str) -> None:
    with pytest.raises(UserError, match=r"^--baseline: duration .* is not understood"):
        read_baseline(text)


def test_a_training_measures_the_idle_machine_for_a_duration(here: Command, tiny: str) -> None:
    refused = here("train", tiny, "-q", "--baseline", "soon")
    assert refused.code == 2
    assert refused.err.startswith("error: --baseline: duration 'soon' is not understood")
    assert here("train", tiny, "-q", "--baseline", "50ms").code == 0
