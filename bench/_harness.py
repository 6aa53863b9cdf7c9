"""Interleaved timing, medians, and results that name machine and date."""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.machine.fingerprint import describe_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PAUSE_S = 0.1
RESULTS = Path(__file__).with_name("RESULTS.md")


def plain_environment() -> dict[str, str]:
    """Return the environment as a user's shell has it: Python may keep its compiled files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def interleaved(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time all candidates in turn, round after round, in changing order; the first round is a warm-up.

    Between two of them is a pause, in which the threads of the one before go to sleep.

    Parameters
    ----------
    candidates : mapping of str to callable
        What to time, by name.
    rounds : int
        Counted rounds.

    Returns
    -------
    dict of list of float
        Seconds, one entry a counted round; entries of the same place belong to the same round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            time.sleep(PAUSE_S)
            started = time.perf_counter()
            candidates[name]()
            if number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def ratio(seconds: Sequence[float], baseline: Sequence[float]) -> tuple[float, float, float]:
    """Return the median of the rounds' own ratios, and their quartiles."""
    ratios = sorted(one / other for one, other in zip(seconds, baseline, strict=True))
    low, _, high = statistics.quantiles(ratios, n=4)
    return statistics.median(ratios), low, high


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def publish(title: str, command: str, body: str) -> None:
    """Print a result; with ``--record`` put it into RESULTS.md in place of the older one of that title."""
    machine = describe_machine().one_line()
    text = f"## {title}\n\n`{command}` · {datetime.now(UTC):%Y-%m-%d} · {machine}\n\n{body}\n"
    print(text)
    if "--record" in sys.argv[1:]:
        RESULTS.write_text(_replaced(RESULTS.read_text(encoding="utf-8"), title, text), encoding="utf-8")


def _replaced(results: str, title: str, text: str) -> str:
    head, *sections = results.split("\n## ")
    kept = [section for section in sections if section.partition("\n")[0] != title]
    return "\n## ".join([head.rstrip() + "\n", *kept, text.removeprefix("## ")]).rstrip() + "\n"
