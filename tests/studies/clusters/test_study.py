"""Whole studies of clusters on a made-up machine, and one in processes of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.errors import RunError, UserError
from wattlab.studies.clusters import store
from wattlab.studies.clusters.answer import Clusters
from wattlab.studies.clusters.asked import ClustersAsked
from wattlab.studies.clusters.study import ClustersInterrupted, clusters, resume

from .invented import POWER_W, WHOLE_S, Machine, fit_s, inertia, install, step_s

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = tuple(range(5, 45, 5))


def test_every_number_is_found_once_a_seed_and_timed_once_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine())
    found = clusters(ClustersAsked("digits", COUNTS, seeds=2, rounds=3))
    assert sorted(machine.prepared[:9], key=str) == sorted(
        [(None, 0), *((one, 0) for one in COUNTS)], key=str
    )
    assert sorted(machine.prepared[9:], key=str) == sorted(
        [(None, 0), *((one, 1) for one in COUNTS)], key=str
    )
    assert machine.prepared[:9] != sorted(machine.prepared[:9], key=str)
    assert len(machine.stepped) == 27
    assert found.complete
    assert (found.elbow.n_clusters, found.elbow.clear, found.peaks) == (20, True, (15,))
    assert [row.n_inputs for row in found.rows] == [64, *COUNTS]
    row = found.row(20)
    assert row.inertia is not None
    assert row.inertia.n == 2
    assert row.inertia.low == pytest.approx(inertia(20))
    assert row.fit is not None
    assert row.fit.value == pytest.approx(fit_s(20))
    assert Clusters.load(store.find("wattlab-studies", "last")) == found


def test_what_pays_follows_from_preparation_and_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Machine())
    found = clusters(ClustersAsked("digits", COUNTS))
    steps = -(-1438 // 32)
    row = found.row(20)
    assert row.payoff is not None
    extra_s = 1.0 + fit_s(20) - WHOLE_S
    saved_s = steps * (step_s(64) - step_s(20))
    assert row.payoff.extra_s == pytest.approx(extra_s)
    assert row.payoff.saved_s == pytest.approx(saved_s, rel=0.02)
    assert row.payoff.epochs == pytest.approx(extra_s / saved_s, rel=0.02)
    assert row.payoff.energy is not None
    assert row.payoff.energy.extra_J == pytest.approx(POWER_W * extra_s)
    assert row.payoff.energy.state == "pays"
    assert found.whole.payoff is None
    assert any(one.startswith("K = 20: preparing the data takes 3.50 s longer") for one in found.verdicts)
    assert found.verdicts[-1].startswith("Soonest pays K = 5: from ")


def test_it_is_said_where_nothing_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine("modelled"))
    machine.slower = True
    found = clusters(ClustersAsked("digits", COUNTS))
    assert "it never pays" in found.verdicts[2]
    assert found.verdicts[-2:] == (
        "No number of clusters was shown to pay, however many epochs are trained.",
        "No number of them was shown to pay here: the recipe trains 30 epochs at most.",
    )
    assert sum("what pays is told by time alone" in one for one in found.notes) == 1
    assert all(row.payoff is None or row.payoff.energy is None for row in found.rows)


def test_left_out_the_numbers_are_those_that_save_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Machine())
    found = clusters(ClustersAsked("digits", rounds=0))
    assert [row.n_clusters for row in found.reduced] == [10, 20, 30, 40, 50, 60]
    assert not any("nothing to save" in one for one in found.notes)
    with pytest.raises(
        UserError, match=r"there are 2 features and .* no number of clusters from 2 on saves inputs"
    ):
        clusters(ClustersAsked("moons"))
    more = clusters(ClustersAsked("digits", (10, 64, 70), rounds=0))
    assert any(one.startswith("K = 64, K = 70: no fewer inputs than the 64 features") for one in more.notes)


def test_only_steps_wait_for_a_quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine())
    clusters(ClustersAsked("digits", COUNTS, seeds=2, rounds=3))
    assert machine.waited == len(machine.stepped) == 27


def test_without_rounds_nothing_is_said_of_what_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine())
    found = clusters(ClustersAsked("digits", COUNTS, rounds=0, silhouette_samples=0))
    assert machine.stepped == []
    assert found.complete
    assert found.verdicts == ("Inertia has its elbow at K = 20.",)
    assert any("--rounds 0" in one for one in found.notes)
    assert found.row(5).silhouette_reason == "not asked for"


def test_an_interrupted_study_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine())
    machine.interrupt_after = 5
    with pytest.raises(ClustersInterrupted) as interrupted:
        clusters(ClustersAsked("digits", COUNTS))
    assert not interrupted.value.answer.complete
    assert interrupted.value.n_done == 5
    begun = list(machine.prepared)
    machine.interrupt_after = None
    found = resume("last")
    assert found.complete
    assert len(machine.prepared) == len(set(machine.prepared)) == 9
    assert machine.prepared[:5] == begun
    assert len(machine.stepped) == 27
    assert resume(str(interrupted.value.folder)) == found


def test_what_failed_is_told_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = install(monkeypatch, Machine())
    machine.failing = {10}
    found = clusters(ClustersAsked("digits", COUNTS, seeds=3))
    assert [one for one in machine.prepared if one[0] == 10] == [(10, 0)]
    assert found.complete
    assert (found.row(10).inertia, found.row(10).payoff) == (None, None)
    assert "SIGSEGV" in found.row(10).failures[0]
    assert found.elbow.n_clusters == 20


def test_the_blog_s_settings_show_what_the_blog_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Machine())
    asked = ClustersAsked("digits", COUNTS, {"n_init": 500, "fit_on": "train-and-test"}, rounds=0)
    found = clusters(asked)
    assert any("scores on the test part are optimistic" in one for one in found.notes)
    assert not any("article XIV" in one for one in found.notes)


def test_no_such_study(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no study of clusters 'last'"):
        resume("last", studies=tmp_path)
