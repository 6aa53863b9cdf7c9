"""The confusion of a run on any part of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.insight.mistakes.asked import classes_of
from wattlab.insight.mistakes.confusion import Confusion, confusion_of_labels, recorded_confusion
from wattlab.insight.subject import open_part, open_subject

if TYPE_CHECKING:
    from wattlab.records.run import Run

__all__ = ["find_confusion"]


def find_confusion(run: Run, part: str = "test") -> Confusion:
    """Return which classes a run takes for which.

    Parameters
    ----------
    run : Run
        One that classifies.
    part : {"test", "validation", "training"}
        On which samples. That of the test part is in the run's record; any other is predicted now.

    Raises
    ------
    wattlab.errors.RunError
        If the run does not classify, or left the test part closed.
    wattlab.errors.DataError
        If the run had no such part, or the data are no longer those of the run.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> find_confusion(run).accuracy == run.record.test_accuracy
    True
    """
    classes = classes_of(run)
    part = open_part(run, part)
    recorded = recorded_confusion(run.record) if part == "test" else None
    if recorded is not None:
        return recorded._replace(run=run.id)
    subject = open_subject(run)
    samples = subject.part(part)
    predicted = subject.model.outputs(samples.features).argmax(axis=1)
    return confusion_of_labels(samples.labels, predicted, classes, part)._replace(run=run.id)
