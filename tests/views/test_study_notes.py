"""What stands around the tables of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.meter import missing
from wattlab.views import study_notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.row import Row, Verification
    from wattlab.studies.study import Study

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]
    MakeVerification = Callable[..., Verification]


@pytest.mark.parametrize(("threads", "said"), [(1, "1 thread"), (2, "2 threads"), (11, "11 threads")])
def test_threads_are_counted_in_good_english(
    make_study: MakeStudy, make_row: MakeRow, threads: int, said: str
) -> None:
    study = make_study((make_row(engine={"threads": threads, "device": "cpu"}),))
    assert study_notes.circumstances(study).split(" · ")[1] == f"{said} each"


def test_circumstances_name_what_was_the_same_for_all(make_study: MakeStudy) -> None:
    assert study_notes.circumstances(make_study()) == (
        "5 rounds, interleaved · 2 threads each · cpu · float32 · 2026-11-21 04:57 UTC · wattlab 0.1.0"
    )


def test_an_interrupted_study_says_so(make_study: MakeStudy) -> None:
    whole = make_study()
    study = make_study(complete=False, trials=[one for one in whole.trials if one.round < 2])
    assert study_notes.circumstances(study).startswith("2 of 5 rounds begun")
    assert study_notes.remarks(study)[0].text.startswith("Not every trial was run")


def test_failures_are_told_once_with_their_number(make_study: MakeStudy) -> None:
    first, second = study_notes.failures(make_study())
    assert first.label == "keras:jax"
    assert first.text.endswith("14.8 GiB (5 times)")
    assert second.label == "keras:torch"
    assert second.text.endswith("the tolerance of 1e-09")


def test_remarks_are_about_the_machine_and_energies(make_study: MakeStudy) -> None:
    assert [f"{one.label}: {one.text}" for one in study_notes.remarks(make_study())] == [
        ": Energy is modelled from the processor's load: the ranking is by time.",
        "keras:tensorflow: other processes kept the machine busy: 41% in round 2",
        "sklearn: energy is missing: the sensor went away",
    ]


def test_work_that_is_not_equal_is_remarked_where_no_failure_says_so(
    make_study: MakeStudy, make_row: MakeRow, make_verification: MakeVerification
) -> None:
    row = make_row("torch", "better", 0.05, verification=make_verification("torch", passed=False))
    (remark,) = study_notes.remarks(make_study((make_row(), row), notes=()))
    assert remark == ("torch", "not the same work: the deviation is larger than the tolerance")


def test_energies_missing_for_one_reason_are_one_remark(make_study: MakeStudy, make_row: MakeRow) -> None:
    energy = missing("J", "there is no sensor")
    rows = make_row(energy=energy), make_row("torch", "worse", 0.2, energy=energy)
    assert [one.text for one in study_notes.remarks(make_study(rows, notes=()))] == [
        "Energy is missing: there is no sensor."
    ]


def test_how_to_read_it_depends_on_what_there_is(
    make_study: MakeStudy, make_row: MakeRow, make_estimate: Callable[..., Estimate]
) -> None:
    assert "probability 0.94." in study_notes.reading(make_study())[0]
    alone = make_study((make_row(epoch=make_estimate(0.1, n=1)),))
    assert study_notes.reading(alone) == ()
    few = make_estimate(1.5, unit="", n=3)
    some = make_row("torch", "worse", 0.2, epoch=make_estimate(0.2, n=3), ratio=few)
    reading = study_notes.reading(make_study((make_row(), some)))
    assert "probability 0.75 or more." in reading[0]
    assert reading[-1] == "A verdict takes more rounds: an interval that holds with probability 0.9."
