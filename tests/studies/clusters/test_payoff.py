"""From which epoch on fewer inputs pay: against the sum of all epochs, computed the long way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.meter.statistics import Estimate
from wattlab.studies.clusters.answer import ClustersRow
from wattlab.studies.clusters.paying import payoff_sentence, soonest_sentences, whole_epochs
from wattlab.studies.clusters.payoff import energy_payoff, payoff

if TYPE_CHECKING:
    from wattlab.meter import Quantity


def ratio(low: float, median: float, high: float, level: float = 0.9) -> Estimate:
    return Estimate(median=median, low=low, high=high, unit="", n=5, level=level)


@pytest.mark.parametrize(
    ("extra_s", "whole_s", "median"), [(3.0, 0.25, 0.4), (0.71, 2.0, 0.93), (10.0, 0.125, 0.97)]
)
def test_the_first_epoch_after_which_the_sum_is_smaller(
    extra_s: float, whole_s: float, median: float
) -> None:
    found = payoff(extra_s, whole_s, ratio(0.9 * median, median, 1.001 * median))
    assert found.state == "pays"
    assert found.epochs is not None
    epochs, reduced_s, all_s = 0, extra_s, 0.0
    while reduced_s > all_s:
        epochs, reduced_s, all_s = epochs + 1, reduced_s + median * whole_s, all_s + whole_s
    assert whole_epochs(found.epochs) == epochs
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.epochs < found.high


@pytest.mark.parametrize(
    ("extra_s", "epoch", "state", "epochs", "said"),
    [
        (2.0, ratio(1.1, 1.2, 1.3), "never", None, "it never pays"),
        (
            2.0,
            ratio(0.9, 1.0, 1.1),
            "unknown",
            None,
            "by the medians it never pays, but the difference is within",
        ),
        (
            2.0,
            ratio(0.8, 0.9, 1.1),
            "unknown",
            20.0,
            "by the medians it would pay from 20 epochs on, but that is",
        ),
        (2.0, ratio(0.8, 0.9, 0.95, level=0.0), "unknown", 20.0, "within the noise"),
        (
            -0.5,
            ratio(0.4, 0.5, 0.6),
            "pays",
            0.0,
            "takes 500 ms less, and an epoch 500 ms instead of 1.00 s, so it pays at once",
        ),
        (
            2.0,
            ratio(0.4, 0.5, 0.6),
            "pays",
            4.0,
            "so it pays from 4 epochs on (4–5). It does not pay here: the recipe trains 3 epochs at most.",
        ),
        (
            1.0,
            ratio(0.4, 0.5, 0.6),
            "pays",
            2.0,
            "on (2–3). It pays here: the recipe trains 3 epochs at most.",
        ),
        (1.5, ratio(0.4, 0.5, 0.6), "pays", 3.0, "on (3–4). Whether it pays here is within the noise: the"),
    ],
)
def test_it_is_said_plainly(
    extra_s: float, epoch: Estimate, state: str, epochs: float | None, said: str
) -> None:
    found = payoff(extra_s, 1.0, epoch)
    assert found.state == state
    assert found.epochs == (None if epochs is None else pytest.approx(epochs))
    sentence = payoff_sentence("K = 7", found, epochs=3)
    assert sentence.startswith("K = 7: preparing the data takes ")
    assert said in sentence


def joules(value: float) -> Quantity:
    return measured(value, "J", "rapl")


def test_measured_energy_has_its_own_payoff_and_its_own_noise() -> None:
    preparing, epoch = (joules(90.0), joules(10.0)), joules(3.0)
    found = energy_payoff(preparing, epoch, ratio(0.25, 1 / 3, 0.5))
    assert found is not None
    assert [found.extra_J, found.saved_J, found.epochs] == pytest.approx([80, 2, 40])
    time = payoff(2.0, 1.0, ratio(0.4, 0.5, 0.6))
    said = payoff_sentence("K = 7", time.model_copy(update={"energy": found}), 3)
    assert said.endswith("By measured energy it pays from 40 epochs on (36–54).")
    noisy = energy_payoff(preparing, epoch, ratio(0.9, 0.99, 1.1))
    assert noisy is not None
    assert noisy.state == "unknown"
    said = payoff_sentence("K = 7", time.model_copy(update={"energy": noisy}), 3)
    assert said.endswith("By measured energy that is within the noise.")
    never = energy_payoff(preparing, epoch, ratio(1.1, 1.2, 1.3))
    assert never is not None
    assert never.epochs is None


@pytest.mark.parametrize("other", [missing("J", "no sensor"), modelled(90.0, "J", "model:tdp"), None])
def test_energy_that_is_not_measured_has_none(other: Quantity | None) -> None:
    half = ratio(0.4, 0.5, 0.6)
    assert energy_payoff((other, joules(10.0)), joules(3.0), half) is None
    assert energy_payoff((joules(90.0), joules(10.0)), joules(3.0), None) is None


@pytest.mark.parametrize(
    ("ratios", "epochs", "said"),
    [
        (
            [ratio(0.40, 0.50, 0.60), ratio(0.84, 0.85, 0.86)],
            30,
            ("Soonest pays K = 1: from 4 epochs on (4–5).",),
        ),
        (
            [ratio(0.40, 0.50, 0.60), ratio(0.45, 0.55, 0.65)],
            4,
            ("Soonest to pay: no difference shown among K = 1, 2.",),
        ),
        (
            [ratio(0.40, 0.50, 0.60), ratio(0.84, 0.85, 0.86)],
            2,
            (
                "Soonest pays K = 1: from 4 epochs on (4–5).",
                "No number of them was shown to pay here: the recipe trains 2 epochs at most.",
            ),
        ),
        (
            [ratio(0.9, 1.0, 1.1), ratio(1.1, 1.2, 1.3)],
            30,
            (
                "No number of clusters was shown to pay, however many epochs are trained.",
                "No number of them was shown to pay here: the recipe trains 30 epochs at most.",
            ),
        ),
    ],
)  # fmt: skip
def test_the_soonest_is_named_only_where_its_interval_is_apart(
    ratios: list[Estimate], epochs: int, said: tuple[str, ...]
) -> None:
    rows = [
        ClustersRow(
            label=f"K = {count}",
            n_clusters=count,
            n_inputs=count,
            n_parameters=1,
            flop=1,
            payoff=payoff(2.0, 1.0, one),
        )
        for count, one in enumerate(ratios, start=1)
    ]
    assert soonest_sentences(rows, epochs) == said
