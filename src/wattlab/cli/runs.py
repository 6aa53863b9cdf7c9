"""``wattlab runs``: a table of past runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, RunsFolder

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(runs)


def runs(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Only runs whose name, recipe or data set contains all of these words."),
    ] = None,
    sort: Annotated[
        str, typer.Option(help="created, name, recipe, score, epochs, time or energy; -score: largest first.")
    ] = "created",
    reached: Annotated[bool, typer.Option("--reached", help="Only runs that reached their target.")] = False,
    runs: RunsFolder = Path("wattlab-runs"),
    as_json: JsonFlag = False,
) -> None:
    """List past runs; interrupted and damaged ones are named below the table."""
    from wattlab.records.listing import select
    from wattlab.records.store import RunStore
    from wattlab.views.text import print_runs

    finished, unfinished, damaged = RunStore(runs).list()
    chosen = select(finished, words=words or [], sort=sort, reached=reached)
    if as_json:
        print(json.dumps([run.record.to_dict() for run in chosen], ensure_ascii=False))
    else:
        print_runs(chosen)
    for one in unfinished:
        how = "still being written" if one.in_use else f"interrupted; go on with: wattlab resume {one.id}"
        lost = f"stopped before its first checkpoint; delete {one.path}"
        print(f"{one.id}: {how if one.resumable or one.in_use else lost}", file=sys.stderr)
    for broken in damaged:
        print(f"skipped {broken.path}: {broken.reason}", file=sys.stderr)
