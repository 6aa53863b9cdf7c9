"""The loss of a run's network as a function of its weights, on a part of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.data.preparation import Prepared, PreparedPart
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import ParameterError, RunError
from wattlab.records.model import for_predicting

if TYPE_CHECKING:
    from wattlab.engines.base import Trainer, Weights
    from wattlab.insight.subject import Subject
    from wattlab.recipe import Recipe

__all__ = ["Evaluated", "NetworkLoss", "weights_at_start"]


class Evaluated(NamedTuple):
    """What a network is worth with some weights.

    Attributes
    ----------
    loss : float
        Mean over the samples, without regularisation.
    score : float
        Accuracy, or R² for regression.
    """

    loss: float
    score: float


class NetworkLoss:
    """Loss and score by weights; computed on the processor by our own engine, else by torch.

    Parameters
    ----------
    subject : Subject
        A run with its data.
    part : {"training", "validation", "test"}
        Which samples.
    samples : int
        How many of them at most, >= 1; chosen at random.
    seed : int
        Decides which.

    Attributes
    ----------
    part : str
        Its name in full.
    n_samples : int
        Of them, as many are used.

    Raises
    ------
    wattlab.errors.ParameterError
        If fewer than one sample is asked for.
    wattlab.errors.RunError
        If there is no such part, or the run left the test part closed.
    wattlab.errors.DataError
        If the data is not there, or without that part.
    wattlab.errors.MissingExtraError
        If the network needs torch, which is not installed.
    """

    def __init__(self, subject: Subject, part: str, samples: int, seed: int) -> None:
        if samples < 1:
            raise ParameterError(f"{samples} samples were asked for; expected at least 1")
        self.part, chosen = subject.opened(part)
        rows = np.random.default_rng(seed).permutation(chosen.n_samples)[:samples]
        self.n_samples = len(rows)
        self._recipe = for_predicting(subject.recipe)
        self._by_sum = self._recipe.loss.reduction == "sum"
        dtype, transform = self._recipe.engine.array_dtype, subject.model.transform
        labels = chosen.labels[rows]
        numbers = labels if subject.dataset.classes is not None else labels.astype(dtype)
        self._samples = PreparedPart(transform.apply(chosen.features[rows], dtype), numbers)
        self._trainer = _start(self._recipe, subject)

    def __call__(self, weights: Weights) -> Evaluated:
        """Return loss and score with some weights."""
        self._trainer.load(weights)
        with np.errstate(all="ignore"):
            found = self._trainer.evaluate(self._samples)
        return Evaluated(found.loss / self.n_samples if self._by_sum else found.loss, found.score)


def weights_at_start(subject: Subject) -> Weights:
    """Return the weights that a run began with: those it has kept, else drawn again by its seed.

    Raises
    ------
    wattlab.errors.RunError
        If it began with weights of another run and has not kept them.
    """
    run = subject.run
    if 0 in run.weights_by_epoch:
        return run.weights_by_epoch[0]
    if run.record.start_from is not None:
        msg = (
            f"run {run.id!r} began with the weights of {run.record.start_from!r}, and has not kept them; train with "
            "--keep-weights, which keeps the initial ones, too"
        )
        raise RunError(msg)
    data = _without_samples(subject)
    return initial_weights(subject.recipe.network, Inputs.of(data), data.n_outputs, subject.recipe.seed)


def _without_samples(subject: Subject) -> Prepared:
    dataset, model = subject.dataset, subject.model
    return Prepared.empty(
        model.transform,
        model.transform.n_features_out if dataset.reconstructs else dataset.n_outputs,
        None if dataset.reconstructs else dataset.classes,
        dataset.image_shape,
        reconstructs=dataset.reconstructs,
    )


def _start(recipe: Recipe, subject: Subject) -> Trainer:
    engine = get_engine(recipe.engine.name)
    engine.check(recipe)
    return engine.start(recipe, _without_samples(subject), subject.model.weights())
