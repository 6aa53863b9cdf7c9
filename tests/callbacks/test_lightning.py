"""Lightning's callback in real trainings, in a made-up world where each second takes 60 J."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("lightning")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*does not have many workers which may be a bottleneck"),
    # Lightning 2.6 asks torch 2.13 in a way that this deprecates.
    pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec.* is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:You defined a `validation_step` but have no `val_dataloader`"),
]

import torch  # noqa: E402 (after the check for Lightning)
from lightning.pytorch import LightningModule, Trainer  # noqa: E402
from tests.made_up_meter import World  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import wattlab.lightning  # noqa: E402

if TYPE_CHECKING:
    from wattlab.meter import Meter


class Model(LightningModule):
    """A training step takes 2 s, a validation step 1 s, a test step 4 s, and the start of an epoch 5 s of nobody."""

    def __init__(self, world: World, fail_in: int = -1) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)
        self.world, self.fail_in = world, fail_in

    def on_train_start(self) -> None:
        self.world.work(5.0)

    def training_step(self, batch: Any, _index: int) -> Any:
        self.world.work(2.0)
        if self.current_epoch == self.fail_in:
            msg = "diverged"
            raise RuntimeError(msg)
        return self.layer(batch).mean()

    def validation_step(self, batch: Any, _index: int) -> None:
        self.world.work(1.0)

    def test_step(self, batch: Any, batch_idx: int) -> None:
        self.world.work(4.0)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), 0.01)


def loader(batches: int) -> Any:
    samples: Any = torch.ones(4 * batches, 3)
    return DataLoader(samples, batch_size=4)


def trainer(callback: Any, **options: Any) -> Any:
    quiet: Any = {"enable_progress_bar": False, "enable_model_summary": False}
    kept: Any = {"logger": False, "enable_checkpointing": False}
    return Trainer(
        max_epochs=2, accelerator="cpu", devices=1, callbacks=[callback], **quiet, **kept, **options
    )


def test_the_metrics_hold_the_energy_of_each_epoch(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = wattlab.lightning.CostCallback(meter=meter, synchronize=world.synchronize)
    run = trainer(callback)
    run.fit(Model(world), loader(3), loader(2))
    assert run.logged_metrics["energy_J"].item() == 360.0
    assert run.logged_metrics["val_energy_J"].item() == 120.0
    assert run.callback_metrics["energy_low_J"].item() == pytest.approx(359.94)
    assert [cost.wall.value for cost in callback.epochs] == [6.0, 6.0]
    assert (callback.training.wall.value, callback.evaluation.wall.value) == (12.0, 4.0)
    assert callback.cost.wall.value == 21.0
    assert "wattlab: training: 21.0 s, 1.26 kJ" in capsys.readouterr().err
    assert world.waits


def test_a_validation_within_an_epoch_interrupts_it(world: World, meter: Meter) -> None:
    callback = wattlab.lightning.CostCallback(0, meter=meter)
    trainer(callback, val_check_interval=2).fit(Model(world), loader(4), loader(2))
    assert [cost.wall.value for cost in callback.epochs] == [8.0, 8.0]
    assert callback.evaluation.wall.value == 8.0
    assert "below resolution" not in callback.training.energy.note


def test_a_training_that_fails_says_what_it_cost(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = wattlab.lightning.CostCallback(meter=meter)
    with pytest.raises(RuntimeError, match="diverged"):
        trainer(callback, num_sanity_val_steps=0).fit(Model(world, fail_in=1), loader(3), loader(2))
    assert [cost.wall.value for cost in callback.epochs] == [6.0]
    assert callback.cost.wall.value == 15.0
    assert "wattlab: training: 15.0 s" in capsys.readouterr().err
    assert not meter._windows._open


def test_a_test_alone_is_measured(world: World, meter: Meter, capsys: pytest.CaptureFixture[str]) -> None:
    callback = wattlab.lightning.CostCallback(meter=meter)
    found = trainer(callback).test(Model(world), loader(2), verbose=False)
    assert found == [
        pytest.approx({"test_energy_J": 480.0, "test_energy_low_J": 479.94, "test_energy_high_J": 480.06})
    ]
    assert callback.evaluation.energy.value == 480.0
    assert capsys.readouterr().err.endswith(
        "wattlab: evaluation: 8.00 s, 480 J [480-480 J] measured, net of idle 400 J\n"
    )


def test_the_usual_meter() -> None:
    callback = wattlab.lightning.CostCallback(0)
    run = trainer(callback)
    run.fit(Model(World()), loader(3))
    logged = run.logged_metrics
    assert callback.cost.energy.provenance in {"measured", "modelled"}
    assert logged["energy_low_J"] <= logged["energy_J"] <= logged["energy_high_J"]
