"""The loop that joins recipe, data, engine and meter, and leaves a run."""

from wattlab.training.observer import EpochReport, Observer, Plan
from wattlab.training.session import resume, train
from wattlab.training.start import Start, TrainingInterrupted

__all__ = ["EpochReport", "Observer", "Plan", "Start", "TrainingInterrupted", "resume", "train"]
