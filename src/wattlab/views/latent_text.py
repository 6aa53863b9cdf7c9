"""A latent space in the terminal: does a normal distribution fit, and which."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.shear_numbers import is_nothing, map_text
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from wattlab.insight.latent.latent import Latent
    from wattlab.insight.latent.normality import AxisTest
    from wattlab.insight.latent.regions import View

__all__ = ["print_latent"]

_LEVEL: Final = 0.05
_MOST_ROWS: Final = 16
_LEAST_P: Final = 1e-99
_LARGE: Final = 1000
_MORE: Final = (
    "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html; with --map the shear behind it"
)


def print_latent(found: Latent, *, by_class: bool = False, console: Console | None = None) -> None:
    """Print what the codes are like, and how far from a normal distribution.

    Parameters
    ----------
    found : Latent
        Of a run.
    by_class : bool, optional
        A table of the classes, too.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    n, d = found.codes.shape
    part = f" on the {found.part} part" if found.part else ""
    head = f"Layer {found.layer!r} of {found.name}{part}: {n:,} samples, a code of {d} number{'s' * (d > 1)}"
    left_out = (f"{d - _MOST_ROWS} more numbers of the code: --json.",) * (d > _MOST_ROWS)
    print_answer((head,), _code_table(found.axes[:_MOST_ROWS]), (), left_out, console)
    _gap(console)
    told = [("answer", Remark("", one)) for one in _answers(found)]
    classes = found.view if by_class else None
    print_answer((), _share_table(found), told, (), console, more="" if classes else _MORE)
    if classes is not None:
        _gap(console)
        foot = [f"Ellipses in the plane of {' and '.join(classes.names)}."]
        if classes.left_out:
            foot.append(f"Too few samples for an ellipse: {', '.join(classes.left_out)}.")
        print_answer((), _class_table(classes), (), foot, console, more=_MORE)


def _gap(console: Console | None) -> None:
    from wattlab.views.terminal import is_terminal, write_plain

    if not is_terminal(console):
        write_plain("", console)


def _code_table(axes: Sequence[AxisTest]) -> tuple[Column, ...]:
    values = {
        "mean": [_number(one.mean) for one in axes],
        "std": [_number(one.deviation) for one in axes],
        "skewness": [_number(one.skewness) for one in axes],
        "excess kurtosis": [_number(one.excess_kurtosis) for one in axes],
        "p normal": [_p(one.normal_p) for one in axes],
        "p N(0, 1)": [_p(one.standard_p) for one in axes],
    }
    return (
        Column("code", tuple(Cell(f"{place}") for place in range(len(axes)))),
        *(Column(name, tuple(map(Cell, texts)), "right") for name, texts in values.items()),
    )


def _share_table(found: Latent) -> tuple[Column, ...]:
    columns = [
        Column("region", tuple(Cell(f"{one.confidence:.4g}") for one in found.shares), "right"),
        Column("samples inside", tuple(Cell(f"{one.inside:.3f}") for one in found.shares), "right"),
        Column("if normal", tuple(Cell(f"± {one.standard_error:.3f}") for one in found.shares), "right"),
    ]
    if found.view is not None and found.codes.shape[1] > 2:
        flat = {one.confidence: one.inside for one in found.view.regions if not one.group}
        cells = tuple(Cell(f"{flat[one.confidence]:.3f}") for one in found.shares)
        columns.append(Column("inside its ellipse in the plane", cells, "right"))
    return tuple(columns)


def _class_table(view: View) -> tuple[Column, ...]:
    groups = list(dict.fromkeys(one.group for one in view.regions if one.group))
    inside = {(one.group, one.confidence): one for one in view.regions}
    wanted = sorted({one.confidence for one in view.regions})
    sizes = {one.group: one.n_samples for one in view.regions}
    return (
        Column("class", tuple(map(Cell, groups))),
        Column("samples", tuple(Cell(f"{sizes[one]}") for one in groups), "right"),
        *(
            Column(
                f"inside {share:.4g}",
                tuple(Cell(f"{inside[one, share].inside:.3f}") for one in groups),
                "right",
            )
            for share in wanted
        ),
    )


def _answers(found: Latent) -> list[str]:
    d = found.codes.shape[1]
    one, other = found.mardia, found.standard
    refused = min(one.skewness_p, one.kurtosis_p) < _LEVEL / 2  # two tests
    verdict = "are not normally distributed" if refused else "may well be normally distributed"
    widths = ", ".join(_number(width) for width in found.deviations[:_MOST_ROWS])
    shape = (
        f"The codes {verdict}: Mardia's skewness {_number(one.skewness)} (p {_is(one.skewness_p)}), "
        f"kurtosis {_number(one.kurtosis)}, where a normal one has {d * (d + 2)} (p {_is(one.kurtosis_p)})."
    )
    distance = (
        f"The fitted one is {_number(other.divergence_nats)} nats from the standard normal distribution "
        f"(Kullback-Leibler; {_number(other.mean_part_nats)} by its mean; p {_is(other.p)})."
    )
    noise = ["A sampling layer: codes are its means; with its noise they spread more."] * found.is_sampled
    return [
        shape,
        distance,
        *noise,
        f"Standard deviations along its main axes: {widths}{' …' * (d > _MOST_ROWS)}.",
        *_ways(found),
    ]


def _ways(found: Latent) -> list[str]:
    """Return how a standard normal distribution becomes the fitted one in the plane of the view."""
    if found.view is None or found.steps is None:
        return []
    shear, turn = (
        ", ".join(map_text(step) for step in way[1:] if not is_nothing(step)) for way in found.steps
    )
    ways = (
        f"{shear}: no shear or rotation, as its main axes lie along these"
        if shear == turn
        else f"{shear}; or {turn}"
    )
    return [f"In the plane of {' and '.join(found.view.names)} it is a standard normal distribution {ways}."]


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= _LARGE else f"{value:.3g}"


def _p(value: float) -> str:
    if isnan(value):
        return ABSENT
    if value < _LEAST_P:
        return f"< {_LEAST_P:.0e}"
    return f"{value:.1e}" if value < 1e-3 else f"{value:.3f}"


def _is(value: float) -> str:
    text = _p(value)
    return text if text.startswith("<") else f"= {text}"
