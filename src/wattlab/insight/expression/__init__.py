"""Functions given as text: a small grammar without ``eval``, with exact derivatives."""

from wattlab.insight.expression.expression import Expression, parse
from wattlab.insight.expression.functions import CONSTANTS, FUNCTIONS

__all__ = ["CONSTANTS", "FUNCTIONS", "Expression", "parse"]
