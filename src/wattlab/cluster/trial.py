"""One training in a process of its own: ``python -m wattlab.cluster.trial RECIPE RUNS NAME``.

The recipe's file in, a folder in RUNS out. With ``--epochs FILE`` each finished epoch is a line of FILE; with
``--start-from RUN`` the weights of a run are the initial ones. Exit code 2 with ``error: …`` on standard error for
what the user can mend.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.cluster.progress import EpochWriter
from wattlab.recipe import Recipe
from wattlab.training import Start, train

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MODULE", "main"]

MODULE: Final = "wattlab.cluster.trial"


def main(arguments: Sequence[str]) -> int:
    """Train the recipe of the file, keep the run, and return the exit code."""
    asked = _parser().parse_args(arguments)
    return exit_code(
        lambda: train(
            Recipe.named(asked.recipe),
            name=asked.name,
            runs=asked.runs,
            start_from=asked.start_from,
            observer=None if asked.epochs is None else EpochWriter(asked.epochs),
            start=Start.of_process(),
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=MODULE)
    for name in ("recipe", "runs", "name"):
        parser.add_argument(name)
    parser.add_argument("--epochs", type=Path)
    parser.add_argument("--start-from")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
