"""``wattlab demo``: small exact experiments on number formats and instructions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import INTERRUPTED, JsonFlag, QuietFlag
from wattlab.errors import UserError

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(demo)


def demo(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="lanes, fma, underflow, summation or neuron; left out: list them."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a .html page, a .png, .svg or .pdf figure, or .json.",
        ),
    ] = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Show on this machine what the number formats of training do: small exact experiments, some seconds each.

    lanes: SIMD registers and speed by number type. fma: one rounding against two. underflow: gradients that float16
    loses, and loss scaling. summation: the error of sums. neuron: saturation, and its cure by scaling.
    """
    if name is None:
        if output is not None:
            msg = "--output needs a demonstration; name one, as in: wattlab demo summation -o summation.html"
            raise UserError(msg)
        _list(as_json=as_json)
        return
    from wattlab.demonstrations.catalog import demonstrate, find
    from wattlab.views.demo_file import check_demo_path, write_demonstration
    from wattlab.views.demo_text import print_demonstration

    find(name)
    if output is not None:
        check_demo_path(output)
    try:
        outcome = demonstrate(name)
    except KeyboardInterrupt:
        print("interrupted: nothing is written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_demonstration(outcome, output)
    if as_json:
        print(outcome.to_json())
    elif not quiet:
        print_demonstration(outcome)


def _list(*, as_json: bool) -> None:
    from wattlab.demonstrations.catalog import DEMONSTRATIONS
    from wattlab.views.demo_text import print_demonstrations

    if as_json:
        known = [
            {"name": name, "title": entry.title, "summary": entry.summary}
            for name, entry in DEMONSTRATIONS.items()
        ]
        print(json.dumps(known, indent=1, ensure_ascii=False))
        return
    print_demonstrations()
