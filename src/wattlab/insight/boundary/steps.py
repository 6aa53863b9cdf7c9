"""Inside scikit-learn's pipelines and searches: what decides in the end, and what comes before it."""

from __future__ import annotations

from typing import Any

__all__ = ["first_steps", "is_support_vector_machine", "last_step"]


def last_step(model: Any) -> Any:
    """Return what decides in the end: the last step of a pipeline, the best estimator of a search, or the model."""
    from sklearn.pipeline import Pipeline

    model = _best(model)
    return last_step(model.steps[-1][1]) if isinstance(model, Pipeline) else model


def first_steps(model: Any) -> tuple[Any, ...]:
    """Return the pipelines before what decides, the outermost first; each can transform."""
    from sklearn.pipeline import Pipeline

    model = _best(model)
    if not isinstance(model, Pipeline):
        return ()
    before = (model[:-1],) if len(model.steps) > 1 else ()
    return (*before, *first_steps(model.steps[-1][1]))


def is_support_vector_machine(model: Any) -> bool:
    """Tell whether an estimator is one of scikit-learn's classifiers with a margin."""
    from sklearn.svm import SVC, LinearSVC, NuSVC

    return isinstance(model, (SVC, NuSVC, LinearSVC))


def _best(model: Any) -> Any:
    from sklearn.model_selection._search import BaseSearchCV

    return model.best_estimator_ if isinstance(model, BaseSearchCV) else model
