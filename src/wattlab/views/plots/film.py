"""Charts one after the other as a film."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import ParameterError
from wattlab.records.files import write_with_folder
from wattlab.views.plots.static import draw
from wattlab.views.suffixes import check_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure
    from PIL.Image import Image

    from wattlab.views.plots.marks import Chart
    from wattlab.views.plots.themes import ThemeName

__all__ = ["check_film_path", "check_fps", "save_film"]

_FORMATS: Final = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG"}
_DPI: Final = 80
_LAST_S: Final = 2.0


def check_film_path(path: Path | str) -> Path:
    """Return the path of a file that a film can be written to; before anything is computed.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none that is known, or the folder takes no files.
    """
    path = Path(path)
    wanted = "for a film let it end in .gif, .webp or .apng"
    check_suffix(path, _FORMATS, wanted)
    return path


def check_fps(fps: float) -> None:
    """Raise `wattlab.errors.ParameterError` for a number of charts a second that no film has."""
    if not 0 < fps <= 50:
        msg = f"fps is {fps:g}; expected more than 0 and at most 50"
        raise ParameterError(msg)


def save_film(
    charts: Iterable[Chart], path: Path | str, *, fps: float = 10.0, theme: ThemeName = "light"
) -> Path:
    """Draw charts one after the other as a film that begins again; the last one stays for two seconds.

    Parameters
    ----------
    charts : iterable of Chart
        Each of the same size; drawn one at a time, so they may be many. For a picture that holds still, give all
        of them the same titles' length and the same ends of the axes.
    path : path
        ``.gif``, ``.webp`` or ``.apng`` (``.png``). The folder is made if it does not exist.
    fps : float
        Charts a second, > 0 and at most 50.
    theme : {"light", "dark"}
        Of all charts.

    Returns
    -------
    Path

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    wattlab.errors.ParameterError
        If there is no chart, or `fps` is out of range.
    """
    path = check_film_path(path)
    check_fps(fps)
    layout = _Layout()
    frames = [_frame(chart, theme, layout) for chart in charts]
    if not frames:
        msg = "there is no chart to make a film of"
        raise ParameterError(msg)
    write_with_folder(path, _encoded(frames, path.suffix.lower(), fps))
    return path


class _Layout:
    """Where panels and titles lie: found for the first chart, the same in all that have as many of them.

    Nothing jumps then, and half of the time to draw a chart is saved.
    """

    def __init__(self) -> None:
        self._boxes: list[Any] = []
        self._places: list[Any] = []

    def apply(self, figure: Figure) -> None:
        """Lay a figure out."""
        if len(figure.axes) != len(self._boxes) or len(figure.texts) != len(self._places):
            figure.draw_without_rendering()
            self._boxes = [axes.get_position(original=True).frozen() for axes in figure.axes]
            self._places = [text.get_position() for text in figure.texts]
        figure.set_layout_engine("none")
        for axes, box in zip(figure.axes, self._boxes, strict=True):
            axes.set_position(box)
        for text, place in zip(figure.texts, self._places, strict=True):
            text.set_position(place)


def _frame(chart: Chart, theme: ThemeName, layout: _Layout) -> Image:
    """Return a chart as an image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = draw(chart, theme)
    figure.set_dpi(_DPI)
    layout.apply(figure)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def _encoded(frames: list[Image], suffix: str, fps: float) -> bytes:
    between_ms = round(1000 / fps)
    durations = [between_ms] * (len(frames) - 1) + [max(between_ms, round(1000 * _LAST_S))]
    if suffix == ".gif":
        frames = _with_one_palette(frames)
    options: dict[str, Any] = {"disposal": 1} if suffix == ".gif" else {}
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format=_FORMATS[suffix],
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        **options,
    )
    return buffer.getvalue()


def _with_one_palette(frames: list[Image]) -> list[Image]:
    """Return the frames in 256 colours, the same for all, so that nothing flickers."""
    from PIL import Image

    first, middle, last = frames[0], frames[len(frames) // 2], frames[-1]
    strip = Image.new("RGB", (first.width, 3 * first.height))
    for place, frame in enumerate((first, middle, last)):
        strip.paste(frame, (0, place * first.height))
    palette = strip.quantize(256, method=Image.Quantize.MEDIANCUT)
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
