from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.cluster.probe import Probe
from wattlab.studies.agreement import TOLERANCES, compared, failed, loss_deviation, weight_deviation

if TYPE_CHECKING:
    from wattlab.engines.base import Weights


def weights(**changed: list[float]) -> Weights:
    arrays = {
        "layers.0.weights": [3.0, -3.0, 3.0],
        "layers.0.biases": [3.0],
        "layers.1.weights": [100.0],
        "layers.1.biases": [0.0],
    }
    return {name: np.array(changed.get(name, values)) for name, values in arrays.items()}


def probe(costs: list[float], **changed: list[float]) -> Probe:
    return Probe(np.array(costs), weights(**changed), weights(**changed))


def test_loss_by_hand() -> None:
    reference = np.array([2.0, -4.0, 0.0])
    assert loss_deviation(np.array([2.2, -4.0, 0.0]), reference) == pytest.approx(0.1)
    assert loss_deviation(np.array([2.0, -5.0, 0.3]), reference) == pytest.approx(0.3)
    assert loss_deviation(np.array([2.0, -4.0]), reference) == float("inf")
    assert loss_deviation(np.array([2.0, np.nan, 0.0]), reference) == float("inf")


def test_weights_by_hand() -> None:
    # Layer 0: the root mean square of its four numbers is 3; one that is off by 0.6 makes 0.3 of the differences.
    assert weight_deviation(weights(**{"layers.0.biases": [3.6]}), weights()) == pytest.approx(0.1)
    # Layer 1, biases included: sqrt(100² / 2) and sqrt(10² / 2).
    assert weight_deviation(weights(**{"layers.1.biases": [10.0]}), weights()) == pytest.approx(0.1)
    assert weight_deviation(weights(), weights()) == 0


def test_other_shapes_and_nan_never_agree() -> None:
    assert weight_deviation(weights(**{"layers.0.biases": [3.0, 3.0]}), weights()) == float("inf")
    assert weight_deviation(weights(**{"layers.0.biases": [np.nan]}), weights()) == float("inf")
    assert weight_deviation({}, weights()) == float("inf")


def test_agreement_needs_both() -> None:
    reference = probe([1.0, 2.0])
    same = compared("torch", "float32", probe([1.0, 2.0 + 1e-5]), reference)
    assert same.passed
    assert (same.steps, same.tolerance, same.message) == (2, 1e-4, "")
    loss = compared("torch", "float32", probe([1.0, 2.1]), reference)
    assert not loss.passed
    assert "its loss in the first 2 steps deviates by 5.0e-02 from native in float64" in loss.message
    assert "more than rounding explains" in loss.message
    moved = compared("torch", "float64", probe([1.0, 2.0], **{"layers.0.biases": [3.001]}), reference)
    assert not moved.passed
    assert "its weights" in moved.message
    assert "it does not do the same work" in moved.message
    assert "rounding" not in moved.message


def test_steps_in_one_call_must_agree_too_and_the_farther_way_counts() -> None:
    reference, costs = probe([1.0, 2.0]), np.array([1.0, 2.0])
    moved = weights(**{"layers.0.biases": [3.6]})
    wrong = compared("keras", "float64", Probe(costs, weights(), moved), reference)
    assert not wrong.passed
    assert (
        "its weights in the first 2 steps, an epoch's in one call as when it is timed, deviate by 1.0e-01"
        in (wrong.message)
    )
    alone = compared("keras", "float64", Probe(costs, moved, weights()), reference)
    assert not alone.passed
    assert "its weights in the first 2 steps deviate by 1.0e-01" in alone.message
    near = weights(**{"layers.0.biases": [3.0 + 6e-10]})
    for found in (Probe(costs, near, weights()), Probe(costs, weights(), near)):
        verification = compared("keras", "float64", found, reference)
        assert verification.passed
        assert verification.weight_deviation == pytest.approx(1e-10)


def test_what_has_no_number_has_none_in_json() -> None:
    found = compared("torch", "float32", probe([1.0, np.inf]), probe([1.0, 2.0]))
    assert (found.passed, found.loss_deviation, found.weight_deviation) == (False, None, 0.0)
    assert found.message == "in float32 its loss did not stay finite"
    lost_both = compared(
        "torch", "float32", probe([1.0, np.nan], **{"layers.0.biases": [np.nan]}), probe([1.0, 2.0])
    )
    assert lost_both.message == "in float32 its loss and weights did not stay finite"
    assert compared("torch", "float32", probe([1.0]), probe([1.0, 2.0])).message.startswith("it did 1 steps")
    lost = failed("torch", "float32", 5, "it crashed")
    assert (lost.passed, lost.loss_deviation, lost.message) == (False, None, "it crashed")


def test_a_tolerance_is_many_roundings_and_coarse_formats_get_more() -> None:
    roundings = {"float64": 2**-53, "float32": 2**-24, "tf32": 2**-11, "float16": 2**-11, "bfloat16": 2**-8}
    assert roundings.keys() == TOLERANCES.keys()
    for name, rounding in roundings.items():
        assert 10 * rounding < TOLERANCES[name] < 1
