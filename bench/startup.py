"""How long ``import wattlab`` and ``wattlab --help`` take, whole processes from outside."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from _harness import WATTLAB, interleaved, plain_environment, publish, table

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 21
GOALS = {"import wattlab": 0.1, "wattlab --help": 0.2}


def process(*command: str) -> Callable[[], object]:
    """Return a function that runs a command and throws its output away."""
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=plain_environment())


def main() -> None:
    """Measure and publish."""
    candidates = {
        "python alone": process(sys.executable, "-c", "pass"),
        "import wattlab": process(sys.executable, "-c", "import wattlab"),
        "wattlab --help": process(WATTLAB, "--help"),
    }
    seconds = interleaved(candidates, ROUNDS)
    rows = [
        [
            name,
            f"{np.median(times):.3f}",
            f"{min(times):.3f}–{max(times):.3f}",
            f"< {GOALS[name]}" if name in GOALS else "",
        ]
        for name, times in seconds.items()
    ]
    publish("Start-up", "make bench-startup", table(["process", "s (median)", "range", "goal"], rows))


if __name__ == "__main__":
    main()
