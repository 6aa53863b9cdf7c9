"""A confusion matrix as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.mistakes.confusion import normalised
from wattlab.views.plots.marks import Cells, Chart, Panel
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.mistakes.confusion import Confusion, Normalisation
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

    Floats = NDArray[np.float64]

__all__ = ["plot_confusion"]

_MOST_TEXTS: Final = 26
_MOST_NAMES: Final = 60
_LONGEST: Final = 14
_COLOURS: Final = "PuOr"
"""Purple what is right, orange what is wrong."""
_SPAN: Final = (-1.5, 1.5)
"""The darkest shades stay unused: numbers are written upon them."""
_SAYS: Final = {
    "true": "share of the true class",
    "predicted": "share of the predicted class",
    "all": "share of all samples",
}


def plot_confusion(
    found: Confusion, *, normalise: Normalisation = "none", theme: ThemeName = "light"
) -> Plot[Confusion]:
    """Draw a confusion matrix, with precision, recall and F1 of each class beside it.

    Parameters
    ----------
    found : Confusion
        What `wattlab.insight.mistakes.find_confusion` returned.
    normalise : {"none", "true", "predicted", "all"}
        What the cells say: counts, or shares of each row, each column, or the whole.
    theme : {"light", "dark"}
        Of paper and text.
    """
    return make_plot(_chart(found, normalise), found, theme)


def _chart(found: Confusion, normalise: Normalisation) -> Chart:
    size = float(np.clip(2.2 + 0.38 * len(found.classes), 4.4, 12.0))
    foot = [f"accuracy {found.accuracy:.2%}: {found.n_mistakes} of {found.n_samples} samples misread"]
    worst = ", ".join(f"{true} → {said} ({count}×)" for true, said, count in found.mistakes)
    foot.append(f"most frequent: {worst}" if worst else "no mistakes")
    panels = [_matrix(found, normalise), _scores(found)]
    of = f" of {found.run}" if found.run else ""
    return Chart(f"Confusion{of} on the {found.part} part", panels, 2, (size + 0.6, size), foot)


def _matrix(found: Confusion, normalise: Normalisation) -> Panel:
    shares = normalised(found, normalise)
    names = _names(found.classes)
    texts = _texts(found, shares, normalise) if len(found.classes) <= _MOST_TEXTS else ()
    shown = _shades(normalised(found, "true" if normalise == "none" else normalise))
    cells = Cells(np.where(found.counts > 0, shown, np.nan), texts, names, names, _COLOURS, _SPAN)
    title = "samples" if normalise == "none" else _SAYS[normalise]
    return Panel([cells], title, "predicted class", "true class")


def _shades(shares: Floats) -> Floats:
    """Return shares from −1 (the most frequent mistake) to 1 (what is right most often), each side by its own scale."""
    diagonal = np.eye(len(shares), dtype=bool)
    right, wrong = np.where(diagonal, shares, 0.0), np.where(diagonal, 0.0, shares)
    # By the roots of the shares: one mistake in a hundred would else be white.
    each = [np.sqrt(np.nan_to_num(one) / (np.nanmax(one, initial=0.0) or 1.0)) for one in (right, wrong)]
    return each[0] - each[1]


def _texts(found: Confusion, shares: Floats, normalise: Normalisation) -> list[list[str]]:
    if normalise == "none":
        return [[f"{count}" if count else "" for count in row] for row in found.counts.tolist()]
    return [
        [f"{share:.1%}" if count else "" for share, count in zip(row, counts, strict=True)]
        for row, counts in zip(shares.tolist(), found.counts.tolist(), strict=True)
    ]


def _scores(found: Confusion) -> Panel:
    columns = {"precision": found.precision, "recall": found.recall, "F1": found.f1}
    macro = [found.macro_precision, found.macro_recall, found.macro_f1]
    values = np.vstack([np.stack(list(columns.values()), axis=1), macro])
    names = _names(found.classes)
    rows = [f"{name} ({count})" for name, count in zip(names, found.support.tolist(), strict=False)]
    texts = [["" if np.isnan(one) else f"{one:.3f}" for one in row] for row in values.tolist()]
    few = len(found.classes) <= _MOST_TEXTS
    # The scores lie in the middle third of the colours, so that the worst can be told from the best.
    below = max(1.0 - float(np.nanmin(values, initial=1.0)), 0.01)
    span = (1.0 - 2 * below, 1.0 + below)
    cells = Cells(
        values, texts if few else (), [*rows, "macro"] if rows else (), list(columns), "Blues", span
    )
    return Panel([cells], "scores by class (support)")


def _names(classes: tuple[str, ...]) -> list[str]:
    if len(classes) > _MOST_NAMES:
        return []
    return [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in classes]
