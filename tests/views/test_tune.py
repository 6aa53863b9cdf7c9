"""Tables, sentences, figure, page and progress of tuning studies whose numbers are known by heart."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from wattlab.errors import StorageError
from wattlab.studies.trainings.censored import censored_median, censored_ratio
from wattlab.studies.tune.answer import Spent
from wattlab.studies.tune.notes import why_no_winner
from wattlab.studies.tune.observer import TuneOutlook
from wattlab.views.tune_charts import tune_chart
from wattlab.views.tune_figures import draw_tune
from wattlab.views.tune_interactive import tune_panel_json
from wattlab.views.tune_notes import commands, findings, reading, remarks, troubles
from wattlab.views.tune_page import write_tune
from wattlab.views.tune_progress import LiveTuneProgress, PlainTuneProgress
from wattlab.views.tune_tables import candidate_columns, change_columns, setting_columns
from wattlab.views.tune_text import print_tune
from wattlab.views.tune_trials import nearest_columns, trial_columns

from ..studies.tune.answers import (  # noqa: TID252
    ADAM,
    BEST,
    BEST_TRIALS,
    KINDS,
    answer,
    clear_answer,
    finalist,
    nothing_reached,
    one_candidate,
    several_goals,
    trial,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.columns import Column
    from wattlab.studies.tune.answer import Tune

FIRST, SECOND = BEST_TRIALS


def printed(found: Tune, width: int = 80, **options: Any) -> str:
    file = io.StringIO()
    print_tune(found, Console(file=file, force_terminal=True, width=width), **options)
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())


def texts(columns: Sequence[Column]) -> dict[str, list[tuple[str, str]]]:
    return {column.heading: [(cell.text, cell.aside) for cell in column.cells] for column in columns}


def test_each_candidate_has_a_row_and_adam_too() -> None:
    found = texts(candidate_columns(answer()))
    names = [f"trial {FIRST}", f"trial {SECOND}", "base recipe", "Adam's defaults"]
    assert [text for text, _ in found["candidate"]] == names
    assert [text for text, _ in found["reached"]] == ["5/5", "5/5", "4/5", "1/1"]
    assert found["time (s)"] == [
        ("1.41", "1.38-1.45"),
        ("1.43", "1.39-1.52"),
        ("2.39", "2.28-∞"),
        ("5.92", ""),
    ]
    assert found["energy (J, modelled)"][0] == ("16.9", "16.6-17.4")
    assert found["peak memory (MiB)"][0] == ("105", "")
    assert [text for text, _ in found["ratio"]] == ["1", "1.01", "1.70", "–"]
    assert [text for text, _ in found["verdict"]] == ["no difference", "no difference", "worse", "–"]


def test_adam_that_was_repeated_has_medians_and_a_ratio() -> None:
    times = (2.4, 2.3, None, 2.4, 2.45)
    repeated = {"n": 5, "n_reached": 4, "spans": {"time": censored_median(times, "s")}}
    adam = ADAM.model_copy(update=repeated | {"compared": censored_ratio(times, BEST)})
    found = texts(candidate_columns(answer(baseline=adam)))
    assert (found["reached"][3], found["time (s)"][3]) == (("4/5", ""), ("2.40", "2.30-∞"))
    assert found["ratio"][3] == ("1.70", "1.67-∞")


def test_headings_take_three_lines_at_most_in_80_columns() -> None:
    lines = printed(answer()).splitlines()
    rule = next(place for place, line in enumerate(lines) if "───" in line)
    assert rule - lines.index("", 1) <= 4


def test_a_note_that_is_told_elsewhere_is_not_printed() -> None:
    found = nothing_reached()
    why = why_no_winner(found)
    noted = found.model_copy(update={"notes": (why,)})
    assert "A lower target, a longer budget" in " ".join(printed(noted).split())
    assert "A lower target, a longer budget" not in " ".join(printed(noted, but=why).split())


def test_a_miss_is_infinite_and_what_adam_missed_takes_longer() -> None:
    found = texts(candidate_columns(clear_answer()))
    assert found["time (s)"][2:] == [("∞", "4.10-∞"), (">18.3", "")]
    assert found["reached"][2:] == [("2/5", ""), ("0/1", "")]
    assert found["energy (J, modelled)"][3] == ("–", "")


def test_without_a_target_costs_are_those_of_the_whole_training() -> None:
    found = texts(candidate_columns(several_goals()))
    assert "reached" not in found
    assert "ratio" not in found
    assert "time (s)" in found
    assert [text for text, _ in found["verdict"]][:3] == ["on the front"] * 3


def test_settings_come_by_importance_with_the_candidates_values() -> None:
    found = answer()
    columns = texts(setting_columns(found))
    order = [text for text, _ in columns["setting"]]
    assert order == list(found.importance)
    share, bar = columns["importance"][0]
    assert share == f"{found.importance[order[0]]:.0%}"
    assert "█" in bar
    assert columns[f"trial {FIRST}"][order.index("batch_size")] == (
        str(found.finalists[0].values["batch_size"]),
        "",
    )
    assert "tried" not in columns
    tried = texts(setting_columns(nothing_reached(), tried=True))
    assert [*tried] == ["setting", "tried"]
    assert ("0.01 … 1 (log)", "") in tried["tried"]


def test_the_winners_changes_leave_out_what_its_kinds_do_not_have() -> None:
    only = finalist(2, BEST)
    found = texts(change_columns(answer(finalists=(only,), recipe=only.recipe)))
    rows = {field: (before[0], after[0]) for (field, _), before, after in zip(*found.values(), strict=True)}
    assert rows["optimizer.kind"] == ("nesterov", "adam")
    assert rows["optimizer.beta1"] == ("–", "0.9")
    assert "optimizer.momentum" not in rows
    assert not any(field.startswith("evaluation") for field in rows)
    assert change_columns(nothing_reached()) == ()


def test_the_nearest_trials_stand_in_for_candidates() -> None:
    found = texts(nearest_columns(nothing_reached()))
    assert [text for text, _ in found["outcome"]] == ["missed", "stopped", "missed", "stopped", "missed"]
    every = texts(trial_columns(several_goals()))
    assert len(every["trial"]) == 34
    assert ("done, on the front", "") in every["outcome"]


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_fits_a_terminal(make: Callable[[], Tune]) -> None:
    found = make()
    lines = printed(found).splitlines()
    known = {one.text for one in commands(found)}
    assert all(len(line) <= 80 or any(text in line for text in known) for line in lines)
    plain = io.StringIO()
    print_tune(found, Console(file=plain, force_terminal=False))
    assert "\x1b" not in plain.getvalue()
    assert "\n\n\n" not in plain.getvalue()


def test_the_terminal_says_what_came_out_and_how_to_go_on() -> None:
    text = " ".join(printed(answer(), folder=Path("elsewhere") / "study").split())
    assert f"answer Trial {FIRST} is written" in text
    assert f"No difference: trial {SECOND} cannot be told from it." in text
    assert "about 4.2 times cheaper in time" in text
    assert "Ranked by time, not by energy as was asked" in text
    assert "train the winner wattlab train elsewhere/study/winner.toml" in text
    assert "optuna-dashboard sqlite:///" in text


def test_nothing_reached_has_no_winner() -> None:
    kinds = [kind for kind, _ in findings(nothing_reached())]
    assert kinds == ["no winner", "answer"]
    assert [one.aim for one in commands(nothing_reached())] == ["all trials"]
    assert "Too few trials to tell which settings matter" in printed(nothing_reached())


def test_a_winner_below_the_target_on_the_test_part_is_a_note() -> None:
    assert findings(one_candidate())[-1][0] == "note"
    assert "nothing to hold it against" in printed(one_candidate())


def test_a_front_is_chosen_from_by_hand() -> None:
    found = several_goals()
    (write, _) = commands(found)
    assert write.text.endswith(f"--pick {found.finalists[0].trial} --save chosen.toml")
    assert findings(found)[0][0] == "answer"


def test_an_interrupted_study_says_how_to_go_on() -> None:
    found = answer(complete=False, opened=None, fixed={"engine": "native"})
    assert ("go on", "wattlab tune --resume wattlab-studies/tune-digits-20261127-185500") in commands(found)
    assert remarks(found)[0].text == "Not finished; what is known so far is shown."
    assert "not finished" in printed(found, 200)
    assert "The same for all: engine native." in reading(found)


def test_the_same_trouble_is_told_once() -> None:
    found = answer(
        trials=[
            trial(number, "refused", reason=f"to start takes 876 ms, and the best took {number} ms")
            for number in range(5)
        ]
        + [trial(5, "failed", reason="out of memory")]
    )
    (first, one), (second, other) = troubles(found)
    assert (first, one.label, second, other) == (
        "refused",
        "trial 0 and 4 more",
        "failed",
        ("trial 5", "out of memory"),
    )


def test_the_figure_has_front_importance_history_and_courses() -> None:
    found = answer()
    chart = tune_chart(found)
    assert [one.name for one in chart.panels] == ["front", "importance", "history", "courses"]
    front, importance, history, courses = chart.panels
    kinds = [one.kind for one in front.dots]
    assert (kinds.count("won"), kinds.count("missed"), kinds.count("stopped")) == (11, 3, 8)
    (ring,) = [one for one in front.dots if one.kind == "front"]
    best = found.trials[FIRST]
    assert (ring.x, ring.y) == (best.cost["time"], best.score)
    assert "learning_rate: 0.0912" in ring.hover
    (adam,) = [one for one in front.dots if one.kind == "adam"]
    assert (adam.x, adam.y) == (5.92, 0.9514)
    assert (front.level, front.level_name) == (0.95, "target 0.95")
    assert sum(one.share for one in importance.bars) == pytest.approx(1.0)
    (line,) = history.strokes
    assert list(line.y) == sorted(line.y, reverse=True)
    assert line.y[-1] == best.cost["time"]
    assert (history.level, history.level_name) == (5.92, "Adam at its defaults")
    strong = [one for one in courses.strokes if one.is_strong]
    assert [one.kind for one in strong] == ["won", "adam"]
    assert chart.words["front"] == "best of the search"
    assert "stand at what they had spent" in chart.note


def test_what_missed_stands_at_what_it_spent() -> None:
    missed = trial(1, "missed")
    chart = tune_chart(answer(trials=(missed,), front=(), baseline=None))
    (dot,) = chart.panels[0].dots
    assert (dot.kind, dot.x) == ("missed", missed.wall_s)


def test_scores_far_below_are_counted_instead_of_pressing_all_others_together() -> None:
    trials = [*answer().trials, trial(30, "stopped", score=0.1)]
    chart = tune_chart(answer(trials=trials))
    assert "1 trial lies below the axis" in chart.note
    assert chart.panels[0].low is not None
    assert 0.1 < chart.panels[0].low < 0.93


def test_several_goals_have_a_front_as_steps() -> None:
    found = several_goals()
    front = tune_chart(found).panels[0]
    assert (front.title, front.x_label, front.y_label) == ("Pareto front", "time (s)", "validation accuracy")
    (steps,) = front.strokes
    assert len(steps.x) == len(found.front)
    assert list(steps.y) == sorted(steps.y)


def test_of_more_goals_two_are_drawn() -> None:
    found = several_goals()
    costs = tune_chart(found.model_copy(update={"goals": ("time", "energy", "memory")}))
    assert (costs.panels[0].x_label, costs.panels[0].y_label) == ("time (s)", "energy (J)")
    assert costs.panels[0].strokes == ()
    assert "Not drawn, but a goal too: peak memory." in costs.note
    scored = tune_chart(found.model_copy(update={"goals": ("time", "memory", "accuracy")}))
    assert scored.panels[0].y_label == "validation accuracy"
    assert "a goal too: peak memory." in scored.note


def test_accuracy_alone_is_drawn_against_time() -> None:
    found = several_goals().model_copy(update={"goals": ("accuracy",), "finalists": (), "baseline": None})
    front, _, history, _ = tune_chart(found).panels
    assert (front.x_label, front.y_label) == ("time (s)", "validation accuracy")
    (line,) = history.strokes
    assert list(line.y) == sorted(line.y)


def test_costs_over_a_decade_are_logarithmic() -> None:
    dear = trial(40, cost={"time": 100.0, "memory": 1e8, "accuracy": None})
    front, _, history, courses = tune_chart(answer(trials=(*answer().trials, dear))).panels
    assert (front.x_log, history.y_log, courses.x_log) == (True, True, False)
    figure = draw_tune(answer(trials=(*answer().trials, dear)))
    assert figure.axes[0].get_xscale() == "log"
    layout = json.loads(tune_panel_json(history, tune_chart(answer(trials=(*answer().trials, dear)))))[
        "layout"
    ]
    assert layout["yaxis"]["type"] == "log"
    assert layout["annotations"][0]["y"] == pytest.approx(0.7723, abs=1e-4)


def test_nothing_trained_is_said() -> None:
    found = answer(trials=(), finalists=(), front=(), winner=None, recipe=None, opened=None, baseline=None)
    bare = found.model_copy(update={"importance": {}})
    assert tune_chart(bare).panels == ()
    assert draw_tune(bare).axes[0].texts[0].get_text() == "nothing was trained"
    assert "Nothing was tried, so no recipe is written." in printed(bare)


def test_it_is_written_as_the_suffix_says(tmp_path: Path) -> None:
    found = several_goals()
    for name in ("one.html", "one.png", "one.json"):
        write_tune(found, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "one.json").read_text())["id"] == found.id
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert len(figures) == page.count('class="plot"') == 4
    traces = {trace["name"]: trace for trace in json.loads(figures[0])["data"] if trace["mode"] == "markers"}
    assert traces["ended early"]["marker"]["symbol"] == "triangle-down-open"
    assert "<br>optimizer: " in traces["came to its end"]["text"][0]
    assert "https://" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    with pytest.raises(StorageError, match=r"\.html .*\.png .*\.json"):
        write_tune(found, tmp_path / "one.pdf")


def test_the_page_shows_the_winner_and_escapes_what_it_shows(tmp_path: Path) -> None:
    bad = trial(2, label="</script><b>", reason="<i>")
    found = answer(trials=(bad,), base="<u>base</u>", finalists=(finalist(2, BEST, label="<s>"),))
    write_tune(found, tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert "winner.toml</summary><pre># Found by wattlab tune" in page
    for tag in ("<b>", "<i>", "<u>", "<s>"):
        assert tag not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


SPENT = Spent(budget_s=60.0, reserved_s=10.0, preparing_s=5.0, search_s=15.0, finals_s=0.0, opening_s=0.0)
OUTLOOK = TuneOutlook("digits: least time", ("time",), 0.95, 60.0, 5.0, 2, Path("studies") / "one")


def watch(observer: PlainTuneProgress | LiveTuneProgress) -> None:
    """Tell an observer of a short search."""
    won, refused = trial(4), trial(7, "refused")
    observer.searching(OUTLOOK)
    observer.preparing("training Adam at its defaults")
    observer.trying(3, f"adam, {'label smoothing 0.02, ' * 9}", SPENT)
    observer.tried(trial(3, "stopped"), None, SPENT)
    observer.tried(won, won, SPENT)
    observer.tried(refused, won, SPENT)
    observer.repeating(1, 5)
    observer.trial("adam", 1, 5, "waiting", None)
    observer.trial("adam", 1, 5, "running", None)
    observer.trial("adam", 1, 5, "finished", 2.0)
    observer.warning("the disk is nearly full")
    observer.ended()


def test_plain_progress_has_a_line_for_each_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    file = io.StringIO()
    watch(PlainTuneProgress(file))
    lines = file.getvalue().splitlines()
    assert lines[0] == (
        "digits: least time; budget 1 min 00 s (5.00 s of it spent), 2 trials are over already; in studies/one"
    )
    assert lines[2].startswith("trial 3  stopped  0.9300  3 epochs in ")
    assert lines[2].endswith("[no result yet, 40.0 s left]")
    assert re.match(
        r"trial 4  reached  1\.46 s  0\.9510  optimizer .*\[best 1\.46 s \(trial 4\), 40\.0 s left]", lines[3]
    )
    assert "refused  reduction 'pca-32' leaves no pixels" in lines[4]
    assert all(len(line) <= 120 for line in lines)
    assert lines[5:] == [
        "1 candidate is repeated over 5 seeds",
        "seed 1/5  adam  waits for a quiet machine",
        "seed 1/5  adam  finished after 2.00 s",
        "warning: the disk is nearly full",
    ]


def test_live_progress_shows_what_runs_the_best_and_what_is_left() -> None:
    file = io.StringIO()
    watch(LiveTuneProgress(Console(file=file, force_terminal=True, width=100)))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    assert "40.0 s left  trial 3 runs: adam, label smoothing" in text
    assert "best 1.46 s (trial 4)" in text
    assert "40.0 s left" in text
    assert "38.0 s left" in text
    assert "warning: the disk is nearly full" in text


def test_adam_without_a_score_has_no_place_in_the_figure() -> None:
    lost = ADAM.model_copy(update={"score": None, "cost": {}, "elapsed_s": (), "scores": (), "wall_s": 0.0})
    chart = tune_chart(answer(baseline=lost))
    assert "adam" not in chart.words
    assert chart.panels[2].level is None


def test_the_front_is_drawn_by_the_scores_that_it_was_found_by() -> None:
    dear = trial(0, state="done", score=0.95, cost={"time": 1.5, "accuracy": 0.95})
    cheap = trial(
        1, state="done", score=0.97, cost={"time": 1.0, "accuracy": 0.94}
    )  # its last weights are worse
    found = answer(
        target=None, goals=("time", "accuracy"), trials=(dear, cheap), front=(1, 0), finalists=(), winner=None
    )
    rings = [one for one in tune_chart(found).panels[0].dots if one.kind == "front"]
    assert sorted((one.x, one.y) for one in rings) == [(1.0, 0.94), (1.5, 0.95)]
