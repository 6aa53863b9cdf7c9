"""Classifiers by name: the support vector machines of the sources, and our network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal

from wattlab.errors import ParameterError
from wattlab.recipe.problems import nearest

__all__ = ["MODELS", "ModelSettings", "check_models", "make_model"]

MODELS: Final = {
    "linear-svc": "a straight line: LinearSVC",
    "poly2-linear-svc": "quadratic features, scaled, then LinearSVC",
    "poly3-linear-svc": "cubic features, scaled, then LinearSVC (2 to 9: any degree)",
    "svc-poly": "SVC with the kernel (γ x·x′ + 1)³ (svc-poly2 to svc-poly9: any degree)",
    "svc-rbf": "SVC with the kernel exp(−γ |x − x′|²)",
    "native": "our network: two hidden layers of 16 tanh units, Adam",
}
"""All names with what they stand for; every one scales its features first."""

_NAME: Final = re.compile(
    r"(?P<kind>linear-svc|svc-rbf|native)|poly(?P<features>[2-9])-linear-svc|svc-poly(?P<kernel>[2-9]?)"
)


@dataclass(frozen=True)
class ModelSettings:
    """What can be chosen about the models.

    Parameters
    ----------
    C : float
        Of the support vector machines: how much a sample inside the margin costs, > 0; the larger, the narrower it is.
    gamma : float or "scale"
        Of the kernels: 1 / squared width, > 0; "scale": 1 / (number of features × their variance).
    seed : int
        Of the network, and of LinearSVC where it draws; from 0 to 4294967295.

    Raises
    ------
    wattlab.errors.ParameterError
        If a number is not positive and finite, or the seed is out of its range.
    """

    C: float = 1.0
    gamma: float | Literal["scale"] = "scale"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value in (("C", self.C), ("gamma", self.gamma)):
            if value != "scale" and not (isfinite(value) and value > 0):
                more = " or 'scale'" * (name == "gamma")
                msg = f"{name} is {value:g}; expected a positive number{more}"
                raise ParameterError(msg)
        if not 0 <= self.seed < 1 << 32:
            raise ParameterError(f"seed is {self.seed}; expected a whole number from 0 to {(1 << 32) - 1}")


def check_models(names: list[str]) -> None:
    """Raise `wattlab.errors.ParameterError` for a name that no model has."""
    for name in names:
        if not _NAME.fullmatch(name):
            hint = nearest(name, list(MODELS)) or ";"
            msg = f"there is no model {name!r}{hint} known are {', '.join(MODELS)}, and other degrees, 2 to 9"
            raise ParameterError(msg)


def make_model(name: str, settings: ModelSettings | None = None) -> Any:
    """Return an unfitted pipeline of scikit-learn by name.

    Parameters
    ----------
    name : str
        One of `MODELS`, or with another degree: poly4-linear-svc, svc-poly5.
    settings : ModelSettings, optional
        What can be chosen.

    Raises
    ------
    wattlab.errors.ParameterError
        If there is no model of that name.

    Examples
    --------
    >>> [step for step, _ in make_model("poly3-linear-svc").steps]
    ['polynomialfeatures', 'standardscaler', 'linearsvc']
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    check_models([name])
    degree = _degree(name, "features")
    before = [PolynomialFeatures(degree, include_bias=False)] if degree else []
    return make_pipeline(*before, StandardScaler(), _last(name, settings or ModelSettings()))


def _degree(name: str, group: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[group] or 0) if found else 0


def _last(name: str, settings: ModelSettings) -> Any:
    if name == "native":
        from wattlab.estimators import MLPClassifier

        return MLPClassifier(
            (16, 16), "tanh", batch_size=32, learning_rate_init=0.01, random_state=settings.seed
        )
    from sklearn.svm import SVC, LinearSVC

    if name.endswith("linear-svc"):
        return LinearSVC(C=settings.C, dual="auto", max_iter=10_000, random_state=settings.seed)
    if name == "svc-rbf":
        return SVC(C=settings.C, gamma=settings.gamma)
    degree = _degree(name, "kernel") or 3
    return SVC(kernel="poly", degree=degree, coef0=1.0, C=settings.C, gamma=settings.gamma)
