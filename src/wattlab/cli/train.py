"""``wattlab train``: from a recipe to a cost card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wattlab.cli.shared import (
    ENGINES,
    Baseline,
    JsonFlag,
    QuietFlag,
    RunsFolder,
    finish,
    interruptible,
    read_baseline,
)

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(train)


def train(
    recipe: Annotated[
        str, typer.Argument(help="Name of a recipe (see: wattlab recipes) or path of a TOML file.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Change a field: optimizer.learning_rate=0.05; nothing after = unsets it.",
        ),
    ] = None,
    target: Annotated[float | None, typer.Option(help="Stop at this accuracy (R² for regression).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of initial weights and sample order.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training part.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"{ENGINES}; left out: the recipe's own."),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Number format: float64, float32, tf32, bfloat16 or float16.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Where to compute: cpu, cuda or cuda:N.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; else recipe and time.")] = None,
    start_from: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Begin with the weights of this run, finished or interrupted; on fewer features or pixels, too.",
        ),
    ] = None,
    keep_weights: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Keep the weights after every N-th epoch, too, as `wattlab epochs` needs them; 0: only the last.",
        ),
    ] = 0,
    baseline: Baseline = "0",
    runs: RunsFolder = Path("wattlab-runs"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Train a network and print what it cost."""
    from wattlab.recipe import Recipe
    from wattlab.recipe.engine import engine_changes
    from wattlab.recipe.override import parse_assignment
    from wattlab.training import Start, train
    from wattlab.views.progress import make_observer

    baseline_s = read_baseline(baseline)
    fields: dict[str, Any] = dict(parse_assignment(text) for text in changes or [])
    named: dict[str, Any] = {"stop.target": target, "seed": seed, "training.epochs": epochs}
    named |= {"engine.precision": precision, "engine.device": device}
    chosen_engine = engine_changes(engine) if engine else {}
    fields = chosen_engine | fields | {path: value for path, value in named.items() if value is not None}
    chosen = Recipe.named(recipe)
    with interruptible(runs):
        run = train(
            chosen.with_changes(fields) if fields else chosen,
            name=name,
            runs=runs,
            start_from=start_from,
            observer=make_observer(quiet=quiet),
            start=Start.of_process(),
            baseline_s=baseline_s,
            keep_weights=keep_weights,
        )
    finish(run, as_json=as_json, quiet=quiet)
