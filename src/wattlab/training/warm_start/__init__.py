"""Warm starts: the weights of an earlier run as the initial ones of another, whatever fed its network."""

from wattlab.training.warm_start.carry import Target
from wattlab.training.warm_start.check import check_chain
from wattlab.training.warm_start.earlier import Earlier, find_earlier

__all__ = ["Earlier", "Target", "check_chain", "find_earlier"]
