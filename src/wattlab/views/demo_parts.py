"""Which table and which figure a demonstration has."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from wattlab.demonstrations.lanes import Lanes
from wattlab.demonstrations.multiply_add import MultiplyAdd
from wattlab.demonstrations.neuron import Neuron
from wattlab.demonstrations.summation import Summation
from wattlab.demonstrations.underflow import Underflow
from wattlab.views.demo_fma import fma_columns, fma_panels
from wattlab.views.demo_lanes import lanes_columns, lanes_panels
from wattlab.views.demo_neuron import neuron_columns, neuron_panels
from wattlab.views.demo_summation import summation_columns, summation_panels
from wattlab.views.demo_underflow import underflow_columns, underflow_panels

if TYPE_CHECKING:
    from wattlab.demonstrations.outcome import Demonstrated, Outcome
    from wattlab.studies.columns import Column
    from wattlab.views.demo_chart import DemoPanel

__all__ = ["circumstances", "columns", "panels"]


@singledispatch
def columns(found: Demonstrated) -> tuple[Column, ...]:
    """Return the table of a demonstration.

    Parameters
    ----------
    found : Demonstrated
        Of a kind that has one.
    """
    raise TypeError(f"there is no table for {type(found).__name__}")


columns.register(Lanes, lanes_columns)
columns.register(MultiplyAdd, fma_columns)
columns.register(Underflow, underflow_columns)
columns.register(Summation, summation_columns)
columns.register(Neuron, neuron_columns)


@singledispatch
def panels(found: Demonstrated) -> tuple[DemoPanel, ...]:
    """Return what the figure of a demonstration shows.

    Parameters
    ----------
    found : Demonstrated
        Of a kind that has one.
    """
    raise TypeError(f"there is no figure for {type(found).__name__}")


panels.register(Lanes, lanes_panels)
panels.register(MultiplyAdd, fma_panels)
panels.register(Underflow, underflow_panels)
panels.register(Summation, summation_panels)
panels.register(Neuron, neuron_panels)


def circumstances(outcome: Outcome) -> str:
    """Return in one line when it was run, and by which version."""
    when = outcome.created_utc[:16].replace("T", " ")
    return f"{when} UTC · wattlab {outcome.wattlab_version}"
