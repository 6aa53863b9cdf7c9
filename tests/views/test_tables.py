"""The numbers behind every figure, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.errors import RunError
from wattlab.insight.mistakes.confusion import recorded_confusions
from wattlab.meter import measured, missing
from wattlab.views.chart import thinned
from wattlab.views.tables import (
    all_charts,
    cost_panels,
    phase_shares,
    run_labels,
    score_and_cost,
    time_and_energy,
    weight_sizes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.records.record import RunCost
    from wattlab.records.run import Run

    MakeRun = Callable[..., Run]


def test_scores_leave_out_the_epochs_that_were_not_tested(make_run: MakeRun) -> None:
    score, cost = score_and_cost([make_run()]).panels
    training, test = score.curves
    assert (training.part, test.part) == ("training", "test")
    np.testing.assert_array_equal(training.x, [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(test.x, [2, 4, 6])
    np.testing.assert_allclose(test.y, [0.8, 0.9, 1 - 0.4 / 6])
    np.testing.assert_allclose(cost.curves[0].y, 20.0 * 0.5 ** np.arange(1, 7))
    assert cost.log


def test_a_part_that_was_never_evaluated_has_no_curve(make_run: MakeRun) -> None:
    score, _ = score_and_cost([make_run(columns={"train_score": np.nan})]).panels
    assert score.parts == ("test",)
    assert score.y_label == "test accuracy"


def test_targets_are_there_only_if_set_and_once_each(make_run: MakeRun) -> None:
    without, one, same = make_run("a"), make_run("b", target=0.9), make_run("c", target=0.9)
    assert score_and_cost([without]).panels[0].targets == ()
    assert score_and_cost([without, one, same]).panels[0].targets == (0.9,)


def test_scores_far_below_the_others_do_not_press_them_together(make_run: MakeRun) -> None:
    history = make_run(epochs=40).history["train_score"]
    panel = score_and_cost([make_run("b", epochs=40)]).panels[0]
    assert panel.low is not None
    assert panel.high is not None
    assert history[0] < panel.low < np.quantile(history, 0.25)
    assert panel.high > history.max()
    assert "below" in score_and_cost([make_run("c", epochs=40)]).caption


def test_time_and_energy_count_from_the_start_of_the_process(make_run: MakeRun) -> None:
    chart = time_and_energy([make_run()])
    by_time, _, by_energy, cost_by_energy = chart.panels
    np.testing.assert_array_equal(by_time.curves[1].x, [5, 9, 13])
    np.testing.assert_array_equal(by_energy.curves[1].x, [50, 90, 130])
    np.testing.assert_allclose(by_energy.curves[1].y, [0.8, 0.9, 1 - 0.4 / 6])
    assert cost_by_energy.x_label == "energy (J, modelled)"


def test_energy_is_in_watt_hours_where_it_is_large(
    make_run: MakeRun, cost_of: Callable[..., RunCost]
) -> None:
    cost = cost_of(measured(7200.0, "J", "rapl:package-0"))
    panel = time_and_energy([make_run(cost=cost)]).panels[2]
    assert panel.x_label == "energy (Wh, measured)"
    np.testing.assert_allclose(panel.curves[0].x, (10 + 20 * np.arange(1, 7)) / 3600)


def test_missing_energy_is_said_and_not_drawn(make_run: MakeRun, cost_of: Callable[..., RunCost]) -> None:
    run = make_run(columns={"energy_J": np.nan}, cost=cost_of(missing("J", "no sensor was readable")))
    chart = time_and_energy([run])
    assert [panel.x_label for panel in chart.panels] == ["time (s)", "time (s)"]
    assert "no sensor was readable" in chart.caption


def test_cost_panels_have_batches_in_fractions_of_an_epoch(make_run: MakeRun) -> None:
    batch, error, share, total = cost_panels([make_run(epochs=2)]).panels
    np.testing.assert_allclose(batch.curves[0].x, np.arange(1, 9) / 4)
    np.testing.assert_allclose(batch.curves[0].y, [16, 12, 8, 4, 8, 6, 4, 2])
    np.testing.assert_allclose(error.curves[0].y, [0.4, 0.2])
    np.testing.assert_allclose(share.curves[0].y, np.full(8, 25.0))
    assert share.low == 0.0
    assert total.y_label == "mean cost of a batch"


def test_total_cost_is_that_of_the_training_part_if_every_run_has_it(make_run: MakeRun) -> None:
    full, batches = make_run("full", columns={"train_cost": 3.0}), make_run("batches")
    alone, together = cost_panels([full]).panels[3], cost_panels([full, batches]).panels[3]
    assert alone.y_label == "cost of the training part"
    np.testing.assert_array_equal(alone.curves[0].y, np.full(6, 3.0))
    assert together.y_label == "mean cost of a batch"


def test_weights_have_a_curve_for_each_layer(make_run: MakeRun) -> None:
    (panel,) = weight_sizes([make_run(epochs=3)]).panels
    assert panel.parts == ("layer 1", "layer 2")
    first, second = panel.curves
    np.testing.assert_allclose(first.y, np.array([0.1, 0.2, 0.3]))
    np.testing.assert_allclose(second.y, np.array([0.2, 0.4, 0.6]))


def test_a_run_that_diverged_at_once_has_no_chart(make_run: MakeRun) -> None:
    assert all_charts([make_run(epochs=0)]) == ()


def test_confusion_has_counts_shares_and_the_worst_mistakes_first(make_run: MakeRun) -> None:
    found = recorded_confusions([make_run("numbers", confusion=None), make_run()])
    assert list(found) == [1]
    matrix = found[1]
    assert matrix.classes == ("cat", "dog", "emu")
    np.testing.assert_array_equal(matrix.counts, [[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    np.testing.assert_allclose(matrix.shares, [[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 0.0]])
    assert matrix.mistakes == (("cat", "dog", 2), ("dog", "cat", 1))


def test_phases_leave_a_rest(make_run: MakeRun) -> None:
    shares = phase_shares(make_run().record)
    assert [name for name, _, _ in shares] == ["start-up", "data", "training", "evaluation", "other"]
    assert [seconds for _, seconds, _ in shares] == [1, 2, 7, 3, 1]
    assert sum(share for _, _, share in shares) == pytest.approx(1.0)


def test_runs_of_the_same_name_are_numbered(make_run: MakeRun) -> None:
    first, second = make_run("a"), make_run("b")
    assert run_labels([first, second, first]) == ("a", "b", "a (2)")


def test_accuracy_and_r2_do_not_share_an_axis(make_run: MakeRun) -> None:
    with pytest.raises(RunError, match="show them apart"):
        score_and_cost([make_run("a"), make_run("b", score_name="R²")])


def test_no_runs_are_refused() -> None:
    with pytest.raises(RunError, match="there is none"):
        all_charts([])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 50))
def test_thinning_keeps_the_envelope(values: list[float], limit: int) -> None:
    y = np.array(values)
    x, thin = thinned(np.arange(len(y)), y, limit)
    assert len(thin) <= max(limit, 4)
    assert (thin.min(), thin.max()) == (y.min(), y.max())
    assert (thin[0], thin[-1]) == (y[0], y[-1])
    np.testing.assert_array_equal(y[x.astype(int)], thin)


def test_long_curves_are_thinned_and_the_caption_says_so(make_run: MakeRun) -> None:
    chart = cost_panels([make_run(epochs=1000)])
    assert len(chart.panels[0].curves[0].x) <= 2000
    assert chart.panels[0].curves[0].thinned_from == 4000
    assert "4,000 points" in chart.caption
