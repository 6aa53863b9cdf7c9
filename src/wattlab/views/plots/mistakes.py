"""Misread samples as a chart: pictures with what they were taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.errors import DataError
from wattlab.records.files import write_with_folder
from wattlab.views.plots.file import write_plot
from wattlab.views.plots.marks import Cells, Chart, Panel
from wattlab.views.plots.numbers import to_json
from wattlab.views.plots.plot import make_plot
from wattlab.views.plots.tiles import as_pictures, tiles

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.insight.mistakes.misread import Misread
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_mistakes", "write_mistakes"]

_MOST_FEATURES: Final = 30
_LONGEST: Final = 16


def plot_mistakes(found: Misread, *, theme: ThemeName = "light") -> Plot[Misread]:
    """Draw misread samples: "4 → 9, 0.97" is a 4 that was taken for a 9, with an output of 0.97.

    Parameters
    ----------
    found : Misread
        What `wattlab.insight.mistakes.find_misread` returned.
    theme : {"light", "dark"}
        Of paper and text.

    Raises
    ------
    wattlab.errors.DataError
        If there are no mistakes to draw.
    """
    if not found.n_mistakes:
        msg = f"run {found.run!r} has no mistakes to draw in the {found.part} part"
        raise DataError(f"{msg}: {found.n_asked} samples, all read as what they are")
    return make_plot(_chart(found), found, theme)


def write_mistakes(found: Misread, path: Path, *, theme: ThemeName = "light") -> Path | None:
    """Write misread samples to a file; no figure where there are none.

    Parameters
    ----------
    found : Misread
        There may be none.
    path : Path
        As for `wattlab.views.plots.file.write_plot`.
    theme : {"light", "dark"}
        Of paper and text.

    Returns
    -------
    Path or None
        None: there was nothing to draw.
    """
    if found.n_mistakes:
        return write_plot(plot_mistakes(found, theme=theme), path)
    if path.suffix.lower() != ".json":
        return None
    write_with_folder(path, f"{to_json(found)}\n".encode())
    return path


def _chart(found: Misread) -> Chart:
    shown = len(found.indices)
    some = "" if shown == found.n_mistakes else f", {shown} of them shown"
    what = "" if found.asked == "all" else f" ({found.asked})"
    title = f"{found.run}: {found.n_mistakes} of {found.n_asked} samples misread{what}{some}"
    foot = [f"true → predicted, with the output for the predicted class; #: index in the {found.part} part"]
    if not found.are_probabilities:
        foot.append("Outputs of different classes do not add up to 1.")
    if found.image_shape is None:
        return Chart(title, [_table(found)], 1, (9.0, max(3.0, 1.6 + 0.3 * shown)), foot)
    captions = [f"{found.caption(place)}\n#{index}" for place, index in enumerate(found.indices.tolist())]
    drawn = tiles(as_pictures(found.features, found.image_shape), captions)
    return Chart(title, [drawn.panel], 1, drawn.panel_in, foot)


def _table(found: Misread) -> Panel:
    """Return the features of each mistake as a row of cells, coloured by how far they are from their mean."""
    features = found.features[:, :_MOST_FEATURES].astype(np.float64)
    spread = features.std(axis=0)
    scores = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    rows = [f"#{index}: {found.caption(place)}" for place, index in enumerate(found.indices.tolist())]
    names = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in found.feature_names]
    texts = [[f"{value:.3g}" for value in row] for row in features.tolist()]
    most = float(np.abs(scores).max()) or 1.0
    cells = Cells(scores, texts, rows, names[:_MOST_FEATURES], "PuOr", (-most, most))
    left_out = found.features.shape[1] - features.shape[1]
    title = f"the first {_MOST_FEATURES} of {found.features.shape[1]} features" if left_out else "features"
    return Panel([cells], f"{title}; colour: standard deviations from the mean of these rows")
