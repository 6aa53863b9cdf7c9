"""From a model of any library to a `Classifier`: one table, looked through in order."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.data.preparation import Transform
from wattlab.data.scaling import Bytes, MinMax
from wattlab.errors import ParameterError
from wattlab.insight.boundary.classifier import Classifier
from wattlab.insight.boundary.steps import is_support_vector_machine, last_step
from wattlab.records.model import Model, class_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wattlab.data.scaling import Scaler
    from wattlab.insight.boundary.classifier import Kind, Outputs, Response

__all__ = ["as_classifier"]

_CHUNK: Final = 65536
"""Samples that Keras and torch get at a time."""
_METHODS: Final[dict[Kind, str]] = {
    "probability": "predict_proba",
    "decision": "decision_function",
    "class": "predict",
}


class Asked(NamedTuple):
    """How a model is to be taken; the arguments of `as_classifier`."""

    response: Response
    outputs: Outputs
    labels: NDArray[Any] | None


def as_classifier(
    model: Any,
    *,
    response: Response = "auto",
    outputs: Outputs = "auto",
    labels: Sequence[Any] | None = None,
) -> Classifier:
    """Return a model of any library as a classifier.

    Parameters
    ----------
    model : object
        A `wattlab.Model`, a Keras model, a torch module, a fitted classifier of scikit-learn (pipelines and searches
        too) or whatever else has its ``predict_proba``, ``decision_function`` or ``predict``.
    response : {"auto", "probability", "decision", "class"}
        What a classifier of scikit-learn's kind is asked for. "auto": support vector machines for the decision
        function, others for probabilities, or the next that they have. Networks give probabilities.
    outputs : {"auto", "probabilities", "logits"}
        What comes out of a Keras model or torch module. Logits become probabilities: by the sigmoid where there is one
        output, by the softmax where there are several. "auto": they are logits if any number lies outside 0 … 1.
        Several that do not add up to one are divided by their sum.
    labels : sequence, optional
        Labels in the order of the outputs, for models that do not know them: Keras', torch's, and others without
        ``classes_``. Left out: 0, 1 and so on.

    Raises
    ------
    wattlab.errors.ParameterError
        If the model is no classifier, is not fitted, or does not have what was asked for.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> as_classifier(SVC().fit([[0], [1]], ["a", "b"])).kind
    'decision'
    """
    if isinstance(model, Classifier):
        return model
    asked = Asked(response, outputs, None if labels is None else np.asarray(labels))
    for is_one, adapt in _TABLE:
        if is_one(model):
            return adapt(model, asked)
    msg = (
        f"{type(model).__name__} is no classifier: it has none of {', '.join(_METHODS.values())}; give a fitted "
        "classifier, a Keras model, a torch module, or the model of a run"
    )
    raise ParameterError(msg)


def _of_model(model: Model, asked: Asked) -> Classifier:
    if model.classes is None:
        task = "reconstructs its inputs" if model.recipe.data.task == "reconstruction" else "predicts numbers"
        msg = (
            f"model {model.recipe.name!r} {task}; a boundary lies between classes: choose a run that has them"
        )
        raise ParameterError(msg)
    _refuse_labels(model.recipe.name, asked)
    labels = class_values(model.classes)
    n_features = model.transform.n_features_in
    answer = _beyond_pixels(model).outputs
    return Classifier(model.recipe.name, answer, "probability", labels, n_features, outputs="auto")


def _beyond_pixels(model: Model) -> Model:
    """Return a model that takes numbers below 0 and above 255 for pixels, too: a plane leads to where no image lies."""
    own = model.transform
    if not isinstance(own.before, Bytes) and not isinstance(own.after, Bytes):
        return model
    before, after = _unbounded(own.before, own.n_features_in), _unbounded(own.after, own.n_features_out)
    transform = Transform(before, own.reducer, after, own.n_features_in)
    return Model(model.recipe, transform, model.weights(), model.classes, model.image_shape)


def _unbounded(scaler: Scaler, n_features: int) -> Scaler:
    if isinstance(scaler, Bytes):
        return MinMax(np.zeros(n_features), np.full(n_features, 255.0))
    return scaler


def _of_keras(model: Any, asked: Asked) -> Classifier:
    def answer(features: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(model.predict(features, batch_size=_CHUNK, verbose=0))

    shape = model.input_shape
    n_features = shape[1] if isinstance(shape, tuple) and len(shape) == 2 else None
    return Classifier(model.name, answer, "probability", asked.labels, n_features, outputs=asked.outputs)


def _of_torch(module: Any, asked: Asked) -> Classifier:
    import torch

    like = next(module.parameters(), torch.empty(0))

    def answer(features: NDArray[Any]) -> NDArray[Any]:
        was_training = module.training
        module.eval()
        try:
            with torch.inference_mode():
                parts = torch.split(torch.as_tensor(features), _CHUNK)
                return torch.cat([module(one.to(like)).float().cpu() for one in parts]).numpy()
        except RuntimeError as error:
            msg = f"{type(module).__name__} refuses samples of {features.shape[1]} features: {error}"
            raise ParameterError(msg) from error
        finally:
            module.train(was_training)

    return Classifier(type(module).__name__, answer, "probability", asked.labels, outputs=asked.outputs)


def _of_scikit(model: Any, asked: Asked) -> Classifier:
    from sklearn.base import BaseEstimator, is_regressor

    from wattlab.estimators import MLPClassifier

    last = last_step(model)
    name = type(last).__name__
    if isinstance(model, BaseEstimator) and is_regressor(model):
        msg = f"{name} predicts numbers; a boundary lies between classes: give a classifier"
        raise ParameterError(msg)
    kind = _kind(model, name, asked.response)
    labels = getattr(model, "classes_", None)
    if labels is None:
        labels = asked.labels
    else:
        _refuse_labels(name, asked)
    return Classifier(
        name,
        _asking(model, _METHODS[kind], name),
        kind,
        labels,
        getattr(model, "n_features_in_", None),
        # Thresholds, ties and votes can make it say another class than that of the largest score.
        predict=None
        if kind == "class" or isinstance(last, MLPClassifier)
        else _asking(model, "predict", name),
    )


def _kind(model: Any, name: str, response: Response) -> Kind:
    """Return what a classifier of scikit-learn's kind is asked for."""
    order: list[Kind] = ["probability", "decision", "class"]
    if is_support_vector_machine(last_step(model)):
        # Its probabilities, if it has any, come from a model of their own.
        order = ["decision", "probability", "class"]
    able = [kind for kind in order if callable(getattr(model, _METHODS[kind], None))]
    if response == "auto":
        return able[0]
    if response not in able:
        msg = f"{name} has no {_METHODS.get(response, response)}; it can be asked for {', '.join(able)}"
        raise ParameterError(msg)
    return response


def _asking(model: Any, method: str, name: str) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return a method of a classifier of scikit-learn's kind, its complaints as `ParameterError`."""
    from sklearn.exceptions import NotFittedError

    def answer(features: NDArray[Any]) -> NDArray[Any]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            try:
                given = getattr(model, method)(features)
            except NotFittedError as error:
                msg = f"{name} is not fitted; call fit(X, y) first"
                raise ParameterError(msg) from error
        if isinstance(given, list) or np.ndim(given) > 2:
            msg = f"{name} predicts several labels at once; a boundary needs one: fit it to one column of y"
            raise ParameterError(msg)
        return np.asarray(given)

    return answer


def _refuse_labels(name: str, asked: Asked) -> None:
    if asked.labels is not None:
        msg = f"{name} knows its labels itself; leave labels out"
        raise ParameterError(msg)


def _is_loaded(module: str, name: str) -> Callable[[Any], bool]:
    """Return whether an object is of a class of a library; if that was not imported, none is."""
    return lambda one: module in sys.modules and isinstance(one, getattr(sys.modules[module], name))


def _has_methods(one: Any) -> bool:
    return any(callable(getattr(one, method, None)) for method in _METHODS.values())


_TABLE: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any, Asked], Classifier]], ...]] = (
    (lambda one: isinstance(one, Model), _of_model),
    # On torch, a Keras model is a torch module too.
    (_is_loaded("keras", "Model"), _of_keras),
    (_is_loaded("torch.nn", "Module"), _of_torch),
    (_has_methods, _of_scikit),
)
