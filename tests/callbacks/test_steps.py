"""`wattlab.torch.measure_steps` around real and made-up loops."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.callbacks.steps import NO_SAMPLES, samples_in
from wattlab.errors import MissingExtraError, ParameterError
from wattlab.torch import MeasuredSteps, measure_steps

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.made_up_meter import World

    from wattlab.meter import Meter


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("wattlab.callbacks.steps.wall_s", world.wall_s)
    return world


class Loader:
    """Takes a second for each batch of 8 samples."""

    batch_size = 8

    def __init__(self, world: World, batches: int = 5) -> None:
        self.world, self.batches = world, batches

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Any]:
        for index in range(self.batches):
            self.world.work(1.0)
            yield torch.full((8, 2), float(index)), torch.zeros(8)


def measured(world: World, meter: Meter, every: int = 2, batches: int = 5) -> MeasuredSteps[Any]:
    return measure_steps(Loader(world, batches), every, synchronize=world.synchronize, meter=meter)


def test_batches_pass_unchanged_and_steps_are_measured_in_groups(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    seen = []
    for inputs, _ in steps:
        seen.append(inputs[0, 0].item())
        world.work(3.0)
    assert seen == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [window.first for window in steps.windows] == [0, 2, 4]
    assert [window.steps for window in steps.windows] == [2, 2, 1]
    assert [window.samples for window in steps.windows] == [16, 16, 8]
    assert [window.cost.energy.value for window in steps.windows] == [480.0, 480.0, 240.0]
    assert [window.waiting.value for window in steps.windows] == [2.0, 2.0, 1.0]
    assert (steps.cost.wall.value, steps.cost.energy.value, steps.waiting.value) == (20.0, 1200.0, 5.0)
    assert steps.waiting_share == 0.25
    assert (steps.energy_per_step.value, steps.energy_per_sample.value) == (240.0, 30.0)
    assert steps.energy_per_step.interval == pytest.approx((240 - 60 * 0.001 / 5, 240 + 60 * 0.001 / 5))


def test_the_device_is_waited_for_at_the_edges_alone(world: World, meter: Meter) -> None:
    for _ in measured(world, meter, every=2, batches=4):
        world.work(1.0)
    assert sorted(set(world.waits)) == [50.0, 54.0, 58.0]


def test_epochs_add_up(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    for _ in range(3):
        for _ in steps:
            world.work(1.0)
    assert (steps.steps, steps.cost.wall.value) == (15, 30.0)
    assert [window.first for window in steps.windows] == [0, 2, 4, 5, 7, 9, 10, 12, 14]


def test_a_loop_that_is_left_or_fails_is_measured_so_far(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    for number, _ in enumerate(steps):
        world.work(1.0)
        if number == 2:
            break
    assert (steps.steps, steps.cost.wall.value) == (3, 6.0)

    def fail() -> None:
        for _ in steps:
            world.work(10.0)
            msg = "diverged"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="diverged"):
        fail()
    assert (steps.steps, steps.cost.wall.value) == (4, 17.0)
    assert [window.steps for window in steps.windows] == [2, 1, 1]
    assert not meter._windows._open


def test_an_error_of_the_loader_passes(world: World, meter: Meter) -> None:
    def broken() -> Iterator[int]:
        yield 1
        msg = "no such file"
        raise OSError(msg)

    steps = measure_steps(broken(), samples=lambda _: 1, meter=meter)
    with pytest.raises(OSError, match="no such file"):
        list(steps)
    assert steps.steps == 1


def test_two_passes_in_turn(world: World, meter: Meter) -> None:
    steps = measured(world, meter, batches=2)
    pairs = [(one[0][0, 0].item(), two[0][0, 0].item()) for one, two in zip(steps, steps, strict=True)]
    assert pairs == [(0.0, 0.0), (1.0, 1.0)]
    assert steps.steps == 4


def test_it_is_as_long_as_the_loop_and_has_its_attributes(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    assert len(steps) == 5
    assert steps.batch_size == 8
    with pytest.raises(AttributeError, match="sampler"):
        _ = steps.sampler
    endless = measure_steps(iter([1, 2]), samples=lambda _: 1, meter=meter)
    with pytest.raises(TypeError, match="no len"):
        len(endless)
    assert copy.copy(measure_steps([torch.zeros(2)])).steps == 0


def test_what_is_not_known_yet_is_missing(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    assert steps.report() == "steps: no pass through the loop has ended"
    assert steps.cost.energy.is_missing
    assert steps.waiting.is_missing
    assert steps.energy_per_step.is_missing
    assert steps.energy_per_sample.note == "no pass through the loop has ended"
    assert steps.waiting_share is None


def test_batches_that_do_not_tell_their_samples(world: World, meter: Meter) -> None:
    steps = measure_steps(["a", "b"], meter=meter)
    for _ in steps:
        world.work(1.0)
    assert steps.windows[0].samples is None
    assert steps.energy_per_sample.note == NO_SAMPLES
    assert steps.energy_per_step.value == 60.0
    told = measure_steps(["ab", "abcd"], samples=len, meter=meter)
    for _ in told:
        world.work(1.0)
    assert told.energy_per_sample.value == 20.0


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (torch.zeros(4, 2), 4),
        ([torch.zeros(3), torch.zeros(9)], 3),
        ({"name": "x", "inputs": torch.zeros(5, 1)}, 5),
        (("text", {"inputs": [torch.zeros(6)]}), 6),
        (torch.tensor(1.0), None),
        ("text", None),
        (7, None),
    ],
)
def test_the_first_tensor_tells_the_samples(batch: Any, expected: int | None) -> None:
    assert samples_in(batch) == expected


def test_the_report(world: World, meter: Meter) -> None:
    steps = measured(world, meter)
    for _ in steps:
        world.work(3.0)
    assert steps.report().splitlines() == [
        "5 steps: 20.0 s, 1.20 kJ [1.20-1.20 kJ] measured, net of idle 1.00 kJ",
        "  energy of a step: 240 J [240-240 J] measured",
        "  energy of a sample: 30.0 J [30.0-30.0 J] measured",
        "  waiting for data: 5.00 s, 25% of the time",
    ]


@pytest.mark.parametrize("every", [0, -1])
def test_a_window_has_a_step_at_least(every: int) -> None:
    with pytest.raises(ParameterError, match=f"every is {every}; expected a whole number of at least 1"):
        measure_steps([], every=every)


def test_a_real_training_is_the_same_measured() -> None:
    from torch.utils.data import DataLoader, TensorDataset

    def train(*, measure: bool) -> tuple[Any, Any]:
        torch.manual_seed(1)
        data = TensorDataset(torch.randn(64, 4), torch.randn(64, 1))
        loader: Any = DataLoader(data, batch_size=8, shuffle=True)
        loop = measure_steps(loader, every=3) if measure else loader
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        for _ in range(2):
            for inputs, targets in loop:
                optimizer.zero_grad()
                torch.nn.functional.mse_loss(model(inputs), targets).backward()
                optimizer.step()
        return model.weight, loop

    (plain, _), (weight, steps) = train(measure=False), train(measure=True)
    assert torch.equal(plain, weight)
    assert (steps.steps, steps.batch_size, len(steps.windows)) == (16, 8, 6)
    assert steps.energy_per_sample.provenance in {"measured", "modelled"}
    assert 0 < steps.waiting_share < 1


def test_without_torch_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattlab.torch.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wattlab\[torch\]'"):
        measure_steps([])


def test_importing_the_modules_imports_no_library() -> None:
    code = (
        "import sys, wattlab.keras, wattlab.torch, wattlab.lightning, wattlab.transformers\n"
        "print({'keras', 'torch', 'lightning', 'transformers', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("library", "extra"), [("keras", "jax"), ("lightning", "lightning"), ("transformers", "transformers")]
)
def test_a_callback_without_its_library_says_how_to_get_it(
    library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    module = importlib.import_module(f"wattlab.{library}")
    monkeypatch.setattr("wattlab.callbacks.loading.find_spec", lambda _: None)
    monkeypatch.setattr("wattlab.keras.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'wattlab\[{extra}\]'"):
        module.CostCallback  # noqa: B018 (asking is what fails)
    with pytest.raises(AttributeError, match="no attribute 'Callback'"):
        module.Callback  # noqa: B018
    assert dir(module) == ["CostCallback"]
