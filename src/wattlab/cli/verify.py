"""``wattlab verify``: whether engines do the same work."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from wattlab.cli.compare import Engines, Threads, TimeOut, Vary
from wattlab.cli.shared import (
    Changes,
    JsonFlag,
    QuietFlag,
)

__all__ = ["add_to"]

DISAGREES = 1
"""Exit code where a candidate does not do the same work."""
REFUSED = 2
"""Exit code where none disagrees, but one could not be compared: as for everything that the user can mend."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(verify)


def verify(
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE...", help="Names of recipes or paths of TOML files.")
    ],
    engines: Engines = None,
    vary: Vary = None,
    changes: Changes = None,
    threads: Threads = None,
    steps: Annotated[int, typer.Option(help="Updates that are computed.")] = 5,
    timeout: TimeOut = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Check that engines do the same work: losses and weights of the first steps, against native in float64.

    The steps are taken twice: batch by batch, and an epoch's in one call, as when they are timed.

    Ends with exit code 1 if one of them does not agree, and with 2 if all that could be held against it agree, but
    one could not compute at all: an engine that is not installed, or a device that is absent.
    """
    from wattlab.studies.fields import parse_assignments, parse_variations
    from wattlab.studies.question import parse_engines
    from wattlab.studies.verify import verify
    from wattlab.units import parse_seconds
    from wattlab.views.study_text import make_study_observer, print_verifications

    found = verify(
        recipes,
        engines=parse_engines(engines),
        vary=parse_variations(vary or []),
        changes=parse_assignments(changes or []),
        threads=threads,
        steps=steps,
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        observer=make_study_observer(quiet=quiet),
    )
    if as_json:
        print(json.dumps([one.model_dump(mode="json") for one in found], indent=1, ensure_ascii=False))
    elif not quiet:
        print_verifications(list(found))
    wrong = [one for one in found if not one.passed]
    for one in wrong if quiet or as_json else ():
        print(f"error: {one.label} is not verified: {one.message}", file=sys.stderr)
    if wrong:
        raise typer.Exit(DISAGREES if any(one.computed for one in wrong) else REFUSED)
