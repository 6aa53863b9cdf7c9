"""Rows, verdicts and caches from numbers known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RunError, UserError
from wattlab.meter.statistics import estimate
from wattlab.studies.loading.answer import Loading
from wattlab.studies.loading.bound import bound_by
from wattlab.studies.loading.places import Place
from wattlab.studies.loading.plan import parse_workers

from .invented import DISK, GB, NETWORK, file_set, make_answer, make_plan, make_trials, usual

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_hold_medians_and_ratios_to_memory() -> None:
    plan = make_plan()
    answer = make_answer(plan, make_trials(plan, usual))
    cold = answer.row("npy", "cold")
    assert cold.seconds is not None
    assert cold.seconds.median == pytest.approx(4.08)
    assert (cold.seconds.low, cold.seconds.high) == pytest.approx((4.0, 4.16))
    assert cold.rate is not None
    assert cold.rate.median == pytest.approx(GB / 4.08)
    assert cold.file_s is not None
    assert cold.file_s.median == pytest.approx(0.408)
    assert cold.cpu_per_GB is not None
    assert cold.cpu_per_GB.median == pytest.approx(2.04)
    assert cold.energy_per_GB is not None
    assert cold.energy_per_GB.value == pytest.approx(81.6)
    assert cold.energy_per_GB.provenance == "measured"
    assert cold.ratio is not None
    assert (cold.ratio.median, cold.ratio.low, cold.ratio.high) == pytest.approx((8.0, 8.0, 8.0))
    assert answer.row("npy", "memory").ratio is None
    assert answer.row("npy", "memory").place == "memory"
    assert cold.place == "SSD (ext4)"
    assert cold.bound is None
    with pytest.raises(KeyError, match="npz cold"):
        answer.row("npz", "cold")


def test_ratios_are_between_workers_of_the_same_kind() -> None:
    plan = make_plan(workers=parse_workers("1,2"))
    answer = make_answer(
        plan, make_trials(plan, lambda one: usual(one) * (3 if one.kind == "processes" else 1))
    )
    ratio = answer.row("npy", "cold", 2, "processes").ratio
    assert ratio is not None
    assert ratio.median == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("loading", "training", "verdict"),
    [
        ([10, 11, 12, 13, 14], [15, 16, 17, 18, 19], "input"),
        ([20, 21, 22, 23, 24], [15, 16, 17, 18, 19], "compute"),
        ([10, 11, 12, 13, 16], [15, 16, 17, 18, 19], "unknown"),
        ([10, 11, 12, 13], [15, 16, 17, 18, 19], "unknown"),
        ([10, 11, 12, 13, 14], [15], "unknown"),
        ([], [15, 16, 17, 18, 19], "unknown"),
    ],
)
def test_bound(loading: list[float], training: list[float], verdict: str) -> None:
    assert bound_by(estimate(loading, "1/s"), estimate(training, "1/s")) == verdict


def test_first_epoch_bound_by_input_and_later_ones_not() -> None:
    # 1000 samples in 4 s come at 250 a second, in 1 s at 1000; the training takes 500.
    plan = make_plan(rates=(500.0,) * 5)
    answer = make_answer(plan, make_trials(plan, usual))
    assert answer.row("npy", "cold").bound == "input"
    assert answer.row("npy", "warm").bound == "compute"
    first, later, *_ = answer.verdicts
    assert first.startswith(
        "The first epoch, from SSD (ext4), is bound by input: the training waits for its data"
    )
    assert "245 samples/s [240 to 250] come, mine takes 500 samples/s" in first
    assert later.startswith(
        "Every further epoch, while the files stay in the page cache, is not bound by input"
    )


def test_without_samples_nothing_is_said_about_waiting() -> None:
    plan = make_plan(rates=(500.0,) * 5, samples=None)
    answer = make_answer(plan, make_trials(plan, usual))
    assert answer.row("npy", "cold").bound == "unknown"
    assert any("--samples-per-file N" in one for one in answer.verdicts)


def test_too_few_rounds_are_said() -> None:
    plan = make_plan(rates=(500.0,) * 5)
    answer = make_answer(plan, make_trials(plan, usual, rounds=4))
    assert answer.row("npy", "cold").bound == "unknown"
    assert "too few rounds for a verdict" in answer.verdicts[0]
    assert all(one.verdict == "unknown" for one in answer.caches)


def test_caches_without_a_training() -> None:
    plan = make_plan(scale=3)
    page, decoded = make_answer(plan, make_trials(plan, usual)).caches
    assert (page.name, page.needs_B, page.verdict, page.pays_after) == ("page cache", 3 * GB, "pays", 1)
    assert page.saved is not None
    assert page.saved.median == pytest.approx(3 * (4.08 - 1.02))
    # Decoded arrays are twice as large, and are copied as fast as the stored bytes: 0.25 s a GB.
    assert (decoded.name, decoded.needs_B, decoded.basis) == ("decoded in memory", 6 * GB, "modelled")
    assert decoded.saved is not None
    assert decoded.saved.median == pytest.approx(3 * (1.02 - 0.51))


def test_caches_save_only_what_training_waits_for() -> None:
    # 1000 samples at 500 a second: an epoch computes for 2 s, so 4 s of loading can become 2 s at best.
    plan = make_plan(rates=(500.0,) * 5)
    page, decoded = make_answer(plan, make_trials(plan, usual)).caches
    assert page.saved is not None
    assert page.saved.median == pytest.approx(4.08 - 2.0)
    assert decoded.verdict == "does not pay"
    assert decoded.pays_after is None


def test_another_format_and_another_place(tmp_path: Path) -> None:
    packed = file_set("npz", "npz", made_in=str(tmp_path), made_s=10.0)
    copies = file_set("copies", made_in=str(tmp_path), made_s=3.0)
    plan = make_plan([file_set(place=NETWORK), packed, copies])
    trials = make_trials(
        plan, lambda one: usual(one) * {0: 4, 1: 0.5 if one.reader == "npz" else 9, 2: 1}[one.file_set]
    )
    answer = make_answer(plan, trials)
    by_name = {one.name: one for one in answer.caches}
    npz = by_name["npz on SSD (ext4)"]
    assert npz.saved is not None
    assert npz.saved.median == pytest.approx(4.08 - 0.51)
    assert (npz.cost_s, npz.pays_after, npz.verdict) == (10.0, 3, "pays")
    assert by_name["copies on SSD (ext4)"].pays_after == 1
    assert any("costs 10.0 s once: pays after 3 epochs." in one for one in answer.verdicts)


def test_what_takes_longer_does_not_pay() -> None:
    plan = make_plan([file_set(), file_set("csv", "csv", made_in="/gone", made_s=1.0)])
    answer = make_answer(plan, make_trials(plan, lambda one: 9.0 if one.reader == "csv" else usual(one)))
    csv = next(one for one in answer.caches if one.name.startswith("csv"))
    assert (csv.verdict, csv.pays_after) == ("does not pay", None)
    assert any("csv on SSD" in one and "takes longer by 8" in one for one in answer.verdicts)


def test_what_does_not_fit_into_memory_is_refused_with_its_size() -> None:
    plan = make_plan(available_B=GB)
    refused = {one.cache: one.refusal for one in plan.variants}
    assert refused["cold"] == ""
    for cache in ("warm", "memory"):
        assert "954 MiB do not fit into the 954 MiB of memory" in refused[cache]
    answer = make_answer(plan, make_trials(plan, usual))
    assert answer.row("npy", "warm").failures == (refused["warm"],)
    plan = make_plan(available_B=GB // 2)
    page = make_answer(plan, make_trials(plan, usual)).caches[0]
    assert (page.verdict, page.saved) == ("does not fit", None)


def test_files_in_memory_have_no_cold_rows_but_a_reason() -> None:
    place = Place(kind="memory files", mount="/dev/shm", file_system="tmpfs", source="tmpfs")
    plan = make_plan([file_set(place=place)])
    answer = make_answer(plan, make_trials(plan, usual))
    assert "keeps its files in memory" in answer.row("npy", "cold").failures[0]
    assert answer.row("npy", "cold").seconds is None
    assert answer.row("npy", "warm").seconds is not None


def test_variants_read_plain_bytes_of_the_users_files_and_memory_once() -> None:
    sets = [file_set(), file_set("npz", "npz"), file_set("copies", place=NETWORK)]
    plan = make_plan(sets, extra=("raw", "direct", "npy-mmap", "npz"))
    found = [(one.file_set, one.reader, one.cache) for one in plan.variants]
    assert len(found) == len(set(found))
    assert [place for place, reader, cache in found if (reader, cache) == ("npy", "memory")] == [0]
    assert [place for place, reader, _ in found if reader == "direct"] == [0, 2]
    assert (0, "npy-mmap", "cold") in found
    assert (1, "npz", "cold") in found
    assert not [one for one in found if one[:2] in {(1, "raw"), (0, "npz"), (1, "npy-mmap")}]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("0", "threads"),
        ("a", "threads"),
        ("1,,2", "threads"),
        ("-1", "threads"),
        ("999", "threads"),
        ("2", "gnomes"),
        ("2", ""),
    ],
)
def test_workers_that_cannot_be(text: str, kinds: str) -> None:
    with pytest.raises(UserError, match="expected"):
        parse_workers(text, kinds)


def test_workers() -> None:
    assert parse_workers("1, 2,2", "processes") == ((1, "alone"), (2, "processes"))


def test_an_answer_is_kept_whole(tmp_path: Path) -> None:
    plan = make_plan(rates=(500.0,) * 5)
    answer = make_answer(plan, make_trials(plan, usual))
    (tmp_path / "loading.json").write_text(answer.to_json())
    assert Loading.load(tmp_path) == answer


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "--resume"), ("{", "no loading study"), ('{"schema_version": 9}', "schema_version")],
)
def test_answers_that_cannot_be_read(content: Any, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "loading.json").write_text(content)
    with pytest.raises(RunError, match=message):
        Loading.load(tmp_path)


def test_failed_trials_are_told() -> None:
    plan = make_plan()
    answer = make_answer(plan, make_trials(plan, lambda one: None if one.cache == "cold" else usual(one)))
    assert answer.row("npy", "cold").failures == ("it broke",) * 5
    assert answer.row("npy", "cold").seconds is None
    assert DISK.label in answer.row("npy", "cold").place
