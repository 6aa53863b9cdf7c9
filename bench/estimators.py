"""Our estimators against scikit-learn's own, at equal settings: same data, layers, batches, epochs, optimizer.

Digits, standardised, 100 hidden nodes. Both fit for the same number of epochs, with nothing that stops them earlier;
``partial_fit`` goes over the same samples in chunks. float32 for both, which scikit-learn keeps where the data have it.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from _harness import interleaved, publish, ratio_cells, table
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

import wattlab

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCHS = 30
ROUNDS = 9
CHUNK = 256
WHO = {"scikit-learn": neural_network.MLPClassifier, "wattlab": wattlab.MLPClassifier}


def settings(batch: int, solver: str) -> dict[str, Any]:
    """Return equal settings for both."""
    return {
        "hidden_layer_sizes": (100,),
        "solver": solver,
        "batch_size": batch,
        "learning_rate_init": 0.01 if solver == "sgd" else 0.001,
        "max_iter": EPOCHS,
        "tol": 0.0,
        "n_iter_no_change": EPOCHS,
        "random_state": 0,
    }


def fit(make: Any, batch: int, solver: str, features: Any, labels: Any) -> Callable[[], None]:
    """Return a function that fits anew."""

    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            make(**settings(batch, solver)).fit(features, labels)

    return run


def partial_fit(make: Any, features: Any, labels: Any) -> Callable[[], None]:
    """Return a function that goes over all samples in chunks."""

    def run() -> None:
        network = make(**settings(64, "adam"))
        for start in range(0, len(labels) - CHUNK, CHUNK):
            part = slice(start, start + CHUNK)
            network.partial_fit(features[part], labels[part], classes=np.arange(10))

    return run


def main() -> None:
    """Measure and publish."""
    features, labels = load_digits(return_X_y=True)
    features = StandardScaler().fit_transform(features).astype(np.float32)
    cases: dict[str, dict[str, Callable[[], None]]] = {
        f"fit, {solver}, batch {batch}": {
            who: fit(make, batch, solver, features, labels) for who, make in WHO.items()
        }
        for solver in ("adam", "sgd")
        for batch in (32, 200, 1797)
    }
    cases[f"partial_fit, adam, chunks of {CHUNK}"] = {
        who: partial_fit(make, features, labels) for who, make in WHO.items()
    }
    rows = []
    for name, candidates in cases.items():
        seconds = interleaved(candidates, ROUNDS)
        medians = [f"{np.median(seconds[who]):.3f}" for who in WHO]
        cells = ratio_cells(seconds["wattlab"], seconds["scikit-learn"])
        rows.append([name, *medians, *cells, "< 1"])
    header = [f"digits, {EPOCHS} epochs", *(f"{who}, s" for who in WHO), "ratio", "quartiles", "goal"]
    publish("Estimators", "make bench-estimators", table(header, rows))


if __name__ == "__main__":
    main()
