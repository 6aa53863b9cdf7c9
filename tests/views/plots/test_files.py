"""Plots as files, and films."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image

from wattlab.errors import ParameterError, StorageError
from wattlab.views.plots.film import check_film_path, save_film
from wattlab.views.plots.marks import Chart, Line, Note, Panel, Picture
from wattlab.views.plots.plot import Plot, make_plot

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Waves(NamedTuple):
    name: str
    x: NDArray[np.float64]
    worst: float


def made(panels: list[Panel] | None = None) -> Plot[Waves]:
    x = np.linspace(0, 1, 5)
    chart = Chart("A <wave>", panels or [Panel((Line(x, x**2),), title="p")], foot=("read & see",))
    return make_plot(chart, Waves("wave", x, float("nan")))


@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".html", b"<!doctype")],
)
def test_the_suffix_says_what_is_written(suffix: str, start: bytes, tmp_path: Path) -> None:
    path = made().save(tmp_path / "deeper" / f"plot{suffix}")
    assert path.read_bytes().startswith(start)


def test_numbers_are_the_data(tmp_path: Path) -> None:
    found = json.loads(made().save(tmp_path / "plot.json").read_text())
    assert found == {"name": "wave", "x": [0, 0.25, 0.5, 0.75, 1], "worst": None}


def test_a_page_escapes_what_it_says(tmp_path: Path) -> None:
    page = made().save(tmp_path / "plot.html").read_text()
    assert "<title>A &lt;wave&gt; · wattlab</title>" in page
    assert "read &amp; see" in page


def test_a_page_of_pictures_holds_them_light_and_dark(tmp_path: Path) -> None:
    pictures = [Panel((Picture(np.eye(4)), Note(0, 0, "0")), bare=True)] * 2
    page = made(pictures).save(tmp_path / "plot.html").read_text()
    assert page.count('<img src="data:image/png;base64,') == 1
    assert page.count('srcset="data:image/png;base64,') == 1
    assert "prefers-color-scheme: dark" in page


def test_another_suffix_is_refused_and_an_old_file_stays(tmp_path: Path) -> None:
    old = tmp_path / "plot.jpg"
    old.write_text("old")
    with pytest.raises(StorageError, match=r"has the suffix '.jpg'; for a plot let it end in .png, .svg"):
        made().save(old)
    assert old.read_text() == "old"


def frames(count: int) -> list[Chart]:
    x = np.linspace(0, 1, 20)
    return [
        Chart(f"{one}", [Panel((Line(x, x**one),), x_span=(0, 1), y_span=(0, 1))], panel_in=(2, 2))
        for one in range(count)
    ]


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.apng"])
def test_a_film_has_a_picture_a_chart(name: str, tmp_path: Path) -> None:
    with Image.open(save_film(frames(3), tmp_path / name, fps=5)) as film:
        assert film.n_frames == 3  # type: ignore[attr-defined]
        pictures = []
        for place in range(3):
            film.seek(place)
            pictures.append((np.asarray(film.convert("RGB")), film.info["duration"]))
    assert [duration for _, duration in pictures] == [200, 200, 2000]
    assert not (pictures[0][0] == pictures[1][0]).all()


def test_a_film_needs_charts_a_known_suffix_and_a_rate(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"for a film let it end in .gif, .webp or .apng"):
        check_film_path(tmp_path / "film.mp4")
    with pytest.raises(ParameterError, match="no chart"):
        save_film([], tmp_path / "film.gif")
    with pytest.raises(ParameterError, match="fps is 0"):
        save_film(frames(1), tmp_path / "film.gif", fps=0)
