"""A trained network together with the preparation of its input: features in, answers out."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.preparation import Prepared, Transform
from wattlab.engines.initial import architecture_of, check_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import RecipeError, RunError, WeightsError
from wattlab.recipe.augmentation import Augmentation
from wattlab.recipe.engine import KerasChoice, NativeChoice, TorchChoice
from wattlab.records.files import packed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from wattlab.engines.base import Trainer, Weights
    from wattlab.recipe import Recipe

__all__ = ["Model", "class_values", "for_predicting"]

_TRANSFORM = "preparation."


class Model:
    """Predicts from features as they came, before any scaling.

    Parameters
    ----------
    recipe : Recipe
    transform : Transform
        The fitted preparation.
    weights : dict of arrays
    classes : tuple of str, or None
        None where outputs are numbers.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image.
    n_outputs : int, optional
        Numbers of an output; left out: as many as the last layer with weights gives.

    Attributes
    ----------
    architecture : Architecture
        The network's layers, and what comes out of each.

    Notes
    -----
    What predicts is our own engine where the network is a chain of dense layers, which needs no package, whoever
    trained it; else torch, or Keras where that is what is installed.
    """

    def __init__(
        self,
        recipe: Recipe,
        transform: Transform,
        weights: Weights,
        classes: tuple[str, ...] | None,
        image_shape: tuple[int, int, int] | None = None,
        n_outputs: int | None = None,
    ) -> None:
        self.recipe = recipe
        self.transform = transform
        self.classes = classes
        self.image_shape = image_shape
        self._weights = weights
        self._dtype = np.dtype(recipe.engine.array_dtype)
        n_outputs = _n_outputs(recipe, transform, weights) if n_outputs is None else n_outputs
        reconstructs = recipe.data.task == "reconstruction"
        self._empty = Prepared.empty(transform, n_outputs, classes, image_shape, reconstructs=reconstructs)
        self.architecture = architecture_of(recipe, self._empty)
        check_weights(weights, self.architecture.arrays)

    @cached_property
    def _trainer(self) -> Trainer:
        recipe = for_predicting(self.recipe)
        engine = get_engine(recipe.engine.name)
        return engine.start(recipe, self._empty, self._weights)

    def outputs(self, features: ArrayLike) -> NDArray[np.floating]:
        """Return the network's outputs.

        Parameters
        ----------
        features : array-like of shape (n_samples, n_features)
            As in the data set, before scaling and reduction.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            One a class (sigmoid or softmax values) or one a target.

        Raises
        ------
        wattlab.errors.DataError
            If the number of features is not that of the training data.
        """
        return self._trainer.predict(self.transform.apply(np.atleast_2d(np.asarray(features)), self._dtype))

    def predict(self, features: ArrayLike) -> NDArray[Any]:
        """Return the class of each sample, or the targets for regression.

        Parameters
        ----------
        features : array-like of shape (n_samples, n_features)
            As for `outputs`.

        Returns
        -------
        ndarray
            Of shape (n_samples,): integers where all class names are integers, else the names. For
            regression the targets, of shape (n_samples,) or (n_samples, n_targets).
        """
        outputs = self.outputs(features)
        if self.classes is None:
            return outputs[:, 0] if outputs.shape[1] == 1 else outputs
        values: NDArray[Any] = class_values(self.classes)[outputs.argmax(axis=1)]
        return values

    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        return {name: array.copy() for name, array in self._weights.items()}

    def save(self) -> bytes:
        """Return weights and preparation in the safetensors format."""
        arrays = {f"{_TRANSFORM}{name}": array for name, array in self.transform.to_arrays().items()}
        return packed({**self._weights, **arrays}, {"format": "1"})

    @classmethod
    def load(
        cls,
        path: Path,
        recipe: Recipe,
        classes: tuple[str, ...] | None,
        image_shape: tuple[int, int, int] | None = None,
    ) -> Model:
        """Read what `save` returned from a file.

        Raises
        ------
        wattlab.errors.RunError
            If the file is missing or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            arrays = load_file(path)
        except (OSError, SafetensorError) as error:
            msg = f"{str(path)!r} cannot be read ({error}); the run is damaged: delete its folder"
            raise RunError(msg) from error
        fitted = {
            name.removeprefix(_TRANSFORM): array
            for name, array in arrays.items()
            if name.startswith(_TRANSFORM)
        }
        weights = {name: array for name, array in arrays.items() if not name.startswith(_TRANSFORM)}
        try:
            return cls(recipe, Transform.from_arrays(fitted), weights, classes, image_shape)
        except (KeyError, IndexError, ValueError, WeightsError, RecipeError) as error:
            msg = f"{str(path)!r} does not fit the run's recipe ({error}); the run is damaged: delete its folder"
            raise RunError(msg) from error

    def __repr__(self) -> str:
        dense = self.recipe.network.dense_layers
        if dense is None:
            return (
                f"Model({self.recipe.name}: {self.architecture.n_parameters} parameters, {self.architecture})"
            )
        sizes = [shape[0] for shape in self.architecture.shapes]
        return f"Model({self.recipe.name}: {'-'.join(str(size) for size in [self.transform.n_features_in, *sizes])})"


def _n_outputs(recipe: Recipe, transform: Transform, weights: Weights) -> int:
    """Return how many numbers the network gives."""
    if recipe.data.task == "reconstruction":
        return transform.n_features_out
    *_, last = recipe.network.weighted
    return int(weights[f"{last.name}.weights"].shape[-1])


def for_predicting(recipe: Recipe) -> Recipe:
    """Return the recipe for the engine that needs least to predict or evaluate, whoever trained; on the processor.

    Parameters
    ----------
    recipe : Recipe
        As it was trained.
    """
    precision = recipe.engine.array_dtype
    plain: dict[str, Any] = {"augmentation": Augmentation()}
    if recipe.network.dense_layers is not None:
        return recipe.model_copy(update={**plain, "engine": NativeChoice(precision=precision)})
    if find_spec("torch") is None and isinstance(recipe.engine, KerasChoice):
        keras = KerasChoice(name="keras", backend=recipe.engine.backend, precision=precision)
        return recipe.model_copy(update={**plain, "engine": keras})
    return recipe.model_copy(update={**plain, "engine": TorchChoice(name="torch", precision=precision)})


def class_values(classes: tuple[str, ...]) -> NDArray[Any]:
    """Return the class names as an array of shape (n_classes,), as integers where all of them are."""
    try:
        numbers = [int(name) for name in classes]
    except ValueError:
        return np.array(classes)
    # "007" and "1_000" read as integers, too, but would come back as other names.
    return np.array(numbers if [str(number) for number in numbers] == list(classes) else classes)
