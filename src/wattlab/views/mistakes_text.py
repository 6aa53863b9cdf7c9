"""Confusion and misread samples in the terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

from wattlab.insight.mistakes.confusion import normalised
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.insight.mistakes.confusion import Confusion, Normalisation
    from wattlab.insight.mistakes.misread import Misread

__all__ = ["print_confusion", "print_mistakes"]

_MOST_COLUMNS: Final = 26
_MOST_FEATURES: Final = 4
_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"
_SHARES: Final = {
    "true": "Shares of each true class (rows add up to 1).",
    "predicted": "Shares of each predicted class (columns add up to 1).",
    "all": "Shares of all samples.",
    "none": "",
}


def print_confusion(
    found: Confusion, run: str, normalise: Normalisation = "none", console: Console | None = None
) -> None:
    """Print a confusion matrix: a row for each true class, with its scores.

    Parameters
    ----------
    found : Confusion
        Of any part.
    run : str
        Whose.
    normalise : {"none", "true", "predicted", "all"}
        What the cells say.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    worst = ", ".join(f"{true} → {said} ({count}×)" for true, said, count in found.mistakes)
    told = [f"Accuracy {found.accuracy:.2%}: {found.n_mistakes} of {found.n_samples} samples misread."]
    told.append(
        f"Macro averages: precision {_score(found.macro_precision)}, recall {_score(found.macro_recall)}, "
        f"F1 {_score(found.macro_f1)}."
    )
    told.append(f"Most frequent, true → predicted: {worst}." if worst else "No mistakes.")
    many = len(found.classes) > _MOST_COLUMNS
    left_out = (f"{len(found.classes)} classes are too many for a table of counts; -o draws them.",) * many
    notes = [("shows", Remark("", one)) for one in told]
    foot = tuple(one for one in (_SHARES[normalise], *left_out) if one)
    print_answer(
        (f"Confusion of {run} on the {found.part} part",),
        (*_scores(found), *(() if many else _matrix(found, normalise))),
        notes,
        foot,
        console,
        more=_MORE,
    )


def _scores(found: Confusion) -> tuple[Column, ...]:
    scores = {"precision": found.precision, "recall": found.recall, "F1": found.f1}
    return (
        Column("true", tuple(Cell(name) for name in found.classes)),
        Column("samples", tuple(Cell(f"{count}") for count in found.support.tolist()), "right"),
        *(
            Column(name, tuple(Cell(_score(one)) for one in values.tolist()), "right")
            for name, values in scores.items()
        ),
    )


def _score(value: float) -> str:
    return ABSENT if isnan(value) else f"{value:.3f}"


def _matrix(found: Confusion, normalise: Normalisation) -> tuple[Column, ...]:
    shares = normalised(found, normalise)
    texts = [
        [_entry(count, share, normalise) for count, share in zip(counts, row, strict=True)]
        for counts, row in zip(found.counts.tolist(), shares.tolist(), strict=True)
    ]
    return tuple(
        Column(f"→ {name}", tuple(Cell(row[place]) for row in texts), "right")
        for place, name in enumerate(found.classes)
    )


def _entry(count: int, share: float, normalise: Normalisation) -> str:
    if not count:
        return "·"
    return f"{count}" if normalise == "none" else f"{share:.3f}"


def print_mistakes(found: Misread, console: Console | None = None) -> None:
    """Print misread samples, a row each.

    Parameters
    ----------
    found : Misread
        There may be none.
    console : rich.console.Console, optional
        As for `print_confusion`.
    """
    which = "" if found.asked == "all" else f" ({found.asked})"
    head = f"Misread by {found.run} in the {found.part} part: {found.n_mistakes} of {found.n_asked} samples{which}"
    if not found.n_mistakes:
        print_answer((f"{head}. There is nothing to show.",), (), (), (), console)
        return
    foot = []
    if not found.are_probabilities:
        foot.append("The outputs are no probabilities: those of different classes do not add up to 1.")
    if found.n_mistakes > len(found.indices):
        foot.append(
            f"{len(found.indices)} of {found.n_mistakes} are shown; more with --count {found.n_mistakes}."
        )
    foot.append(f"Indices count the samples of the {found.part} part from 0.")
    print_answer((head,), (*_rows(found), *_features(found)), (), foot, console, more=_MORE)


def _rows(found: Misread) -> tuple[Column, ...]:
    said = "probability of" if found.are_probabilities else "output for"
    return (
        Column("index", tuple(Cell(f"{index}") for index in found.indices.tolist()), "right"),
        Column("true", tuple(Cell(found.classes[one]) for one in found.true.tolist())),
        Column("predicted", tuple(Cell(found.classes[one]) for one in found.predicted.tolist())),
        Column(f"{said} predicted", tuple(Cell(f"{one:.4f}") for one in found.p_predicted.tolist()), "right"),
        Column(f"{said} true", tuple(Cell(f"{one:.4f}") for one in found.p_true.tolist()), "right"),
    )


def _features(found: Misread) -> tuple[Column, ...]:
    """Return the features of samples that are no images, if they are few."""
    if found.image_shape is not None or len(found.feature_names) > _MOST_FEATURES:
        return ()
    return tuple(
        Column(name, tuple(Cell(f"{value:.4g}") for value in found.features[:, place].tolist()), "point")
        for place, name in enumerate(found.feature_names)
    )
