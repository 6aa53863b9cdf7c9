"""The same accuracy for less: what the search finds, what clusters bring, where super-convergence exists.

``python bench/cheaper.py [PART …] [--seeds=N] [--budget=10m]``; left out: all parts, with the seeds of each.

- ``tune``: ``wattlab tune mnist --target 0.978``; its winner against mnist-fast and Adam's defaults, on the test part.
- ``adam``: mnist-fast against Adam's defaults on its network.
- ``clusters``: mnist-clusters (70 inputs) against mnist-blog-600 and mnist-fast, the clustering included in its time.
- ``superconvergence``: ``wattlab superconvergence cifar10-cnn``, one-cycle against the best constant rate.

Every training is a fresh process; the candidates of a seed run in turn, in random order.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _harness import WATTLAB, output_of, publish, table

from wattlab.recipe import Recipe
from wattlab.studies.observer import StudyObserver
from wattlab.studies.superconvergence.answer import Superconvergence
from wattlab.studies.trainings.censored import censored_ratio
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds, TrainingsFolder
from wattlab.studies.trainings.to_target import to_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.studies.trainings.censored import CensoredMedian
    from wattlab.studies.trainings.to_target import ToTarget
    from wattlab.studies.trainings.trained import Trained

COMMAND = "make bench-cheaper"
TARGET = 0.978
ON_TEST = {
    "data.validation_fraction": 0.0,
    "evaluation.test": True,
    "stop.part": "test",
}
"""How mnist-fast judges, as the blog did: all candidates alike, on all training samples."""
BLOG = "mnist-blog-600"
ADAMS = "Adam's defaults, same network"
ADAM = {
    "loss.label_smoothing": 0.0,
    "optimizer": {"kind": "adam", "learning_rate": 0.001},
    "schedule": {"kind": "constant"},
    "regularisation": {},
    "training": {"batch_size": 128, "epochs": 60},
}
"""Adam's defaults; a miss counts as 60 epochs."""
CYCLE = (
    *("cifar10-cnn", "--target", "0.75", "--validation-fraction", "0.1", "--epochs", "8", "--budget", "25m"),
    *(
        "--rates",
        "0.02,0.05",
        "--peaks",
        "0.1,0.2",
        "--search-seeds",
        "1",
        "--set",
        "engine.precision=bfloat16",
    ),
)


class BenchFolder(TrainingsFolder):
    """Trainings of a benchmark, which has no plan of its own."""

    def plan(self) -> Candidate:
        """Refuse: nothing is resumed here."""
        raise NotImplementedError


class Said(StudyObserver):
    """Says on standard error what was trained."""

    def trial(self, label: str, number: int, rounds: int, state: str, seconds: float | None) -> None:
        """Print what is over."""
        if seconds is not None:
            print(f"seed {number} of {rounds}: {label}: {state} after {seconds:.1f} s", file=sys.stderr)


def trained(recipes: Mapping[str, Recipe], seeds: int) -> dict[str, tuple[Trained, ...]]:
    """Train all recipes with each seed, interleaved; return what came out, by name and seed."""
    with tempfile.TemporaryDirectory() as path:
        folder = BenchFolder(Path(path))
        folder.prepare_trainings()
        candidates = [Candidate.of(name, recipe) for name, recipe in recipes.items()]
        rounds = TrainingRounds(folder, candidates, seeds, 0, Said())
        rounds.run()
        found = {name: rounds.of(place) for place, name in enumerate(recipes)}
    for name, all_seeds in found.items():
        for one in all_seeds:
            if one.failure is not None:
                print(f"{name}: {one.failure}", file=sys.stderr)
    return found


def judged(recipe: Recipe, target: float = TARGET) -> Recipe:
    """Return a recipe that stops at the target on the test part."""
    every = {"evaluation.test_every": max(1, recipe.evaluation.test_every)}
    return recipe.with_changes({**ON_TEST, **every, "stop.target": target, "stop.at_target": True})


def median_text(found: CensoredMedian | None) -> str:
    """Return a median with its interval; a miss is infinite."""
    if found is None:
        return "missing"
    ends = [f"{value:.3g}" if value is not None else "∞" for value in (found.low, found.high)]
    return f"{found.median:.3g} ({'–'.join(ends)})" if found.median is not None else "not reached"


def ratio_text(own: Sequence[float | None], other: Sequence[float | None]) -> str:
    """Return the ratio of medians with its interval."""
    found = censored_ratio(own, other)
    ends = [f"{value:.2f}" if value is not None else "∞" for value in (found.low, found.high)]
    return f"{'∞' if found.ratio is None else f'{found.ratio:.2f}'}× ({'–'.join(ends)})"


def times(all_seeds: Sequence[Trained]) -> list[float | None]:
    """Return the seconds to the target by seed; None for a miss."""
    return [None if one.time_to_target is None else one.time_to_target.value for one in all_seeds]


def spent(all_seeds: Sequence[Trained]) -> list[float | None]:
    """Return the seconds to the target by seed, and for a miss those of the whole training."""
    quantities = [one.time_to_target or one.wall for one in all_seeds]
    return [None if one is None else one.value for one in quantities]


def row(name: str, all_seeds: Sequence[Trained], others: Sequence[Sequence[float | None]]) -> list[str]:
    """Return a row of the table: success, epochs, time, energy, ratios of times to others."""
    found = to_target(all_seeds)
    tests = sorted(one.test_score for one in all_seeds if one.test_score is not None)
    middle = f"{100 * tests[len(tests) // 2]:.2f} %" if tests else "?"
    return [
        name,
        "?" if found is None else f"{found.rate.n_reached} of {found.rate.n}",
        middle,
        *_costs(found),
        *(ratio_text(times(all_seeds), other) for other in others),
    ]


COLUMNS = [
    "recipe",
    "reach the target",
    "test accuracy",
    "epochs",
    "time to target, s",
    "energy to target, J",
]


def tune(seeds: int | None, budget: str) -> None:
    """Search for ten minutes, then hold the winner against mnist-fast and Adam's defaults."""
    with tempfile.TemporaryDirectory() as studies:
        command = [WATTLAB, "tune", "mnist", "--target", str(TARGET), "--budget", budget, "--json", "--quiet"]
        answer: dict[str, Any] = json.loads(output_of([*command, "--studies", studies]))
        winner = Recipe.named(next(str(path) for path in Path(studies).glob("*/winner.toml")))
    ours = judged(winner)
    recipes = {
        "winner of the search": ours,
        "mnist-fast": judged(Recipe.named("mnist-fast")),
        ADAMS: ours.with_changes(ADAM),
    }
    found = trained(recipes, seeds or 10)
    fast, adam = times(found["mnist-fast"]), spent(found[ADAMS])
    rows = [row(name, all_seeds, [fast, adam]) for name, all_seeds in found.items()]
    header = [*COLUMNS, "time ÷ mnist-fast's", "time ÷ Adam's"]
    goals = (
        "Goals: at most 1.10× mnist-fast, at most 0.10× Adam, of which a miss counts as its 60 epochs. "
        f"Budget of the search: {budget}."
    )
    publish(
        "The cheapest recipe that a search finds",
        f"{COMMAND} (part tune)",
        f"{table(header, rows)}\n\n{goals} Study: {answer['id']}.\n\n```\n{_brief(winner)}\n```",
    )


def adam(seeds: int | None, budget: str) -> None:  # noqa: ARG001 (all parts are called alike)
    """Hold mnist-fast against Adam's defaults on its network."""
    fast = judged(Recipe.named("mnist-fast"))
    found = trained({"mnist-fast": fast, ADAMS: fast.with_changes(ADAM)}, seeds or 5)
    rows = [row(name, all_seeds, [spent(found[ADAMS])]) for name, all_seeds in found.items()]
    body = table([*COLUMNS, "time ÷ Adam's"], rows)
    publish(
        "Adam's defaults on the network of mnist-fast",
        f"{COMMAND} (part adam)",
        f"{body}\n\nTarget 97.8 % on the test part. A miss of Adam counts as its 60 epochs.",
    )


def _brief(recipe: Recipe) -> str:
    """Return the parts of a recipe that a search decides on."""
    parts = (
        "network",
        "loss",
        "optimizer",
        "schedule",
        "training",
        "regularisation",
        "preparation",
        "engine",
    )
    return "\n".join(f"{name}: {getattr(recipe, name).model_dump_json()}" for name in parts)


def clusters(seeds: int | None, budget: str) -> None:  # noqa: ARG001 (all parts are called alike)
    """Hold clusters as inputs against the blog's run on pixels and against mnist-fast."""
    names = ("mnist-clusters", "mnist-fast")
    found = trained({name: judged(Recipe.named(name)) for name in names}, seeds or 5)
    blog = trained({BLOG: judged(Recipe.named(BLOG))}, 1)
    fast = times(found["mnist-fast"])
    once = spent(blog[BLOG]) * len(fast)
    rows = [row(name, all_seeds, [fast, once]) for name, all_seeds in found.items()]
    rows.append([*row(BLOG, blog[BLOG], []), "", ""])
    header = [*COLUMNS, "time ÷ mnist-fast's", f"time ÷ {BLOG}'s"]
    note = (
        f"Target 97.8 % on the test part. The clustering is part of the time of mnist-clusters. Of {BLOG}, one seed; a "
        "miss counts as its 600 epochs. The blog (2020, its own machine): 97.35 % in 18.2 minutes on pixels, more than "
        "97.8 % after about 600 epochs on 70 clusters."
    )
    publish(
        "70 clusters instead of 784 pixels", f"{COMMAND} (part clusters)", f"{table(header, rows)}\n\n{note}"
    )


def superconvergence(seeds: int | None, budget: str) -> None:  # noqa: ARG001 (all parts are called alike)
    """Hold one cycle with a large rate against the best constant one."""
    with tempfile.TemporaryDirectory() as studies:
        command = [WATTLAB, "superconvergence", *CYCLE, "--seeds", str(seeds or 3), "--json", "--quiet"]
        answer = Superconvergence.model_validate_json(output_of([*command, "--studies", studies]))
    rows = [
        [
            one.label,
            "?" if one.to_target is None else f"{one.to_target.rate.n_reached} of {one.to_target.rate.n}",
            "?" if one.best is None else f"{100 * one.best:.2f} %",
            *_costs(one.to_target),
        ]
        for one in answer.rows
    ]
    header = ["training", "reach the target", f"best on the {answer.part} part", *COLUMNS[3:]]
    said = "\n".join(f"- {one}" for one in (*answer.verdicts, *answer.notes))
    publish(
        "Super-convergence: cifar10-cnn",
        f"{COMMAND} (part superconvergence)",
        f"{table(header, rows)}\n\n`wattlab superconvergence {' '.join(CYCLE)}`. Goal: at most half the epochs and "
        f"energy. Data: CIFAR-10 as a JPEG copy, slightly harder than the original.\n\n{said}",
    )


def _costs(found: ToTarget | None) -> list[str]:
    if found is None:
        return ["", "", ""]
    trusted = f" {found.energy_provenance}" if found.rate.n_reached else ""
    return [median_text(found.epochs), median_text(found.time), median_text(found.energy) + trusted]


PARTS: dict[str, Callable[[int | None, str], None]] = {
    "tune": tune,
    "adam": adam,
    "clusters": clusters,
    "superconvergence": superconvergence,
}


def main() -> None:
    """Run the parts that were asked for."""
    options = dict(one.removeprefix("--").split("=", 1) for one in sys.argv[1:] if "=" in one)
    seeds = int(options["seeds"]) if "seeds" in options else None
    parts = [one for one in sys.argv[1:] if not one.startswith("--")] or list(PARTS)
    unknown = set(parts) - PARTS.keys()
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    for name in parts:
        PARTS[name](seeds, options.get("budget", "10m"))


if __name__ == "__main__":
    main()
