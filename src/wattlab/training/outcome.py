"""From a finished loop to a record, and from there to a folder."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from wattlab import __version__
from wattlab.engines.initial import architecture_of
from wattlab.meter.price import co2e, money, surcharges
from wattlab.meter.quantity import Quantity
from wattlab.records.model import Model
from wattlab.records.record import MOST_FEATURE_NAMES, DatasetFacts, RunCost, RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.data.dataset import Dataset
    from wattlab.machine.fingerprint import Machine
    from wattlab.records.history import HistoryWriter
    from wattlab.records.record import StopReason
    from wattlab.records.run import Run
    from wattlab.records.store import OpenRun
    from wattlab.settings import Settings
    from wattlab.training.loop import Loop

__all__ = ["write_run"]

NEGLIGIBLE_S = 0.001
"""A warm-up that took less compiled nothing worth a phase of its own."""


def write_run(
    open_run: OpenRun, loop: Loop, dataset: Dataset, reason: StopReason, machine: Machine, settings: Settings
) -> Run:
    """Evaluate what is left, write all files of a run, the record last, and give it its name."""
    with loop.spending.meter.window("evaluation", loop.trainer.synchronize):
        scores = loop.final_scores(reason)
        confusion = _confusion(loop)
    model = Model(
        loop.recipe, loop.data.transform, loop.trainer.weights(), loop.data.classes, loop.data.image_shape
    )
    open_run.write("weights.safetensors", model.save())
    open_run.write("history.npz", _history_bytes(loop))
    # Last, as it may compute: what was trained is written.
    phases = loop.sampling.phases(loop.spending.costs()["training"])
    record = _record(open_run.id, loop, dataset, reason, scores, confusion, machine, settings)
    record = record.model_copy(update={"phases": phases})
    return open_run.finish(record)


def _confusion(loop: Loop) -> tuple[tuple[int, ...], ...] | None:
    """Count test samples by true and predicted class; None for numbers, and where the test part stays closed."""
    if loop.data.classes is None or not loop.recipe.evaluation.test:
        return None
    n_classes = loop.data.n_outputs
    predicted = loop.trainer.predict(loop.data.test.features).argmax(axis=1)
    pairs = np.bincount(loop.data.test.labels * n_classes + predicted, minlength=n_classes**2)
    return tuple(tuple(row) for row in pairs.reshape(n_classes, n_classes).tolist())


def _history_bytes(loop: Loop) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **loop.history.history().arrays)
    return buffer.getvalue()


def _record(
    run_id: str,
    loop: Loop,
    dataset: Dataset,
    reason: StopReason,
    scores: Mapping[str, float],
    confusion: tuple[tuple[int, ...], ...] | None,
    machine: Machine,
    settings: Settings,
) -> RunRecord:
    judge, past, history = loop.judge, loop.past, loop.history
    energy = judge.energy_to_target
    return RunRecord(
        wattlab_version=__version__,
        id=run_id,
        recipe=loop.recipe.model_dump(mode="json"),
        created_utc=past.created_utc,
        stop_reason=reason,
        epochs=history.n_epochs,
        steps=loop.steps,
        n_parameters=architecture_of(loop.recipe, loop.data).n_parameters,
        score_name="R²" if loop.data.classes is None else "accuracy",
        test_score=scores.get("test", np.nan),
        train_score=_last(history, "train_score"),
        validation_score=_known(scores.get("validation", np.nan)),
        target=loop.recipe.stop.target,
        target_part="validation" if loop.judged_part == "validation" else "test",
        reached_target=judge.reached,
        target_epoch=judge.target_epoch,
        time_to_target_s=judge.time_to_target_s,
        energy_to_target=None if energy is None else Quantity.from_dict(energy),
        confusion=confusion,
        samples_per_s=loop.samples_per_s(),
        cost=_cost(loop, settings),
        dataset=_facts(loop, dataset),
        machine={**machine.to_dict(), "id": machine.id, "line": machine.one_line()},
        engine=loop.trainer.facts(),
        skipped_steps=int(np.nansum(history.history()["skipped_steps"])),
        start_from=past.start_from,
        start=past.start,
        sessions=past.sessions + 1,
        message="; ".join(one for one in (*loop.data.notes, loop.message) if one),
    )


def _last(history: HistoryWriter, column: str) -> float | None:
    """Return a column's value after the last epoch; None if it was not found then."""
    values = history.history()[column]
    return _known(float(values[-1])) if len(values) else None


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _cost(loop: Loop, settings: Settings) -> RunCost:
    costs = loop.spending.costs()
    energy = costs["total"].energy
    return RunCost(
        total=costs["total"],
        start_up=costs["start-up"],
        data=costs["data"],
        compile=costs["compile"] if (costs["compile"].wall.value or 0.0) > NEGLIGIBLE_S else None,
        training=costs["training"],
        evaluation=costs["evaluation"],
        price=money(energy, settings),
        co2e=co2e(energy, settings),
        surcharges=surcharges(energy, settings),
    )


def _facts(loop: Loop, dataset: Dataset) -> DatasetFacts:
    keeps_names = dataset.own_names and dataset.n_features <= MOST_FEATURE_NAMES
    return DatasetFacts(
        name=dataset.name,
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        n_train=len(dataset.train.labels),
        n_validation=0 if dataset.validation is None else len(dataset.validation.labels),
        n_test=len(dataset.test.labels),
        n_features=dataset.n_features,
        n_features_used=loop.data.train.features.shape[1],
        classes=loop.data.classes,
        image_shape=dataset.image_shape,
        feature_names=tuple(dataset.feature_names) if keeps_names else None,
    )
