"""Interleaved timing, medians, child processes, and results that name machine and date."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
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
WATTLAB = str(Path(sys.executable).with_name("wattlab"))
"""The command of this environment."""


class CommandError(SystemExit):
    """A child process failed: ends the benchmark with what the child said, unless it is caught.

    Parameters
    ----------
    how : str
        "stopped" after its time, or "failed".
    message : str
        Command, and what it said last.
    """

    def __init__(self, how: str, message: str) -> None:
        super().__init__(f"{how} {message}")
        self.how = how


def plain_environment() -> dict[str, str]:
    """Return the environment as a user's shell has it: Python may keep its compiled files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def output_of(command: Sequence[str], most_s: float | None = None) -> str:
    """Run a command and return what it prints.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    most_s : float, optional
        Seconds after which it is stopped.

    Raises
    ------
    CommandError
        With the command, how it ended and the end of its error output.
    """
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=most_s, env=plain_environment()
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError("stopped", f"after {most_s:.0f} s: {shlex.join(command)}") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip()[-2000:] or "no word on why"
        message = f"with exit code {error.returncode}: {shlex.join(command)}\n{said}"
        raise CommandError("failed", message) from error
    return done.stdout


def rotated(names: Sequence[str], number: int) -> list[str]:
    """Return the names in the order of a round: each begins with the next one.

    Examples
    --------
    >>> rotated(["a", "b", "c"], 1)
    ['b', 'c', 'a']
    """
    first = number % len(names)
    return [*names[first:], *names[:first]]


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
    for number in range(rounds + 1):
        for name in rotated(list(candidates), number):
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


def ratio_cells(seconds: Sequence[float], baseline: Sequence[float], sign: str = "") -> list[str]:
    """Return what `ratio` gives as two cells of a table, with a sign such as "×" behind the median.

    Examples
    --------
    >>> ratio_cells([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], "×")
    ['0.50×', '0.50–0.50']
    """
    middle, low, high = ratio(seconds, baseline)
    return [f"{middle:.2f}{sign}", f"{low:.2f}–{high:.2f}"]


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
