"""Who watches a study: live, in plain lines, or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.views.study_progress import LiveStudyProgress, PlainStudyProgress, make_study_observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.row import Verification

    MakeVerification = Callable[..., Verification]

LABELS = ("native", "torch", "sklearn")


class Clock:
    """Goes forward when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def plan(n_done: int = 0, rounds: int = 3) -> StudyPlan:
    refused = {"sklearn": "engine.precision is 'bfloat16', which it cannot do"}
    n_trials = rounds * len(LABELS)
    return StudyPlan("moons: native, torch", LABELS, refused, rounds, n_trials, n_done, Path("studies/a"))


def live(width: int = 120) -> tuple[LiveStudyProgress, Clock, Callable[[], str]]:
    """Return a live line, its clock, and all that was written so far."""
    clock, file = Clock(), io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system=None)
    return LiveStudyProgress(console, clock), clock, file.getvalue


def last(text: str) -> str:
    return text.rsplit("\x1b[2K", maxsplit=1)[-1]


def watch(observer: StudyObserver, verification: Verification) -> None:
    observer.started(plan())
    observer.verifying("torch", "float64")
    observer.verified(verification)
    observer.trial("native", 1, 3, "waiting", None)
    observer.trial("native", 1, 3, "running", None)
    observer.trial("native", 1, 3, "finished", 4.25)
    observer.trial("torch", 1, 3, "failed", 2.0)
    observer.warning("the machine was [busy]")
    observer.ended()


def test_plain_lines_tell_what_is_over(make_verification: MakeVerification) -> None:
    file = io.StringIO()
    watch(PlainStudyProgress(file), make_verification("torch"))
    assert file.getvalue().splitlines() == [
        "moons: native, torch: 3 candidates, 3 rounds, 9 trials",
        "refused  sklearn: engine.precision is 'bfloat16', which it cannot do",
        "verified  torch in float64: loss within 2.2e-16, weights within 3.4e-15 after 5 steps",
        "round 1/3  native waits for a quiet machine",
        "round 1/3  native finished after 4.25 s",
        "round 1/3  torch failed after 2.00 s",
        "warning: the machine was [busy]",
    ]


@pytest.mark.parametrize("first", [1, 2])
def test_plain_lines_tell_the_time_left_once_after_the_first_round_that_was_seen(first: int) -> None:
    file, clock = io.StringIO(), Clock()
    progress = PlainStudyProgress(file, clock)
    progress.started(plan(n_done=3 * (first - 1), rounds=4))
    for number in range(first, 5):
        for label in LABELS:
            progress.trial(label, number, 4, "running", None)
            clock.now_s += 10.0
            progress.trial(label, number, 4, "finished", 4.0)
    told = [line for line in file.getvalue().splitlines() if "left" in line]
    assert told == [f"about {('1 min 30 s', '1 min 00 s')[first - 1]} left"]


def test_no_deviation_at_all_is_a_plain_nought(make_verification: MakeVerification) -> None:
    file = io.StringIO()
    PlainStudyProgress(file).verified(make_verification(loss_deviation=0.0))
    assert "loss within 0, weights" in file.getvalue()


def test_a_refused_verification_says_why(make_verification: MakeVerification) -> None:
    file = io.StringIO()
    refused = make_verification("sklearn", passed=False, loss_deviation=None, message="the loss differs")
    PlainStudyProgress(file).verified(refused)
    assert file.getvalue() == "not verified  sklearn in float64: the loss differs\n"


def test_the_live_line_shows_what_runs_and_what_is_over_scrolls(make_verification: MakeVerification) -> None:
    progress, _, text = live()
    progress.started(plan())
    progress.verifying("torch", "float64")
    assert "verifying torch in float64" in last(text())
    progress.trial("native", 1, 3, "running", None)
    assert "0/9  round 1/3  native runs" in last(text())
    progress.trial("native", 1, 3, "finished", 4.25)
    progress.trial("torch", 1, 3, "running", None)
    assert "1/9  round 1/3  torch runs" in last(text())
    assert text().count("round 1/3  native finished after 4.25 s\n") == 1
    progress.verified(make_verification("torch"))
    assert "verified  torch in float64: loss within 2.2e-16" in text()
    progress.ended()
    progress.ended()


def test_time_left_follows_from_the_trials_that_are_over() -> None:
    progress, clock, text = live()
    progress.started(plan(n_done=3))
    progress.trial("native", 2, 3, "running", None)
    assert "left" not in last(text())
    clock.now_s += 10.0
    progress.trial("native", 2, 3, "finished", 9.0)
    assert "4/9" in last(text())
    assert "50.0 s left" in last(text())
    progress.ended()


def test_only_trials_of_verified_candidates_are_counted() -> None:
    progress, _, text = live()
    progress.started(plan())
    progress.timing(6)
    progress.trial("native", 1, 3, "finished", 9.0)
    assert "1/6" in last(text())
    progress.ended()


def test_a_resumed_study_says_what_is_done() -> None:
    file = io.StringIO()
    PlainStudyProgress(file).started(plan(n_done=4))
    assert "9 trials, 4 of them done" in file.getvalue()


def test_verification_alone_speaks_of_no_trials(make_verification: MakeVerification) -> None:
    progress, _, text = live()
    progress.started(plan(rounds=0))
    progress.verifying("torch", "float64")
    assert "3 candidates to verify" in text()
    assert "/0" not in text()
    progress.ended()


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_keeps_one_line(width: int) -> None:
    progress, clock, text = live(width)
    progress.started(plan())
    progress.trial("native", 1, 3, "finished", 4.25)
    clock.now_s += 5.0
    progress.trial("a-very-long-label, of bfloat16, batch_size 500", 1, 3, "running", None)
    assert len(last(text())) <= width
    assert "\n" not in last(text())
    progress.ended()


def test_ending_and_warning_before_starting_are_harmless() -> None:
    progress, _, text = live()
    progress.warning("early")
    progress.trial("native", 1, 3, "running", None)
    progress.ended()
    assert text() == "warning: early\n"


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str], make_verification: MakeVerification) -> None:
    watch(make_study_observer(quiet=True), make_verification())
    assert capsys.readouterr() == ("", "")


def test_a_line_above_does_not_colour_the_live_line() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, color_system="standard")
    progress = LiveStudyProgress(console)
    progress.started(plan())
    progress.trial("native", 1, 3, "running", None)
    progress.warning("it is hot")
    progress.ended()
    assert "\x1b[33mwarning: it is hot\x1b[0m" in file.getvalue()
    assert "\x1b[33mround 1/3" not in file.getvalue()
