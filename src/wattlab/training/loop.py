"""The loop over epochs: train, evaluate, judge, note down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.batches import batch_bounds, order
from wattlab.engines.initial import architecture_of
from wattlab.errors import RecipeError, StorageError
from wattlab.meter.clock import wall_s
from wattlab.recipe.schedule import Steps
from wattlab.records.checkpoint import Checkpoint
from wattlab.training.observer import EpochReport, Observer, Plan
from wattlab.training.phases import PhaseSampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import BatchLog, Score, State, Trainer, Weights
    from wattlab.recipe import Recipe
    from wattlab.records.kept_weights import WeightsKeeper
    from wattlab.records.record import StopReason
    from wattlab.training.past import Past
    from wattlab.training.spending import Spending

__all__ = ["Loop"]

_TICK_S = 0.1


@dataclass(frozen=True)
class Kept:
    """What a training that is interrupted goes on from: the end of its last finished epoch.

    Parameters
    ----------
    n_epochs : int
        Finished epochs; the history may already hold part of another one.
    state : dict of arrays
        From `Trainer.state`.
    judge : dict
        From `Judge.to_dict`.
    """

    n_epochs: int
    state: State
    judge: dict[str, Any]


class Loop:
    """Drives a trainer through the epochs of a recipe.

    Parameters
    ----------
    recipe : Recipe
    data : Prepared
    trainer : Trainer
        At the recipe's beginning; taken to where `past` ended.
    past : Past
        What earlier sessions did; gains what this one does.
    spending : Spending
    observer : Observer
    phases : bool
        Whether a few steps are timed phase by phase.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: Prepared,
        trainer: Trainer,
        past: Past,
        spending: Spending,
        observer: Observer | None = None,
        *,
        phases: bool = True,
    ) -> None:
        self.recipe, self.data, self.trainer = recipe, data, trainer
        self.past, self.spending, self.observer = past, spending, observer or Observer()
        self.history, self.judge = past.history, past.judge
        self._check_judged_part()
        self._n_skipped = int(np.nansum(past.history.history()["skipped_steps"]))
        if past.state is not None:
            trainer.restore(past.state)
        self._spent = spending.elapsed_s(), spending.energy()
        self.kept = self._kept()
        self.message = ""
        self._has_warned = False
        self._scores: dict[str, Score] = {}
        self._n_samples = len(data.train.labels)
        self._n_batches = len(
            batch_bounds(self._n_samples, recipe.training.batch_size, recipe.training.last_batch)
        )
        full = self._n_samples if recipe.training.batch_size == "all" else recipe.training.batch_size
        epochs = max(1, recipe.training.epochs - self.history.n_epochs)
        self.sampling = PhaseSampling(trainer, max(1, self._n_samples // full), epochs, wanted=phases)

    def plan(self, run_id: str) -> Plan:
        """Return what lies ahead."""
        n_parameters = architecture_of(self.recipe, self.data).n_parameters
        return Plan(
            self.recipe, run_id, self.history.n_epochs, self._n_batches, self._n_samples, n_parameters
        )

    @property
    def applied(self) -> int:
        """Updates applied in the finished epochs, those that float16 left out not among them."""
        return self.steps - self._n_skipped

    @property
    def steps(self) -> int:
        """Batches of the finished epochs."""
        return self.history.n_epochs * self._n_batches

    def run(self, save: Callable[[], None], keeper: WeightsKeeper) -> StopReason:
        """Train until something says stop; `save` is called whenever a checkpoint is due.

        On return the trainer holds the weights of the last finished epoch.
        """
        saved_s = wall_s()
        checkpoint = self.recipe.checkpoint
        if keeper.is_due(0) and not self.history.n_epochs:
            self._keep(keeper, 0, self.trainer.weights())
        while not (verdict := self._verdict()):
            if not self._epoch(self.history.n_epochs, keeper):
                self.trainer.restore(self.kept.state)
                return "diverged"
            due = checkpoint.every and self.history.n_epochs % checkpoint.every == 0
            overdue = checkpoint.every_s is not None and wall_s() - saved_s >= checkpoint.every_s
            if due or overdue:
                self._save(save)
                saved_s = wall_s()
        return verdict

    def _save(self, save: Callable[[], None]) -> None:
        """Save a checkpoint that is due; a full disk then costs the checkpoint, not the training."""
        try:
            save()
        except StorageError as error:
            self._warn("a checkpoint", error)

    def _keep(self, keeper: WeightsKeeper, epoch: int, weights: Weights) -> None:
        """Keep the weights after so many epochs where that is due; a full disk costs no more than a checkpoint's."""
        if not keeper.is_due(epoch):
            return
        try:
            keeper.keep(epoch, weights)
        except StorageError as error:
            self._warn(f"the weights of epoch {epoch}", error)

    def _warn(self, what: str, error: StorageError) -> None:
        if not self._has_warned:
            self.observer.warning(f"{what} could not be saved, the training goes on: {error}")
        self._has_warned = True

    def _verdict(self) -> StopReason | None:
        """Return why to stop before another epoch; asked of a resumed training, too, which may have been done."""
        n_epochs = self.history.n_epochs
        verdict = self.judge.verdict(*self._spent) if n_epochs else None
        energy = self._spent[1]
        if verdict == "energy budget" and energy.is_missing:
            self.message = (
                f"the energy sensor was lost by the end of epoch {n_epochs} ({energy.note}), so that "
                "stop.energy_budget_J could no longer be kept; the training ended there"
            )
        return verdict or ("epochs" if n_epochs >= self.recipe.training.epochs else None)

    def _kept(self) -> Kept:
        return Kept(self.history.n_epochs, self.trainer.state(), self.judge.to_dict())

    def final_scores(self, reason: StopReason) -> dict[str, float]:
        """Return the scores of the last weights on test and validation part, by name.

        A part is evaluated if that was not due after the last epoch, the judged one first, and judged.
        """
        parts = {
            "test": self.data.test if self.recipe.evaluation.test else None,
            "validation": self.data.validation,
        }
        for name in sorted(parts, key=lambda name: name != self.judged_part):
            part = parts[name]
            if part is None or name in self._scores:
                continue
            self._scores[name] = self.trainer.evaluate(part)
            if name == self.judged_part and reason != "diverged":
                self._spent = self.spending.elapsed_s(), self.spending.energy()
                self._judge(self.history.n_epochs, self._scores[name].score)
        return {name: score.score for name, score in self._scores.items()}

    def samples_per_s(self) -> float:
        """Return training samples per second over all finished epochs, evaluation excluded."""
        history = self.history.history()
        seconds = float(history["shuffle_s"].sum() + history["batches_s"].sum())
        return history.n_epochs * self._seen / seconds if seconds else 0.0

    def checkpoint(self, fingerprint: str) -> Checkpoint:
        """Return the state after the last finished epoch."""
        kept = self.kept
        progress = self.past.progress(fingerprint, self.spending.costs(), kept.judge)
        return Checkpoint(kept.state, self.history.history(kept.n_epochs).arrays, progress)

    def _epoch(self, epoch: int, keeper: WeightsKeeper) -> bool:
        """Train and evaluate one 0-based epoch; False if the loss is no longer a finite number."""
        meter, training = self.spending.meter, self.recipe.training
        started_s = wall_s()
        with meter.window("training", self.trainer.synchronize):
            rows = order(self.recipe.seed, epoch, self._n_samples, shuffle=training.shuffle)
            shuffled_s = wall_s()
            steps = Steps(self.applied, self._n_batches, self._n_batches, training.epochs * self._n_batches)
            values = self.recipe.schedule_values(steps)
            log = self.trainer.train(rows, values, self._ticker(epoch), self.sampling.clock(), epoch)
        trained_s = wall_s()
        self.sampling.trained((trained_s - shuffled_s) / self._n_batches)
        weights = self.trainer.weights()
        if not self._is_finite(epoch, log, weights):
            return False
        with meter.window("evaluation", self.trainer.synchronize):
            columns = self._evaluate(epoch, log)
        evaluated_s = wall_s()
        last = max(0, self._n_batches - 1 - log.n_skipped)
        elapsed_s, energy = self._spent = self.spending.elapsed_s(), self.spending.energy()
        columns |= {
            "learning_rate": values.learning_rate[last],
            "momentum": np.nan if values.momentum is None else values.momentum[last],
            "mean_batch_cost": log.cost.mean(),
            "shuffle_s": shuffled_s - started_s,
            "batches_s": trained_s - shuffled_s,
            "evaluation_s": evaluated_s - trained_s,
            "skipped_steps": log.n_skipped,
            "elapsed_s": elapsed_s,
            "energy_J": np.nan if energy.value is None else energy.value,
        }
        self._n_skipped += log.n_skipped
        self.history.append(columns, log, self._mean_abs_weights(weights))
        self._judge(epoch + 1, columns.get(f"{self.judged_part}_score", np.nan))
        # Before the state that a resumption begins with, so that no epoch is missing afterwards.
        self._keep(keeper, epoch + 1, weights)
        self.kept = self._kept()
        self._report(epoch, columns)
        return True

    def _judge(self, epoch: int, score: float) -> None:
        if np.isfinite(score):
            self.judge.see(epoch, score, *self._spent)

    def _check_judged_part(self) -> None:
        """Refuse to decide on a part that stays closed."""
        stop = self.recipe.stop
        decides = stop.target is not None or stop.patience is not None
        if decides and self.judged_part == "test" and not self.recipe.evaluation.test:
            msg = (
                "stop.target and stop.patience need a part to be judged on, but evaluation.test is false and there is "
                "no validation part: give data.validation_fraction a share, such as 0.15"
            )
            raise RecipeError(msg)

    @property
    def judged_part(self) -> str:
        """Part of the data on which target and patience are judged."""
        chosen = self.recipe.stop.part
        if chosen != "auto":
            return chosen
        return "test" if self.data.validation is None else "validation"

    def _is_finite(self, epoch: int, log: BatchLog, weights: Weights) -> bool:
        broken = np.flatnonzero(~np.isfinite(log.cost))
        if broken.size:
            where = f"batch {broken[0] + 1} of epoch {epoch + 1}"
        elif not all(np.isfinite(array).all() for array in weights.values()):
            where = f"epoch {epoch + 1}, in the weights"
        else:
            return True
        kept = f"the weights after epoch {epoch} are kept" if epoch else "the initial weights are kept"
        self.message = (
            f"training diverged: the loss was no longer a finite number in {where}; {kept}. "
            f"Lower optimizer.learning_rate (now {self.recipe.optimizer.learning_rate:g}), "
            "or set training.clip_norm"
        )
        return False

    def _evaluate(self, epoch: int, log: BatchLog) -> dict[str, float]:
        """Return the columns of all evaluations that are due after a 0-based epoch."""
        due, columns = self.recipe.evaluation, dict[str, float]()
        number = epoch + 1
        # A regression counts nothing in its batches, and "batches" asks for no pass of its own.
        is_full = due.train == "full" or (due.train == "batches" and self.data.classes is not None)
        if due.train == "batches" and log.n_correct is not None:
            columns["train_score"] = log.n_correct / self._seen
        elif is_full and number % due.train_every == 0:
            score = self.trainer.evaluate(self.data.train)
            cost = score.loss + score.regularisation
            columns["train_score"], columns["train_cost"] = score.score, cost
            columns["train_regularisation_share"] = score.regularisation / cost if cost else 0.0
        self._scores = {}
        if due.test and due.test_every and number % due.test_every == 0:
            self._scores["test"] = self.trainer.evaluate(self.data.test)
        if self.data.validation is not None and number % due.validation_every == 0:
            self._scores["validation"] = self.trainer.evaluate(self.data.validation)
        for name, score in self._scores.items():
            columns[f"{name}_score"], columns[f"{name}_cost"] = score.score, score.loss
        return columns

    @property
    def _seen(self) -> int:
        """Samples of an epoch that are in a batch."""
        bounds = batch_bounds(
            self._n_samples, self.recipe.training.batch_size, self.recipe.training.last_batch
        )
        return int(bounds[-1][1])

    def _mean_abs_weights(self, weights: Weights) -> list[float]:
        return [
            float(np.abs(weights[f"{node.name}.weights"]).mean()) for node in self.recipe.network.weighted
        ]

    def _ticker(self, epoch: int) -> Callable[[int], None]:
        told_s = wall_s()

        def tick(done: int) -> None:
            nonlocal told_s
            now_s = wall_s()
            if now_s - told_s >= _TICK_S:
                told_s = now_s
                self.observer.batches(epoch + 1, done)

        return tick

    def _report(self, epoch: int, columns: dict[str, float]) -> None:
        self.observer.epoch(
            EpochReport(
                epoch=epoch + 1,
                epochs=self.recipe.training.epochs,
                loss=columns["mean_batch_cost"],
                train_score=columns.get("train_score"),
                validation_score=columns.get("validation_score"),
                test_score=columns.get("test_score"),
                samples_per_s=self._seen / (columns["shuffle_s"] + columns["batches_s"]),
                power=self.spending.meter.power_now(),
                elapsed_s=columns["elapsed_s"],
                judged_score=columns.get(f"{self.judged_part}_score"),
                energy=self._spent[1],
            )
        )
