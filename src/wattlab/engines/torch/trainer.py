"""A network in training by torch."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog, Facts, Score, State, Trainer, Weights
from wattlab.engines.devices import torch_device
from wattlab.engines.initial import architecture_of
from wattlab.engines.phases import FUSED, IDLE, Untimed
from wattlab.engines.torch.descent import Descent
from wattlab.engines.torch.evaluation import Evaluator, block_rows
from wattlab.engines.torch.feeding import Feed
from wattlab.engines.torch.gradient import Gradient
from wattlab.engines.torch.journal import Journal
from wattlab.engines.torch.losses import LossOfLogits
from wattlab.engines.torch.model import Model
from wattlab.engines.torch.network import TorchNetwork
from wattlab.engines.torch.noise import seeded
from wattlab.engines.torch.precision import Arithmetic
from wattlab.engines.torch.samples import Resident
from wattlab.engines.torch.state import restore, save
from wattlab.recipe.schedule import StepValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.phases import PhaseClock, PhaseTimes
    from wattlab.recipe.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["TorchTrainer"]

SAMPLES = 5
"""Steps that are done again without compiling, at most, to divide a compiled one."""
UNCOMPILED_S = 0.02
"""The first step without compiling takes longer than a compiled one, but not by more."""
DIVIDED = (
    "data, forward and backward are one call, divided here as they take where nothing is compiled or recorded"
)
LAYOUTS: Final = {"channels-last": torch.channels_last, "channels-first": torch.contiguous_format}
"""How images lie in memory, by the recipe's names."""
TICK_BATCHES = 32
"""Batches between two calls of the tick."""


class TorchTrainer(Trainer):
    """A network in training by torch; data stay on the device as far as they find room there.

    Parameters
    ----------
    recipe : Recipe
        With the torch engine.
    data : Prepared
        Its training part is what `train` goes through.
    weights : dict of arrays
        Where to begin.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights) -> None:
        assert recipe.engine.name == "torch"
        self.recipe, self.data = recipe, data
        self.choice = choice = recipe.engine
        self.device = torch_device(choice)
        self.arithmetic = Arithmetic(choice.precision, self.device)
        self.architecture = architecture_of(recipe, data)
        self.network = TorchNetwork(
            self.architecture, self.arithmetic.stored, self.device, LAYOUTS[choice.layout]
        )
        self.network.assign(weights)
        self.loss = LossOfLogits(recipe.loss, self.network, recipe.network.output_activation)
        self.resident = Resident(data, recipe.loss, self.arithmetic.stored, self.device)
        self.feed = Feed(recipe, data, self.resident)
        self.samples = self.feed.samples
        self.descent = Descent(recipe, self.network, self.device)
        self.evaluator = Evaluator(
            self.network,
            self.loss,
            self.resident,
            self.arithmetic,
            n_rows=block_rows(self.architecture, self.arithmetic.stored.itemsize),
            compiles=choice.compiled,
        )
        self.counts = data.classes is not None and recipe.evaluation.train == "batches"
        self.gradient = Gradient(
            Model(self.network, self.loss, self.resident, self.arithmetic),
            self.feed,
            compiles=choice.compiled,
            graphed=self._full if choice.cuda_graphs else None,
        )

    @property
    def _full(self) -> int:
        """Samples in a full batch."""
        size, n_samples = self.recipe.training.batch_size, len(self.samples)
        return n_samples if size == "all" else min(size, n_samples)

    def train(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        clock: PhaseClock = IDLE,
        epoch: int = 0,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Trainer.train`.

        The device is waited for once, at the end. From the first loss that is not a finite number on, the log is NaN.
        """
        training = self.recipe.training
        bounds = batch_bounds(len(order), training.batch_size, training.last_batch)
        each, journal, before = values.each(), Journal(self._judge), self.descent.steps
        with self._training(epoch), self.feed.epoch(order, bounds, epoch) as on_device:
            for index, (start, stop) in enumerate(bounds):
                rows = on_device[start:stop]
                clock.begin(index)
                found = self.gradient(rows, self.descent.scale(), clock)
                term = self.descent(each[self.descent.steps - before])  # by updates: float16 leaves some out
                clock.end("optimizer")
                journal.add(found.loss, term, found.z, rows if found.targets is None else found.targets)
                if tick is not None and (index % TICK_BATCHES == 0 or index + 1 == len(bounds)):
                    tick(index + 1)
            return journal.close(n_skipped=len(bounds) - (self.descent.steps - before))

    @contextmanager
    def _training(self, epoch: int) -> Iterator[None]:
        """Let the network be one in training inside the block, and draw what belongs to an epoch."""
        self.network.train()
        draws = seeded(self.device, self.recipe.seed, epoch) if self.architecture.has_noise else nullcontext()
        with self.arithmetic.float32_products(), self.arithmetic.tuned(), draws:
            yield

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        self.network.eval()
        with self.arithmetic.float32_products():
            yield

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return what the clock saw; a gradient in one piece is divided as its parts take one by one."""
        times = clock.times()
        if isinstance(times, Untimed) or FUSED not in times.seconds:
            return times
        needed_s = UNCOMPILED_S + 2 * float(np.median(times.seconds[FUSED]))
        if needed_s > budget_s:
            return Untimed.too_short("gradients are one call", needed_s)
        rows = torch.arange(self._full, device=self.device)
        with self._training(epoch=0):
            parts = self.gradient.pieces(rows, self.synchronize, times=SAMPLES, budget_s=budget_s)
        return times.divided(parts, DIVIDED)

    def _judge(self, z: torch.Tensor, known: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return mean |y − a| and, where they count, hits of samples; see `Journal`."""
        outputs = self.network.head(z)
        targets = known if self.data.reconstructs else self.resident.numbers(self.samples, known)
        errors = (outputs - targets).abs().mean(1)
        if not self.counts:
            return errors, None
        assert self.samples.labels is not None
        return errors, outputs.argmax(1) == self.samples.labels[known]

    def warm_up(self) -> None:
        """Do a step of each length that an epoch has, and an evaluation of an open part; see `Trainer.warm_up`."""
        n_samples, training = len(self.samples), self.recipe.training
        if not n_samples:
            return
        state = self.state()
        bounds = batch_bounds(n_samples, training.batch_size, training.last_batch)
        with self._training(epoch=0):
            for length in {stop - start for start, stop in bounds}:
                self.gradient(torch.arange(length, device=self.device), self.descent.scale())
                self.descent(StepValue(0.0))
        part = self.data.test if self.recipe.evaluation.test else self.data.validation
        if part is not None:
            self.evaluate(part)
        self.restore(state)

    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data; see `Trainer.evaluate`."""
        samples = self.resident.samples(part)
        with self._evaluating():
            score, cost = self.evaluator.score(samples)
        loss = cost if self.recipe.loss.reduction == "sum" else cost / len(samples)
        return Score(score, loss, float(self.descent.penalty()))

    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs for prepared features; see `Trainer.predict`."""
        with self._evaluating():
            return self.evaluator.outputs(features)

    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        return self.network.copies()

    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; see `Trainer.load`."""
        self.network.assign(weights)

    def state(self) -> State:
        """Return copies of parameters, optimizer memory, step count and loss scale."""
        return save(self.network, self.descent)

    def restore(self, state: State) -> None:
        """Go back to what `state` returned; see `Trainer.restore`."""
        restore(state, self.network, self.descent)

    def synchronize(self) -> None:
        """Wait until a GPU has finished."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def facts(self) -> Facts:
        """Return torch's version, its threads, the device and what was compiled; see `Trainer.facts`."""
        scaler = self.descent.scaler
        on_gpu = self.device.type == "cuda"
        return {
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "device": str(self.device),
            "device_name": torch.cuda.get_device_name(self.device) if on_gpu else None,
            "precision": self.choice.precision,
            "compiled": self.choice.compiled,
            "cuda_graphs": self.choice.cuda_graphs,
            "layout": self.choice.layout if self.network.has_images else None,
            "n_streamed": len(self.samples) if self.resident.is_apart(self.samples.features) else 0,
            "loss_scale": None if scaler is None else float(scaler.get_scale()),
        }
