"""What a network looked like after each epoch of its training."""

from wattlab.insight.epochs.asked import EpochsAsked, find_epochs
from wattlab.insight.epochs.film import BoundaryFilm, Film, LatentFilm
from wattlab.insight.epochs.weights import EpochWeights, epoch_weights

__all__ = [
    "BoundaryFilm",
    "EpochWeights",
    "EpochsAsked",
    "Film",
    "LatentFilm",
    "epoch_weights",
    "find_epochs",
]
