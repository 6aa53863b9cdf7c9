"""The boundary of our network on a mesh of 500 × 500, and its probabilities there against scikit-learn's network.

Two hidden layers of 16 tanh units on the moons. Both networks have the same weights; both predict the same mesh in one
call. The whole boundary (mesh, probabilities, classes, line, samples) is timed of the estimator and of a run's model.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
from _harness import interleaved, publish, ratio_cells, table
from sklearn import neural_network

import wattlab
from wattlab.insight.boundary import boundary

if TYPE_CHECKING:
    from collections.abc import Callable

MESH = 500
ROUNDS = 15
GOAL_S = 0.3
SCIKIT = "scikit-learn, predict_proba"
OURS = "wattlab, predict_proba"
WHOLE = ("boundary of MLPClassifier", "boundary of a run's model")


def equal_networks(features: Any, labels: Any) -> tuple[Any, Any]:
    """Return our network, trained, and scikit-learn's with the same weights."""
    settings: dict[str, Any] = {"activation": "tanh", "batch_size": 32, "random_state": 0}
    ours = wattlab.MLPClassifier((16, 16), **settings, learning_rate_init=0.01).fit(features, labels)
    theirs = neural_network.MLPClassifier((16, 16), **settings, learning_rate_init=0.01).fit(features, labels)
    *hidden, last = ours.coefs_
    *biases, bias = ours.intercepts_
    # Of two classes scikit-learn has one output, the difference of ours.
    theirs.coefs_ = [*hidden, last[:, 1:] - last[:, :1]]
    theirs.intercepts_ = [*biases, bias[1:] - bias[:1]]
    return ours, theirs


def main() -> None:
    """Measure and publish."""
    data = wattlab.load("moons")
    features, labels = (np.asarray(one) for one in (data.train.features, data.train.labels))
    ours, theirs = equal_networks(features, labels)
    with tempfile.TemporaryDirectory() as folder:
        model = wattlab.train("moons", runs=folder).model
    axes = [np.linspace(low, high, MESH) for low, high in zip(features.min(0), features.max(0), strict=True)]
    mesh = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    assert np.allclose(ours.predict_proba(mesh), theirs.predict_proba(mesh), atol=1e-9)
    candidates: dict[str, Callable[[], object]] = {
        SCIKIT: lambda: theirs.predict_proba(mesh),
        OURS: lambda: ours.predict_proba(mesh),
        WHOLE[0]: lambda: boundary(ours, features, labels, mesh=MESH),
        WHOLE[1]: lambda: boundary(model, features, labels, mesh=MESH),
    }
    seconds = interleaved(candidates, ROUNDS)
    rows = []
    for name, taken in seconds.items():
        goal = f"< {GOAL_S:g} s" if name in WHOLE else "< 1" if name == OURS else ""
        ends = np.percentile(taken, [25, 75])
        cells = ["", ""] if name == SCIKIT else ratio_cells(taken, seconds[SCIKIT])
        rows.append([name, f"{np.median(taken):.4f}", f"{ends[0]:.4f}–{ends[1]:.4f}", *cells, goal])
    header = [f"mesh of {MESH} × {MESH}", "s", "quartiles", "ratio", "quartiles of the ratio", "goal"]
    publish("Boundary", "make bench-boundary", table(header, rows))


if __name__ == "__main__":
    main()
