"""Paths of optimizers in the terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.insight.theory import DescentPath, Descents

__all__ = ["print_descents"]

_MORE: Final = "All numbers: --json. Figure or film: -o FILE, .png, .svg, .pdf, .html or .gif"


def print_descents(found: Descents, console: Console | None = None) -> None:
    """Print where each optimizer ended, and from which learning rate on it would not.

    Parameters
    ----------
    found : Descents
        Of any loss.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (f"Gradient descent on {found.title}", _begins(found))
    print_answer(head, _columns(found), _remarks(found), _foot(found), console, more=_MORE)


def _begins(found: Descents) -> str:
    steps = max(path.steps for path in found.paths)
    by = "" if found.batch_size is None else f", each by {found.batch_size} samples"
    return f"from {_point(found, found.start)}: loss {found.paths[0].losses[0]:.4g}; {steps} steps{by}"


def _point(found: Descents, values: object) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in zip(found.names, values, strict=True))  # type: ignore[call-overload]  # an array


def _columns(found: Descents) -> tuple[Column, ...]:
    paths = found.paths
    ends = tuple(
        Column(
            f"last {name}",
            tuple(Cell(f"{path.points[-1, place]:.4g}") for path in paths),
            "point",
            dispensable=True,
        )
        for place, name in enumerate(found.names)
    )
    return (
        Column("optimizer", tuple(Cell(path.optimizer) for path in paths)),
        Column("rate", tuple(Cell(f"{path.rate:.4g}") for path in paths), "point"),
        Column(
            "stable below",
            tuple(Cell(ABSENT if one.rate is None else f"{one.rate:.4g}") for one in found.bounds),
            "point",
        ),
        Column("last loss", tuple(Cell(f"{path.losses[-1]:.4g}") for path in paths), "right"),
        Column("lowest", tuple(Cell(f"{path.losses.min():.4g}") for path in paths), "right"),
        Column("ended", tuple(_ending(path) for path in paths)),
        *ends,
    )


def _ending(path: DescentPath) -> Cell:
    if not path.diverged:
        return Cell(
            "below its start" if path.losses[-1] < path.losses[0] else "as high as its start", tone="passed"
        )
    return Cell("diverged", "" if path.n_taken == path.steps else f"at step {path.n_taken + 1}", "refused")


def _remarks(found: Descents) -> list[tuple[str, Remark]]:
    curvature = found.curvature
    where = (
        "everywhere"
        if curvature.exact
        else f"at {_point(found, curvature.at)}, the lowest point that was met"
    )
    bends = ", ".join("not finite" if isnan(value) else f"{value:.4g}" for value in curvature.eigenvalues)
    condition = "" if curvature.condition is None else f"; condition number {curvature.condition:.4g}"
    told = [("shows", Remark("", f"Eigenvalues of the Hessian {where}: {bends}{condition}."))]
    if found.minimum is not None:
        told.append(("shows", Remark("", f"Minimum at {_point(found, found.minimum)}.")))
    return told + [("note", Remark("", f"No bound for {whose}.")) for whose in _unbounded(found)]


def _unbounded(found: Descents) -> list[str]:
    """Return which optimizers have no bound, and why, each reason once."""
    reasons: dict[str, list[str]] = {}
    for path, bound in zip(found.paths, found.bounds, strict=True):
        if bound.reason and path.optimizer not in reasons.setdefault(bound.reason, []):
            reasons[bound.reason].append(path.optimizer)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def _foot(found: Descents) -> tuple[str, ...]:
    formulas = {
        path.optimizer: one.formula
        for path, one in zip(found.paths, found.bounds, strict=True)
        if one.formula
    }
    if not any(one.rate is not None for one in found.bounds):
        return ()
    told = "; ".join(f"{name}: {formula}" for name, formula in formulas.items())
    local = "" if found.curvature.exact else ", near that point"
    whole = "" if found.batch_size is None else " This holds for gradients of all samples."
    return (f"Stable below{local}: {told}.{whole}",)
