"""How long a film of 100 frames takes: the boundary of the moons as it forms, and the codes of an autoencoder.

The weights are kept while the network learns, which counts as no part of the film. A run that has kept none is trained
again first; that takes as long as its training did, and is not timed here. Processor time is told beside wall time:
frames are drawn one after the other, so that a busy neighbour lengthens one and hardly the other.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _harness import publish, table

from wattlab.insight.epochs import EpochsAsked, find_epochs
from wattlab.recipe import Recipe
from wattlab.training import train
from wattlab.views.plots.epochs import film_charts
from wattlab.views.plots.film import save_film

if TYPE_CHECKING:
    from wattlab.records.run import Run

FRAMES = 100
ROUNDS = 3
SUBJECTS = {"boundary of `moons`": "moons", "codes of `digits-autoencoder`": "digits-autoencoder"}
KINDS = (".gif", ".webp", ".apng")


def kept(recipe: str, folder: Path) -> Run:
    """Train a recipe for as many epochs as the film has frames, with the weights of each."""
    chosen = Recipe.named(recipe).with_changes({"training.epochs": FRAMES - 1, "stop": {}})
    return train(chosen, runs=folder, keep_weights=1)


def made(run: Run, path: Path) -> tuple[float, float, float]:
    """Make a film; return seconds for what it shows, for the whole, and of the processor."""
    started, cpu = time.perf_counter(), time.process_time()
    film = find_epochs(run, EpochsAsked(most=FRAMES))
    computed = time.perf_counter()
    save_film(film_charts(film), path)
    return computed - started, time.perf_counter() - started, time.process_time() - cpu


def rows(name: str, run: Run, folder: Path) -> list[list[str]]:
    """Return a row for each kind of file."""
    found = []
    for kind in KINDS:
        path = folder / f"film{kind}"
        spent = np.array([made(run, path) for _ in range(ROUNDS)])
        computing, whole, cpu = np.median(spent, axis=0)
        found.append([
            f"{name}, {kind}",
            f"{whole:.1f} s ({spent[:, 1].min():.1f}–{spent[:, 1].max():.1f})",
            f"{1000 * whole / FRAMES:.0f} ms",
            f"{computing:.1f} s",
            f"{cpu:.1f} s",
            f"{path.stat().st_size / 1e6:.2f} MB",
            "< 60 s",
        ])  # fmt: skip
    return found


def main() -> None:
    """Measure and publish."""
    lines: list[list[str]] = []
    with tempfile.TemporaryDirectory() as place:
        for name, recipe in SUBJECTS.items():
            lines += rows(name, kept(recipe, Path(place)), Path(place))
    head = [f"{FRAMES} frames", "median (range)", "a frame", "computing", "CPU time", "file", "goal"]
    publish("What a film costs", "make bench-film", table(head, lines))


if __name__ == "__main__":
    main()
