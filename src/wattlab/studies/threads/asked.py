"""What a study of threads is asked, checked before anything runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.cluster.step_report import StepsAsked
from wattlab.errors import RecipeError, UserError
from wattlab.studies.plan import check_rounds
from wattlab.studies.question import Question, check_question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe

__all__ = ["ThreadsAsked", "check_asked", "check_counts", "default_counts", "parse_counts"]

_PER_CORE: Final = 4
"""Threads for each core up to which a count is taken for meant: more make every library wait for itself."""
_LEAST_TIMEOUT_S: Final = 600.0
_LIMITS: Final = 10
_SEEDS: Final = 3
_THREADS: Final = "engine.threads"
_INTER: Final = "engine.inter_threads"


@dataclass(frozen=True)
class ThreadsAsked:
    """What a study of threads is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file.
    engines : sequence of str, optional
        In short, such as "keras:jax"; empty: the recipe's own.
    counts : sequence of int, optional
        Numbers of threads; empty: see `default_counts`.
    inter_threads : sequence of int, optional
        Of TensorFlow, for independent operations: each is a series of its own. Empty: TensorFlow decides.
    changes : mapping of str, optional
        Values by path, for all alike.
    device : str, optional
        Where to compute; "cpu" alone is of use.
    steps, warm_up : int, optional
        Steps that are timed in each process at least, and steps before those.
    limit_s : float, optional
        When the timing of a process ends in any case. Unit: s.
    rounds : int, optional
        How often each number of threads is timed, each time in a fresh process.
    order_seed : int, optional
        Decides in which order they run in each round.
    timeout_s : float, optional
        Longest time that one process may take that times steps; left out: by `limit_s`. Unit: s.
    epochs : int, optional
        Train as a whole, too, for so many epochs; with `target` the most.
    target : float, optional
        Train as a whole, too, until this accuracy or R² is reached.
    seeds : int, optional
        Whole trainings of each, with seeds one after the other; left out: three. Only with one of these two.
    """

    recipe: Recipe | str
    engines: Sequence[str] = ()
    counts: Sequence[int] = ()
    inter_threads: Sequence[int] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    device: str | None = None
    steps: int = 40
    warm_up: int = 10
    limit_s: float = 60.0
    rounds: int = 5
    order_seed: int = 0
    timeout_s: float | None = None
    epochs: int | None = None
    target: float | None = None
    seeds: int | None = None

    @property
    def trains(self) -> bool:
        """Whether whole trainings are asked for."""
        return self.epochs is not None or self.target is not None

    @property
    def n_seeds(self) -> int:
        """Whole trainings of each number of threads."""
        return _SEEDS if self.seeds is None else self.seeds

    @property
    def patience_s(self) -> float:
        """Longest time of one process: what was said, or so long that only what hangs needs it. Unit: s."""
        return self.timeout_s or max(_LEAST_TIMEOUT_S, _LIMITS * self.limit_s)

    def steps_asked(self) -> StepsAsked:
        """Return what each process is asked."""
        return StepsAsked(steps=self.steps, warm_up=self.warm_up, limit_s=self.limit_s)


def check_asked(asked: ThreadsAsked) -> None:
    """Refuse what is wrong whatever the recipe and the machine are.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    check_rounds(asked.rounds, asked.order_seed)
    for name, value, least in (("steps", asked.steps, 1), ("warm-up", asked.warm_up, 0)):
        if value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)
    for name, seconds in (("limit", asked.limit_s), ("timeout", asked.timeout_s)):
        if seconds is not None and not (isfinite(seconds) and seconds > 0):
            msg = f"--{name} is {seconds:g} s; expected more than 0"
            raise UserError(msg)
    _check_engines(asked)
    _check_wholes("--counts", asked.counts)
    _check_wholes("--inter-threads", asked.inter_threads)
    _check_changes(asked)


def _check_engines(asked: ThreadsAsked) -> None:
    repeated = [] if isinstance(asked.engines, str) else _repeated(asked.engines)
    if repeated:
        msg = f"--engines names {repeated[0]} twice; name each engine once"
        raise RecipeError(msg)
    check_question(Question([asked.recipe], asked.engines, changes=asked.changes))


def _check_wholes(option: str, values: Sequence[int]) -> None:
    for value in values:
        if value < 1:
            msg = f"{option} names {value}; a number of threads is a whole number of at least 1"
            raise UserError(msg)
    repeated = _repeated(values)
    if repeated:
        msg = f"{option} names {repeated[0]} twice; name each number once"
        raise UserError(msg)


def _repeated(values: Sequence[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]


def _check_changes(asked: ThreadsAsked) -> None:
    if _THREADS in asked.changes:
        msg = f"--set {_THREADS}: that is what this study varies; name the numbers, as in --counts 1,2"
        raise RecipeError(msg)
    if asked.inter_threads and _INTER in asked.changes:
        msg = f"--set {_INTER} and --inter-threads both decide the same; leave one of them out"
        raise RecipeError(msg)
    if asked.device is not None and "engine.device" in asked.changes:
        msg = "--set engine.device and --device both say where to compute; leave one of them out"
        raise RecipeError(msg)


def default_counts(usable: int, physical: int, logical: int, own: int | None = None) -> tuple[int, ...]:
    """Return the numbers of threads that are tried if nobody names others.

    Powers of two, the physical and the logical cores, up to what this process may use; and the recipe's own number.

    Parameters
    ----------
    usable : int
        Logical cores that this process may keep busy.
    physical, logical : int
        Cores of the machine.
    own : int, optional
        What the recipe says.

    Examples
    --------
    >>> default_counts(usable=8, physical=4, logical=8)
    (1, 2, 4, 8)
    >>> default_counts(usable=5, physical=6, logical=12, own=3)
    (1, 2, 3, 4, 5)
    """
    powers = (2**power for power in range(usable.bit_length()))
    counts = {count for count in (*powers, physical, logical) if count <= usable}
    return tuple(sorted({*counts, usable, *([own] if own is not None else [])}))


def check_counts(counts: Sequence[int], usable: int) -> None:
    """Refuse numbers of threads far above what this process may use; a few times as many can be meant.

    Raises
    ------
    wattlab.errors.UserError
        With what there is.
    """
    most = _PER_CORE * usable
    cores = "1 core" if usable == 1 else f"{usable} cores"
    for count in counts:
        if count > most:
            msg = (
                f"--counts names {count}, and this process may use {cores}; name at most {most}, "
                "which is four threads for each core"
            )
            raise UserError(msg)


def parse_counts(text: str | None, option: str) -> tuple[int, ...]:
    """Read ``1,2,4``; None is nothing.

    Parameters
    ----------
    text : str or None
        As it was written.
    option : str
        Under which name.

    Raises
    ------
    wattlab.errors.UserError
        If a part is no whole number.

    Examples
    --------
    >>> parse_counts("1, 2,4", "--counts")
    (1, 2, 4)
    """
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not part.removeprefix("-").isdecimal():
            msg = f"{option} {text!r} is not understood: {part!r} is no whole number; write it as {option} 1,2,4"
            raise UserError(msg)
    return tuple(map(int, parts))
