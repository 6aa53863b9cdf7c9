"""One training in a process of its own: ``python -m wattlab.cluster.trial RECIPE RUNS NAME``.

The recipe's file in, a folder in RUNS out. Exit code 2 with ``error: …`` on standard error for what the user
can mend.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.recipe import Recipe
from wattlab.training import Start, train

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MODULE", "main"]

MODULE: Final = "wattlab.cluster.trial"


def main(arguments: Sequence[str]) -> int:
    """Train the recipe of the file, keep the run, and return the exit code."""
    recipe, runs, name = arguments
    return exit_code(lambda: train(Recipe.named(recipe), name=name, runs=runs, start=Start.of_process()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
