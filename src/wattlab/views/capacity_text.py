"""Bias and variance in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from wattlab.insight.theory import CapacityCurve

__all__ = ["print_capacity"]

_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"
_READING: Final = (
    "Mean squared errors. Expected error, measured on new noisy samples, ± its standard error, is bias² + variance + "
    "noise, and approximation error (of the best polynomial) + estimation error (of having only the samples)."
)
_INPUTS: Final = {"even": "evenly spaced", "random": "drawn at random"}


def print_capacity(found: CapacityCurve, console: Console | None = None) -> None:
    """Print how the expected error divides, a row for each degree.

    Parameters
    ----------
    found : CapacityCurve
        Of any function.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    drawn = f"{found.repeats} data sets of {found.samples} samples, inputs {_INPUTS[found.inputs]}"
    columns = (
        Column("degree", tuple(Cell(f"{degree}") for degree in found.degrees.tolist()), "right"),
        _numbers("bias²", found.bias),
        _numbers("variance", found.variance),
        _numbers("expected error", found.expected_error, found.standard_error),
        _numbers("training error", found.training_error),
        _numbers("approximation", found.approximation_error),
        _numbers("estimation", found.estimation_error),
    )
    best = found.degrees.tolist().index(found.best)
    remark = f"Degree {found.best} has the least expected error: {found.expected_error[best]:.4g}."
    print_answer(
        (
            "Bias and variance of polynomials against their degree",
            f"{drawn}; variance of the noise {found.noise:.4g}",
        ),
        columns,
        [("shows", Remark("", remark))],
        (_READING,),
        console,
        more=_MORE,
    )


def _numbers(heading: str, values: Iterable[float], errors: Iterable[float] | None = None) -> Column:
    texts = [f"{value:.4g}" if value >= 5e-5 or value == 0 else f"{value:.0e}" for value in values]
    asides = [""] * len(texts) if errors is None else [f"± {error:.1g}" for error in errors]
    return Column(
        heading, tuple(Cell(text, aside) for text, aside in zip(texts, asides, strict=True)), "right"
    )
