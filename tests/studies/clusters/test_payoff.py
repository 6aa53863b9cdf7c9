"""From which epoch on fewer inputs pay: against the sum of all epochs, computed the long way."""

from __future__ import annotations

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.meter.statistics import Estimate
from wattlab.studies.clusters.payoff import energy_payoff, payoff
from wattlab.studies.clusters.verdicts import payoff_sentence, whole_epochs


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
            "so it pays from 4 epochs on (4 to 5). The recipe trains at most 3 epochs: it does not pay ",
        ),
        (1.5, ratio(0.4, 0.5, 0.6), "pays", 3.0, "at most 3 epochs: it pays there"),
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


def test_energy() -> None:
    preparing = (measured(90.0, "J", "rapl"), measured(10.0, "J", "rapl"))
    sample = (measured(1e-4, "J", "rapl"), measured(3e-4, "J", "rapl"))
    found = energy_payoff(preparing, sample, 10_000)
    assert found is not None
    assert [found.extra_J, found.saved_J, found.epochs] == pytest.approx([80, 2, 40])
    assert found.provenance == "measured"
    never = energy_payoff(preparing, (sample[1], sample[0]), 10_000)
    assert never is not None
    assert never.epochs is None
    assert energy_payoff((missing("J", "no sensor"), preparing[1]), sample, 10_000) is None
    mixed = energy_payoff(preparing, (modelled(1e-4, "J", "model:tdp"), sample[1]), 10_000)
    assert mixed is not None
    assert mixed.provenance == "modelled"
    time = payoff(2.0, 1.0, ratio(0.4, 0.5, 0.6))
    said = payoff_sentence("K = 7", time.model_copy(update={"energy": found}), 3)
    assert said.endswith("By measured energy it pays from 40 epochs on.")
    assert "nergy" not in payoff_sentence("K = 7", time.model_copy(update={"energy": mixed}), 3)
