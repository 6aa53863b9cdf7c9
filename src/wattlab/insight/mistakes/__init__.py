"""What a network takes for what: the confusion matrix, and the samples it misreads."""

from __future__ import annotations

from wattlab.insight.mistakes.confusion import Confusion, confusion_of_labels
from wattlab.insight.mistakes.misread import Misread, find_misread
from wattlab.insight.mistakes.predicted import find_confusion

__all__ = ["Confusion", "Misread", "confusion_of_labels", "find_confusion", "find_misread"]
