"""The peers' processes as ``engines.py`` sees them: started, given turns, and ended whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from _harness import plain_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 2
TOLERANCE = 1e-4
MOST_S = 300.0
"""A peer that does not answer within this time has failed."""


class Candidate(NamedTuple):
    """Who takes part, and how it differs from the recipe."""

    name: str
    engine: str
    changes: dict[str, Any]
    floats: bool = False
    tolerance: float = TOLERANCE


class Worker:
    """A peer's process.

    Parameters
    ----------
    candidate : Candidate
    batch : int
        Batch size.
    folder : str
        For its weights and what it prints.
    log : file
        Where what it prints goes.
    """

    def __init__(self, candidate: Candidate, batch: int, folder: str, log: IO[str]) -> None:
        self.candidate, self.failure, self.log = candidate, "", Path(log.name)
        self.weights = Path(folder) / f"{self.log.stem}.npz"
        spec = {
            **candidate._asdict(), "batch": batch, "threads": THREADS, "weights": str(self.weights),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("_worker.py")), json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=plain_environment(),
        )
        self.first: dict[str, Any] = {}

    def meet(self) -> None:
        """Wait until it is set up, and hear how its first steps came out."""
        self.first = self._answer()

    def _answer(self) -> dict[str, Any]:
        """Return what it says next; if it says nothing, note why."""
        assert self.process.stdout is not None
        timer = Timer(MOST_S, self._give_up)
        timer.start()
        try:
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        except json.JSONDecodeError:  # nothing, or a line that broke off
            self.failure = self.failure or self._last_words()
            return {}
        finally:
            timer.cancel()
        return answer

    def _give_up(self) -> None:
        self.failure = f"no answer within {MOST_S:.0f} s"
        self.process.kill()

    def _last_words(self) -> str:
        self.close()
        code = self.process.returncode
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if code > 0 and lines else f"ended with exit code {code}"

    def epoch_s(self) -> float | None:
        """Train an epoch and return its seconds, None if the process has failed."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # no answer will come either, which tells why
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return self._answer().get("s")

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def started(candidate: Candidate, batch: int, folder: str) -> Iterator[Worker]:
    """Return a context in which a peer's process lives, set up or failed."""
    log = Path(folder) / f"{candidate.name.replace(' ', '-')}-{batch}.log"
    with log.open("w") as file:
        worker = Worker(candidate, batch, folder, file)
        try:
            worker.meet()
            yield worker
        finally:
            worker.close()
