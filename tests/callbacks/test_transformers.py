"""The callback of the transformers Trainer in real trainings of a tiny model made here, in a made-up world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("transformers")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.slow

import torch  # noqa: E402 (after the checks)
from tests.made_up_meter import World  # noqa: E402
from transformers import Trainer, TrainerCallback, TrainingArguments  # noqa: E402

import wattlab.transformers  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter import Meter


class Model(torch.nn.Module):
    """A training step takes 2 s and an evaluation step 1 s."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)
        self.world = world

    def forward(self, x: Any, labels: Any) -> dict[str, Any]:
        self.world.work(2.0 if self.training else 1.0)
        found = self.layer(x)
        return {"loss": (found - labels).square().mean(), "logits": found}


class Pause(TrainerCallback):
    """Between a training's begin and its first epoch 5 s pass that are no epoch's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        self.world.work(5.0)


def samples(count: int) -> Any:
    return [{"x": torch.ones(3), "labels": torch.ones(1)} for _ in range(count)]


def trainer(world: World, callback: Any, folder: Path, **options: Any) -> Any:
    chosen = {"num_train_epochs": 2, "logging_steps": 2, "eval_strategy": "epoch", **options}
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=4,
        per_device_eval_batch_size=4,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        **chosen,
    )
    return Trainer(
        Model(world),
        arguments,
        train_dataset=samples(12),
        eval_dataset=samples(8),
        callbacks=[callback, Pause(world)],
    )


def energies(run: Any, name: str) -> list[float]:
    return [entry[name] for entry in run.state.log_history if name in entry]


def test_the_history_holds_energies(
    world: World, meter: Meter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = wattlab.transformers.CostCallback(meter=meter, synchronize=world.synchronize)
    run = trainer(world, callback, tmp_path)
    run.train()
    assert energies(run, "energy_J") == [240.0, 240.0, 240.0]
    assert energies(run, "eval_energy_J") == [120.0, 120.0]
    assert energies(run, "train_energy_J") == [720.0]
    assert energies(run, "train_energy_low_J") == pytest.approx([719.88])
    assert [cost.wall.value for cost in callback.epochs] == [6.0, 6.0]
    assert (callback.training.wall.value, callback.evaluation.wall.value) == (12.0, 4.0)
    assert callback.cost.wall.value == 21.0
    assert "wattlab: training: 21.0 s, 1.26 kJ" in capsys.readouterr().err
    assert world.waits


def test_evaluations_between_steps_interrupt_an_epoch(world: World, meter: Meter, tmp_path: Path) -> None:
    callback = wattlab.transformers.CostCallback(0, meter=meter)
    run = trainer(world, callback, tmp_path, eval_strategy="steps", eval_steps=1, eval_on_start=True)
    run.train()
    assert [cost.wall.value for cost in callback.epochs] == [6.0, 6.0]
    assert energies(run, "energy_J") == [240.0, 240.0, 240.0]
    # The pause lies between the begin of the training and that of the evaluation before it.
    assert energies(run, "eval_energy_J") == [420.0] + [120.0] * 6
    assert "below resolution" not in callback.training.energy.note


def test_an_evaluation_alone_lacks_its_first_batch_and_says_so(
    world: World, meter: Meter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = wattlab.transformers.CostCallback(meter=meter)
    found = trainer(world, callback, tmp_path).evaluate()
    assert found["eval_energy_J"] == 60.0
    assert "without its first batch" in callback.evaluation.energy.note
    assert "wattlab: evaluation: 1.00 s, 60.0 J" in capsys.readouterr().err
    trainer(world, callback, tmp_path).predict(samples(8))
    assert callback.evaluation.wall.value == 2.0
    assert not meter._windows._open


def test_what_a_user_logs_is_left_as_it_is(world: World, meter: Meter, tmp_path: Path) -> None:
    run = trainer(world, wattlab.transformers.CostCallback(0, meter=meter), tmp_path)
    run.log({"temperature": 1.0})
    assert run.state.log_history == [{"temperature": 1.0, "epoch": 0, "step": 0}]


def test_the_usual_meter(tmp_path: Path) -> None:
    callback = wattlab.transformers.CostCallback(0)
    run = trainer(World(), callback, tmp_path, num_train_epochs=1)
    run.train()
    assert callback.cost.energy.provenance in {"measured", "modelled"}
    assert energies(run, "energy_low_J") <= energies(run, "energy_J") <= energies(run, "energy_high_J")
    assert run.state.log_history[-1]["train_energy_J"] == callback.training.energy.value
