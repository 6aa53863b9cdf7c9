"""Where mnist-blog lands: our figures beside those that the blog printed for its own program.

The blog's figures are reference data, from its own machine and its own random numbers.
"""

from __future__ import annotations

import tempfile

import numpy as np
from _harness import publish, table

import wattlab

GOAL = 0.990


def main() -> None:
    """Train once and publish."""
    with tempfile.TemporaryDirectory() as folder:
        run = wattlab.train("mnist-blog", runs=folder)
        record, history = run.record, run.history
    weights = " / ".join(f"{value:.4f}" for value in history["mean_abs_weight"][-1])
    seconds = [history[name].sum() for name in ("shuffle_s", "batches_s", "evaluation_s")]
    portions = " / ".join(f"{share:.2f}" for share in np.array(seconds) / sum(seconds))
    rows = [
        ["training accuracy after 35 epochs", f"{record.train_score:.5f}", "0.99072"],
        ["test accuracy", f"{record.test_score:.4f}", "not printed"],
        ["total training cost", f"{history['train_cost'][-1]:.1f}", "5843.5"],
        ["share of regularisation in it", f"{history['train_regularisation_share'][-1]:.5f}", "0.00137"],
        ["cost of the last batch", f"{history['batch_cost'][-1, -1]:.2f}", "56.30"],
        ["mean \\|w\\| by layer", weights, "0.0639 / 0.3734 / 1.3024"],
        ["mean error of the last batch", f"{history['batch_mean_abs_error'][-1, -1]:.5f}", "0.00709"],
        [
            "learning rate of the last epoch",
            repr(float(history["learning_rate"][-1])),
            "0.0009994051838157095",
        ],
        ["time portions shuffle / batches / prediction", portions, "0.05 / 0.58 / 0.37"],
        ["seconds for all epochs", f"{sum(seconds):.1f}", "19.05 (after its optimisation)"],
    ]
    body = table(["mnist-blog, seed 0", "ours, measured here", "the blog's (reference data)"], rows)
    body += f"\n\nGoal: training accuracy of at least {GOAL} after 35 epochs."
    publish("mnist-blog beside the blog", "make bench-mnist-blog", body)


if __name__ == "__main__":
    main()
