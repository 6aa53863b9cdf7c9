"""What a study of clusters is asked, checked before anything runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args

from wattlab.cluster.reduction_report import ReductionAsked, Space
from wattlab.cluster.step_report import StepsAsked
from wattlab.errors import UserError
from wattlab.recipe.preparation import Scaling
from wattlab.recipe.problems import nearest
from wattlab.studies.plan import check_rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BLOG_COUNTS", "ClustersAsked", "check_asked", "default_counts", "parse_counts"]

BLOG_COUNTS: Final = "10:170:10"
"""The numbers of clusters of the blog's article XIV."""
_RANGE: Final = re.compile(r"(\d+):(\d+)(?::(\d+))?")
_MOST: Final = 200
_LARGEST: Final = 170
_STEPS_BETWEEN: Final = (10, 5, 2)
_FEWEST: Final = 5
_SAMPLES_EACH: Final = 10
_TIMEOUT_S: Final = 3600.0
_STEPS: Final = StepsAsked(warm_up=10, steps=40, at_least_s=0.5, limit_s=30.0)


@dataclass(frozen=True)
class ClustersAsked:
    """What a study of clusters is asked.

    Parameters
    ----------
    target : str
        A recipe's name or file; or a data set's name or path, which is then trained by a network of 70 and 30 units.
    counts : tuple of int, optional
        Numbers of clusters; left out: those of `default_counts`.
    settings : mapping of str, optional
        Fields of `wattlab.recipe.preparation.Clusters`, such as n_init; left out: the recipe's, or the defaults.
    scaling : str, optional
        Before the clusters are found; left out: as a recipe that finds clusters has it, else per sample for images and
        standard for all others.
    changes : mapping of str, optional
        Values by path, for the recipe.
    seeds : int, optional
        How often clusters are found, each time with another seed.
    rounds : int, optional
        How often steps of each network are timed; 0: not at all, so nothing is said of what pays.
    silhouette_samples : int, optional
        Samples that the silhouette is found from; 0: none.
    space : str, optional
        Where: among the scaled "features" or the "distances".
    order_seed : int, optional
        Decides the order in each round.
    timeout_s : float, optional
        Longest time of one process. Unit: s.
    """

    target: str
    counts: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    scaling: Scaling | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 1
    rounds: int = 3
    silhouette_samples: int = 5000
    space: Space = "features"
    order_seed: int = 0
    timeout_s: float = _TIMEOUT_S

    def steps_asked(self) -> StepsAsked:
        """Return what each process is asked that times steps."""
        return _STEPS

    def reduction_asked(self) -> ReductionAsked:
        """Return what each process is asked that finds clusters."""
        return ReductionAsked(silhouette_samples=self.silhouette_samples, space=self.space)


def parse_counts(text: str) -> tuple[int, ...]:
    """Return the numbers of clusters that "10:170:10" or "40,70,90" stand for, smallest first.

    Parameters
    ----------
    text : str
        Whole numbers and ranges FIRST:LAST or FIRST:LAST:STEP, last included, with commas between them.

    Raises
    ------
    wattlab.errors.UserError
        If it is neither, or a range is empty.

    Examples
    --------
    >>> parse_counts("10:50:20"), parse_counts("70,40"), parse_counts("2:4")
    ((10, 30, 50), (40, 70), (2, 3, 4))
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        ranged = _RANGE.fullmatch(part)
        if ranged is not None:
            found.update(_between(part, *(int(one) for one in ranged.groups(default="1"))))
        elif part.isdecimal():
            found.add(int(part))
        else:
            msg = (
                f"numbers of clusters: {part!r} is no whole number and no range; write 10:170:10 (first, last, step) "
                "or 40,70,90"
            )
            raise UserError(msg)
    return tuple(sorted(found))


def default_counts(n_features: int, n_samples: int) -> tuple[int, ...]:
    """Return the numbers of clusters to try where none are named: as the blog's 10:170:10, but no more than make sense.

    Parameters
    ----------
    n_features : int
        As many clusters or more save no inputs.
    n_samples : int
        Among which clusters are found: at least ten for each.

    Returns
    -------
    tuple of int
        From 2 on, in steps of 10, 5, 2 or 1, the largest of which leaves five numbers or more.

    Raises
    ------
    wattlab.errors.UserError
        If no number of clusters would save inputs.

    Examples
    --------
    >>> default_counts(64, 1797), default_counts(13, 178), default_counts(4, 150)
    ((10, 20, 30, 40, 50, 60), (2, 4, 6, 8, 10, 12), (2, 3))
    >>> len(default_counts(784, 60_000)), default_counts(784, 60_000)[-1]
    (17, 170)
    """
    most = min(_LARGEST, n_features - 1, n_samples // _SAMPLES_EACH)
    if most < 2:
        msg = (
            f"there are {n_features} features and {n_samples:,} samples: no number of clusters from 2 on saves inputs "
            f"and has {_SAMPLES_EACH} samples in each; name numbers with --k to find clusters all the same"
        )
        raise UserError(msg)
    step = next((one for one in _STEPS_BETWEEN if most // one >= _FEWEST), 1)
    return tuple(range(max(2, step), most + 1, step))


def _between(text: str, first: int, last: int, step: int) -> range:
    if step < 1 or last < first:
        msg = f"numbers of clusters: the range {text} is empty; write first:last:step, such as {BLOG_COUNTS}"
        raise UserError(msg)
    return range(first, last + 1, step)


def check_asked(asked: ClustersAsked) -> None:
    """Refuse what is wrong whatever the data are.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    check_rounds(max(1, asked.rounds), asked.order_seed)
    for name, value, least in (
        ("--seeds", asked.seeds, 1),
        ("--rounds", asked.rounds, 0),
        ("--silhouette-samples", asked.silhouette_samples, 0),
    ):
        if value < least:
            msg = f"{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)
    for name, chosen, known in (
        ("--scaling", asked.scaling, get_args(Scaling)),
        ("--space", asked.space, get_args(Space)),
    ):
        if chosen is not None and chosen not in known:
            msg = f"{name} is {chosen!r}; expected one of {', '.join(known)}{nearest(chosen, list(known))}"
            raise UserError(msg)
    if 0 in asked.counts:
        msg = "the number of clusters is 0; expected at least 1"
        raise UserError(msg)
    if len(asked.counts) > _MOST:
        msg = f"{len(asked.counts)} numbers of clusters are too many to try, at most {_MOST}; take a larger step"
        raise UserError(msg)
