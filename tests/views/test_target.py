"""Tables, sentences, figure and page of studies of a target whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.studies.target.study import TargetInterrupted, target
from wattlab.views.target_charts import target_chart
from wattlab.views.target_figures import draw_target
from wattlab.views.target_notes import circumstances, reading, remarks, troubles
from wattlab.views.target_page import write_target
from wattlab.views.target_seeds import seed_columns
from wattlab.views.target_tables import target_columns
from wattlab.views.target_text import print_target

from ..studies.target.invented import Trainings, asked_for, install  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.target.answer import Target

FAST: Sequence[float | None] = (2.0, 2.2, 1.8, 2.1, 1.9)
PATCHY: Sequence[float | None] = (20.0, None, 25.0, 15.0, None)
NEVER: Sequence[float | None] = (None,) * 5


@pytest.fixture
def made(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Target]:
    """Return a function that makes a study of some learning rates."""

    def make(
        *seconds: Sequence[float | None], is_measured: bool = False, fates: Any = None, **options: Any
    ) -> Target:
        trainings = Trainings(seconds, is_measured=is_measured)
        trainings.fates = fates or {}
        install(monkeypatch, trainings)
        return target(asked_for(tiny_recipe, len(seconds), **options), studies=tmp_path / "studies")

    return make


def printed(answer: Target, width: int = 80) -> str:
    file = io.StringIO()
    print_target(answer, Console(file=file, force_terminal=True, width=width))
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


def table(answer: Target) -> dict[str, list[tuple[str, str]]]:
    """Return text and aside of every cell, by heading."""
    return {one.heading: [(cell.text, cell.aside) for cell in one.cells] for one in target_columns(answer)}


def test_each_recipe_has_a_row_in_which_misses_are_infinite(made: Callable[..., Target]) -> None:
    cells = table(made(FAST, PATCHY, NEVER))
    assert cells["reached"] == [("5 of 5", "65-100%"), ("3 of 5", "27-86%"), ("0 of 5", "0-35%")]
    assert cells["time (s)"] == [("2.00", "1.80-2.20"), ("25.0", "15.0-∞"), ("not reached", "")]
    assert cells["energy (J, modelled)"][1] == ("250", "150-∞")
    assert cells["epochs"] == [("4", "4-4"), ("4", "4-∞"), ("not reached", "")]
    assert cells["ratio"][0] == ("1", "")
    assert cells["ratio"][1][0] == "12.5"
    assert cells["ratio"][2] == ("∞", "")
    assert [text for text, _ in cells["verdict"]] == ["baseline", "worse", "worse"]
    assert [text for text, _ in cells["best if missed"]] == ["–", "0.8700", "0.8700"]
    assert cells["spent"][0] == ("15.0 s", "150 J")
    assert "energy ratio" not in cells
    assert "test accuracy" not in cells


def test_measured_energy_has_ratio_and_verdict(made: Callable[..., Target]) -> None:
    cells = table(made(FAST, PATCHY, is_measured=True))
    assert cells["energy ratio"][0] == ("1", "")
    assert [text for text, _ in cells["by energy"]] == ["baseline", "worse"]
    assert "energy (J, measured)" in cells


def test_one_recipe_has_nothing_to_be_held_against(made: Callable[..., Target]) -> None:
    cells = table(made(FAST))
    assert not {"ratio", "verdict", "best if missed"} & set(cells)
    alone = table(made(FAST, seeds=1))
    assert (alone["reached"], alone["time (s)"]) == ([("1 of 1", "")], [("2.00", "")])


def test_every_seed_has_a_row(made: Callable[..., Target]) -> None:
    answer = made(FAST, PATCHY, part="validation", fates={(0, 4): "timed out"})
    columns = {one.heading: [cell.text for cell in one.cells] for one in seed_columns(answer)}
    assert columns["seed"] == ["0", "1", "2", "3", "4"] * 2
    assert columns["ended"] == ["reached"] * 4 + [
        "timed out",
        "reached",
        "missed",
        "reached",
        "reached",
        "missed",
    ]
    assert columns["time (s)"][:2] == ["2.00", "2.20"]
    assert columns["time (s)"][4] == "–"
    assert columns["best accuracy"][6] == "0.8700"
    assert columns["test accuracy"][0] == "0.8900"
    assert "recipe" not in {one.heading for one in seed_columns(made(FAST))}
    assert table(answer)["test accuracy"][1] == ("0.8900", "0.8900-0.8900")


def test_the_terminal_shows_both_tables_the_answer_and_what_must_be_known(
    made: Callable[..., Target],
) -> None:
    answer = made(FAST, PATCHY, NEVER, fates={(1, 0): "timed out"})
    text = printed(answer)
    assert all(len(line) <= 80 for line in text.splitlines())
    flat = " ".join(text.split())
    assert "judged on the test part · 5 seeds each, interleaved · trainings took" in flat
    assert "answer learning_rate 0.05: 0.9 is reached after 2.00 s" in flat
    assert "failed learning_rate 0.1: seed 0 timed out: it timed out" in flat
    assert "note The target is judged on the test part, as the sources did" in flat
    assert "Not reached: half of the trainings or more missed the target." in flat
    assert "∞: infinite" in flat
    plain = io.StringIO()
    print_target(answer, Console(file=plain, force_terminal=False, width=80))
    assert "\x1b" not in plain.getvalue()
    assert len(plain.getvalue().splitlines()[3].split("  ")) > 5


def test_what_stands_around_the_tables(made: Callable[..., Target]) -> None:
    two = made(FAST, seeds=2)
    assert "the whole range, as 2 seeds tell no more" in " ".join(reading(two))
    assert "5 seeds · trainings" in circumstances(made(FAST))
    refused = made(NEVER, FAST, vary={"precision": ["tf32", "float32"]})
    ((kind, remark),) = troubles(refused)
    assert (kind, remark.label) == ("refused", "tf32")
    assert "tf32" in remark.text
    assert table(refused)["reached"][0] == ("refused", "")


def test_an_interrupted_study_shows_what_is_known(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for n_done, interval in ((0, ""), (1, ""), (5, "the whole range, as 3 seeds tell no more")):
        trainings = Trainings((FAST, PATCHY))
        trainings.interrupt_after = n_done
        install(monkeypatch, trainings)
        with pytest.raises(TargetInterrupted) as interrupted:
            target(asked_for(tiny_recipe, 2), studies=tmp_path)
        answer = interrupted.value.answer
        assert remarks(answer)[0].text.startswith("Not every training was run")
        assert f"not finished: {n_done} trainings are over" in circumstances(answer)
        assert ("not run" in printed(answer)) == (n_done < 2)
        assert interval in " ".join(reading(answer))
        assert [row[0] for row in table(answer)["recipe"]] == ["learning_rate 0.05", "learning_rate 0.1"]
        assert draw_target(answer).axes


def test_the_figure_shows_survival_with_bands_and_every_training(made: Callable[..., Target]) -> None:
    answer = made(FAST, PATCHY, NEVER)
    chart = target_chart(answer)
    assert chart.names == ((0, "learning_rate 0.05"), (1, "learning_rate 0.1"), (2, "learning_rate 0.2"))
    time, energy = chart.survivals
    assert [one.number for one in time.curves] == [0, 1, 2]
    first, patchy, never = time.curves
    assert first.shares == pytest.approx((1, 0.8, 0.6, 0.4, 0.2, 0, 0))
    assert first.at[1:-1] == (1.8, 1.9, 2.0, 2.1, 2.2)
    # The longest process took 26 s; those that missed stay to the end.
    assert time.end == pytest.approx(1.05 * 26)
    assert patchy.at[-1] == never.at[-1] == time.end
    assert patchy.shares[-1] == pytest.approx(0.4)
    assert never.shares == (1.0, 1.0)
    assert all(
        low <= share <= high for low, share, high in zip(first.low, first.shares, first.high, strict=True)
    )
    assert time.log
    assert time.start == pytest.approx(1.2)
    assert energy.x_label == "J since the start of the process (modelled), logarithmic"
    assert chart.scores is not None
    assert len(chart.scores.lines) == 15
    assert chart.scores.error == pytest.approx(0.1)
    assert [one.reached for one in chart.scores.lines[5:10]] == [True, False, True, True, False]
    assert chart.scores.lines[0].errors == pytest.approx((0.5, 0.2, 0.15, 0.1))


def test_axes_are_linear_where_times_are_alike(made: Callable[..., Target]) -> None:
    time = target_chart(made(FAST)).survivals[0]
    assert (time.log, time.start) == (False, 0.0)
    assert time.curves[0].at[0] == 0.0
    figure = draw_target(made(FAST))
    assert [axes.get_xscale() for axes in figure.axes] == ["linear"] * 3
    assert figure.legends == []


def test_the_drawn_steps_are_those_of_the_survival(made: Callable[..., Target]) -> None:
    answer = made(FAST, PATCHY)
    figure = draw_target(answer)
    (line, _) = figure.axes[0].get_lines()
    assert line.get_drawstyle() == "steps-post"
    assert list(line.get_ydata())[1:3] == pytest.approx([0.8, 0.6])  # type: ignore[arg-type]
    assert len(figure.legends) == 1
    # One line and one end for each training, and the target.
    assert len(figure.axes[2].get_lines()) == 2 * 10 + 1


def test_it_is_written_as_the_suffix_says(made: Callable[..., Target], tmp_path: Path) -> None:
    answer = made(FAST, PATCHY)
    for name in ("one.html", "one.png", "one.json"):
        write_target(answer, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "one.json").read_text())["id"] == answer.id
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.count('class="plot"') == 3
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    traces = json.loads(figures[0])["data"]
    assert [trace["name"] for trace in traces if "name" in trace] == [
        "learning_rate 0.05",
        "learning_rate 0.1",
    ]
    assert traces[2]["line"]["dash"] != traces[5]["line"]["dash"]
    assert traces[1]["fill"] == "tonexty"
    assert json.loads(figures[2])["layout"]["shapes"][0]["y0"] == pytest.approx(0.1)
    assert "https://" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_a_target_of_1_has_no_error_to_draw(made: Callable[..., Target]) -> None:
    assert target_chart(made(NEVER, accuracy=1.0)).scores is None
