"""The figure of a study: its data, its looks, and the PNG file."""

from __future__ import annotations

import json
import sys
from itertools import combinations
from subprocess import run as run_process
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.image import imread

from wattlab.errors import StorageError
from wattlab.views.study_charts import SEGMENTS, VERDICTS, study_chart
from wattlab.views.study_figures import draw_study, save_study_figure
from wattlab.views.study_interactive import study_panel_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.row import Row
    from wattlab.studies.study import Study

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]


def all_texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def error_bars(axes: Axes) -> list[ErrorbarContainer]:
    return [one for one in axes.containers if isinstance(one, ErrorbarContainer)]


def words(figure: Figure) -> str:
    return " ".join(figure.get_suptitle().split())


def test_marks_are_medians_and_intervals(make_study: MakeStudy) -> None:
    epoch, ratio, _ = study_chart(make_study()).panels
    torch = next(mark for mark in epoch.marks if mark.row == 2)
    assert torch[1:4] == pytest.approx((0.144, 0.14112, 0.14688))
    assert (torch.text, torch.detail) == ("0.144 s", "0.141-0.147")
    assert [mark.text for mark in ratio.marks] == [
        "1 baseline",
        "1.00 control",
        "1.55 worse",
        "1.02 unknown",
        "15.8 worse",
        "0.550 better",
    ]


def test_the_ratio_has_a_line_at_1_and_the_noise_of_the_control(make_study: MakeStudy) -> None:
    study = make_study()
    ratio = study_chart(study).panels[1]
    control = study["native (again)"].ratio
    assert control is not None
    assert (ratio.line, ratio.band) == (1.0, (control.low, control.high))
    assert ratio.low < 1.0 < ratio.high
    assert study_chart(study).panels[0].line is None


def test_every_interval_lies_within_its_axis(make_study: MakeStudy) -> None:
    for panel in study_chart(make_study()).panels:
        assert all(panel.low < mark.low <= mark.high < panel.high for mark in panel.marks)
        assert all(one.start_s + one.length_s < panel.high for one in panel.segments)


def test_axes_are_logarithmic_only_where_candidates_are_far_apart(
    make_study: MakeStudy, make_row: MakeRow
) -> None:
    far = study_chart(make_study()).panels
    near = study_chart(make_study((make_row(), make_row("torch", "worse", 0.144)))).panels
    assert [panel.log for panel in far] == [True, True, False]
    assert [panel.log for panel in near] == [False, False, False]
    # A distance from zero is what tells how much longer an epoch takes.
    assert near[0].low == 0.0


def test_parts_of_a_process_add_up_to_the_whole(make_study: MakeStudy) -> None:
    study = make_study()
    (process,) = [panel for panel in study_chart(study).panels if panel.segments]
    for place, row in enumerate(study.rows):
        parts = [one for one in process.segments if one.row == place]
        total_s = row.total.median if row.total else 0.0
        assert sum(one.length_s for one in parts) == pytest.approx(total_s, rel=0.005)
    compiled = [one.name for one in process.segments if one.row == 3]
    assert compiled == list(SEGMENTS)


def test_verdicts_differ_in_shape_where_readers_may_not_tell_colours() -> None:
    for one, other in combinations(VERDICTS.values(), 2):
        assert one.marker != other.marker
        assert one.symbol != other.symbol


def test_what_is_drawn_is_what_was_computed(make_study: MakeStudy) -> None:
    study = make_study()
    epoch, ratio, process = (axes for part in draw_study(study).subfigs for axes in part.axes)
    drawn = [bars.lines[0] for bars in error_bars(epoch)]
    assert [float(np.asarray(line.get_xdata())[0]) for line in drawn] == pytest.approx(
        [row.epoch.median for row in study.rows if row.epoch]
    )
    assert [line.get_marker() for line in drawn] == ["D", "o", ">", "s", ">", "<"]
    assert to_hex(drawn[-1].get_color()) == VERDICTS["better"].colour
    interval = error_bars(ratio)[2].lines[2][0].get_segments()[0]
    assert study.rows[2].ratio is not None
    assert np.asarray(interval)[:, 0] == pytest.approx([study.rows[2].ratio.low, study.rows[2].ratio.high])
    assert len(process.patches) == len(study_chart(study).panels[2].segments)


def test_failed_candidates_are_named_and_said_to_have_failed(make_study: MakeStudy) -> None:
    axes = draw_study(make_study()).subfigs[0].axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[5] == "keras:jax"
    assert all_texts(axes)[5] == "failed"
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_the_title_says_what_was_compared(make_study: MakeStudy) -> None:
    study = make_study()
    figure = draw_study(study)
    assert words(figure) == study.title
    caption = " ".join(figure.get_supxlabel().split())
    assert "ACME 5950X" in caption
    assert "2 threads each" in caption


def test_a_study_in_which_all_failed_says_that_nothing_was_measured(
    make_study: MakeStudy, make_row: MakeRow
) -> None:
    figure = draw_study(make_study((make_row("torch", "failed", None),)))
    assert all_texts(figure.subfigs[0].axes[0]) == ["nothing was measured"]


def test_single_measurements_are_drawn_without_an_interval(
    make_study: MakeStudy, make_row: MakeRow, make_estimate: Callable[..., Estimate]
) -> None:
    row = make_row("torch", "unknown", 0.2, epoch=make_estimate(0.2, n=1), ratio=None)
    study = make_study((make_row(epoch=make_estimate(0.1, n=1)), row), rounds=1)
    (epoch, _) = study_chart(study).panels
    assert [mark.detail for mark in epoch.marks] == ["one measurement, no interval"] * 2
    draw_study(study)


def test_the_file_shows_something(make_study: MakeStudy, tmp_path: Path) -> None:
    path = tmp_path / "new" / "study.png"
    save_study_figure(make_study(), path)
    pixels = imread(path)
    assert pixels[..., :3].std() > 0.02
    assert min(pixels.shape[:2]) > 800


def test_an_unwritable_folder_is_a_storage_error(make_study: MakeStudy, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="file"):
        save_study_figure(make_study(), tmp_path / "file" / "study.png")


def panels_of(study: Study) -> list[dict[str, Any]]:
    chart = study_chart(study)
    return [json.loads(study_panel_json(panel, chart)) for panel in chart.panels]


def test_plotly_gets_the_same_values(make_study: MakeStudy) -> None:
    epoch, ratio, process = panels_of(make_study())
    torch = ratio["data"][2]
    assert torch["name"] == "torch"
    assert torch["x"] == pytest.approx([0.144 / 0.0931])
    assert torch["error_x"]["array"] == pytest.approx([0.04 * 0.144 / 0.0931])
    assert torch["marker"]["symbol"] == "triangle-right"
    assert epoch["layout"]["yaxis"]["ticktext"][5] == "keras:jax"
    assert [note["text"] for note in epoch["layout"]["annotations"]][5] == "failed"
    assert [trace["name"] for trace in process["data"]] == list(SEGMENTS)
    assert {shape["type"] for shape in ratio["layout"]["shapes"]} == {"line", "rect"}


def test_a_label_cannot_end_the_script(make_study: MakeStudy, make_row: MakeRow) -> None:
    study = make_study((make_row("native </script><script>alert(1)"),))
    chart = study_chart(study)
    assert "</script" not in study_panel_json(chart.panels[0], chart)


def test_a_label_is_not_read_as_markup(make_study: MakeStudy, make_row: MakeRow) -> None:
    (panel, *_) = panels_of(make_study((make_row("native <b>x</b>"),)))
    assert panel["layout"]["yaxis"]["ticktext"] == ["native &lt;b&gt;x&lt;/b&gt;"]


def test_drawing_needs_no_pyplot() -> None:
    code = "import sys, wattlab.views.study_figures, matplotlib.figure; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert run_process([sys.executable, "-c", code], check=False).returncode == 0
