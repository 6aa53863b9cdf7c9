"""Each schedule against torch's, NumPy's or its own formula."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.recipe.schedule import (
    Constant,
    Cosine,
    InverseTime,
    OneCycle,
    PiecewiseLinear,
    StepDecay,
    Steps,
    StepValues,
)

if TYPE_CHECKING:
    from collections.abc import Callable

torch = pytest.importorskip("torch")
RATE = 0.3


def theirs(make: Callable[[Any], Any], count: int, momentum: str | None = None) -> list[tuple[float, float]]:
    """Learning rate and momentum of `count` steps of a torch scheduler."""
    weights = [torch.zeros(1, dtype=torch.float64, requires_grad=True)]
    beta = {"betas": (0.9, 0.999)} if momentum == "betas" else {"momentum": 0.9}
    optimizer = (torch.optim.Adam if momentum == "betas" else torch.optim.SGD)(weights, lr=RATE, **beta)
    scheduler = make(optimizer)
    values = []
    for _ in range(count):
        group = optimizer.param_groups[0]
        values.append((group["lr"], group["betas"][0] if momentum == "betas" else group["momentum"]))
        optimizer.step()
        scheduler.step()
    return values


def by_epoch(rates: list[float], per_epoch: int) -> list[float]:
    return [rate for rate in rates for _ in range(per_epoch)]


def ours(schedule: Any, total: int, per_epoch: int = 1) -> StepValues:
    values: StepValues = schedule.values(RATE, Steps(0, total, per_epoch, total))
    return values


def test_the_blogs_rate_after_35_epochs_is_bit_exact() -> None:
    steps = Steps.of_epoch(34, per_epoch=120, epochs=35)
    values = InverseTime(decay=1e-6).values(0.001, steps)
    assert values.learning_rate.tolist() == [0.0009994051838157095] * 120
    assert values.momentum is None


def test_inverse_time_divides_one_epoch_after_the_other() -> None:
    rate, expected = RATE, []
    for epoch in range(50):
        rate /= 1 + 0.01 * epoch
        expected.append(rate)
    assert ours(InverseTime(decay=0.01), 50).learning_rate.tolist() == expected
    assert ours(InverseTime(decay=0.01), 150, per_epoch=3).learning_rate.tolist() == by_epoch(expected, 3)


def test_constant_against_torch() -> None:
    expected = theirs(lambda optimizer: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0), 20)
    np.testing.assert_allclose(ours(Constant(), 20).learning_rate, [rate for rate, _ in expected], rtol=1e-10)


@pytest.mark.parametrize(("every", "factor"), [(1, 0.5), (3, 0.1), (7, 0.9)])
def test_step_against_torch(every: int, factor: float) -> None:
    expected = theirs(
        lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, step_size=every, gamma=factor), 20
    )
    rates = ours(StepDecay(every=every, factor=factor), 80, per_epoch=4).learning_rate
    np.testing.assert_allclose(rates, by_epoch([rate for rate, _ in expected], 4), rtol=1e-10)


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine_against_torch(final: float) -> None:
    expected = theirs(
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer, T_max=60, eta_min=final * RATE
        ),
        60,
    )
    rates = ours(Cosine(final=final), 60, per_epoch=12).learning_rate
    np.testing.assert_allclose(rates, [rate for rate, _ in expected], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("momentum", ["momentum", "betas"])
@pytest.mark.parametrize("total", [7, 40, 97])
@pytest.mark.parametrize("warm_up", [0.05, 0.3, 0.9])
def test_one_cycle_against_torch(anneal: str, momentum: str, total: int, warm_up: float) -> None:
    expected = theirs(
        lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=RATE,
            total_steps=total,
            pct_start=warm_up,
            anneal_strategy={"cosine": "cos"}.get(anneal, anneal),
            base_momentum=0.85,
            max_momentum=0.95,
            div_factor=10.0,
            final_div_factor=100.0,
        ),
        total - 1,
        momentum,
    )
    schedule = OneCycle.model_validate(
        {
            "warm_up": warm_up,
            "initial_divisor": 10.0,
            "final_divisor": 100.0,
            "anneal": anneal,
            "momentum": [0.85, 0.95],
        }
    )
    values = ours(schedule, total)
    assert values.momentum is not None
    np.testing.assert_allclose(values.learning_rate[:-1], [rate for rate, _ in expected], rtol=1e-10)
    np.testing.assert_allclose(values.momentum[:-1], [beta for _, beta in expected], rtol=1e-10)
    assert values.learning_rate[-1] == pytest.approx(RATE / 1000, rel=1e-10)
    assert values.momentum[-1] == pytest.approx(0.95, rel=1e-10)


def test_one_cycle_leaves_the_optimizers_momentum_alone_unless_told() -> None:
    assert ours(OneCycle(), 10).momentum is None


def test_piecewise_linear_against_torch_and_numpy() -> None:
    points = ((0.0, 0.2), (5.0, 1.0), (6.5, 1.0), (20.0, 0.0))
    epochs, factors = zip(*points, strict=True)
    expected = theirs(
        lambda optimizer: torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: float(np.interp(step / 4, epochs, factors))
        ),
        100,
    )
    rates = ours(PiecewiseLinear(points=points), 100, per_epoch=4).learning_rate
    np.testing.assert_allclose(rates, [rate for rate, _ in expected], rtol=1e-10, atol=1e-12)
    assert rates[-1] == 0.0


AFTER_WARM_UP: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "constant": (
        Constant(linear_warm_up=0.2, warm_up_divisor=10.0),
        lambda optimizer: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0),
    ),
    "step": (
        StepDecay(every=7, factor=0.5, linear_warm_up=0.2, warm_up_divisor=10.0),
        lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.5),
    ),
    "piecewise-linear": (
        PiecewiseLinear(points=((0.0, 1.0), (20.0, 0.1)), linear_warm_up=0.2, warm_up_divisor=10.0),
        lambda optimizer: torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=20),
    ),
    "cosine": (
        Cosine(final=0.1, linear_warm_up=0.2, warm_up_divisor=10.0),
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 32, eta_min=0.1 * RATE),
    ),
}


@pytest.mark.parametrize("kind", AFTER_WARM_UP)
def test_a_schedule_after_a_warm_up_is_torchs_sequence(kind: str) -> None:
    schedule, follower = AFTER_WARM_UP[kind]

    def sequence(optimizer: Any) -> Any:
        rising = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, total_iters=8)
        with warnings.catch_warnings():  # torch's sequence warns of the way it calls its own parts
            warnings.simplefilter("ignore", UserWarning)
            return torch.optim.lr_scheduler.SequentialLR(optimizer, [rising, follower(optimizer)], [8])

    expected = [rate for rate, _ in theirs(sequence, 40)]
    np.testing.assert_allclose(ours(schedule, 40).learning_rate, expected, rtol=1e-10)
    by_part = [schedule.values(RATE, Steps(first, 5, 1, 40)).learning_rate for first in range(0, 40, 5)]
    np.testing.assert_allclose(np.concatenate(by_part), expected, rtol=1e-10)


def test_a_warm_up_leaves_at_least_one_step_of_the_full_rate() -> None:
    assert ours(Constant(linear_warm_up=0.99), 1).learning_rate.tolist() == [RATE]
    rates = ours(Constant(linear_warm_up=0.99, warm_up_divisor=4.0), 3).learning_rate
    np.testing.assert_allclose(rates, [RATE / 4, RATE * 5 / 8, RATE])


def test_steps_after_a_warm_up_are_those_of_a_shorter_training() -> None:
    assert Steps(6, 10, 4, 20).after(8) == Steps(0, 8, 4, 12)
    assert Steps(12, 4, 4, 20).after(8) == Steps(4, 4, 4, 12)
    assert Steps(0, 4, 4, 20).after(8) == Steps(0, 0, 4, 12)


def test_one_line_of_piecewise_linear_is_torchs_linear() -> None:
    expected = theirs(
        lambda optimizer: torch.optim.lr_scheduler.LinearLR(
            optimizer, start_factor=0.25, end_factor=1.0, total_iters=10
        ),
        15,
    )
    rates = ours(PiecewiseLinear(points=((0.0, 0.25), (10.0, 1.0))), 15).learning_rate
    np.testing.assert_allclose(rates, [rate for rate, _ in expected], rtol=1e-10)


def test_steps_of_an_epoch_follow_those_of_the_epoch_before() -> None:
    epochs = [Steps.of_epoch(epoch, per_epoch=7, epochs=5) for epoch in range(5)]
    assert all(later.first == earlier.first + earlier.count for earlier, later in pairwise(epochs))
    assert {steps.total for steps in epochs} == {35}
    assert epochs[3].epochs().tolist() == [3] * 7
    assert epochs[3].indices().tolist() == list(range(21, 28))


def test_a_part_of_the_values_keeps_rate_and_momentum_together() -> None:
    values = StepValues(np.arange(5.0), np.arange(5.0) / 10)
    part = values.part(1, 3)
    assert part.momentum is not None
    assert (part.learning_rate.tolist(), part.momentum.tolist()) == ([1.0, 2.0], [0.1, 0.2])
    assert StepValues(np.arange(5.0)).part(1, 3).momentum is None


def test_values_of_several_ranges_are_joined_with_all_that_they_have() -> None:
    whole = StepValues(np.arange(5.0), None, np.arange(5.0) / 10)
    joined = StepValues.joined([whole.part(0, 2), whole.part(2, 5)])
    assert joined.each() == whole.each()
    assert joined.each()[3] == (3.0, None, pytest.approx(0.3))
