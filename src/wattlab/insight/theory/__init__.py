"""Risk, gradient descent and capacity: what training does, on losses small enough to be looked at."""

from wattlab.insight.theory.capacity import CapacityCurve, capacity_curve
from wattlab.insight.theory.comparison import Descents, compare_descents
from wattlab.insight.theory.descent import DescentPath, descend
from wattlab.insight.theory.divergence import Divergence, around_bound
from wattlab.insight.theory.formula import Formula
from wattlab.insight.theory.landscape import Landscape, landscape
from wattlab.insight.theory.objective import Objective
from wattlab.insight.theory.regression import LeastSquares, mini_batches, talk
from wattlab.insight.theory.risk import empirical_risk, risk_surface
from wattlab.insight.theory.rules import OPTIMIZERS, make_optimizer
from wattlab.insight.theory.stability import Curvature, StableRate, curvature_at, stable_rate
from wattlab.insight.theory.surface import LossSurface, loss_surface

__all__ = [
    "OPTIMIZERS",
    "CapacityCurve",
    "Curvature",
    "DescentPath",
    "Descents",
    "Divergence",
    "Formula",
    "Landscape",
    "LeastSquares",
    "LossSurface",
    "Objective",
    "StableRate",
    "around_bound",
    "capacity_curve",
    "compare_descents",
    "curvature_at",
    "descend",
    "empirical_risk",
    "landscape",
    "loss_surface",
    "make_optimizer",
    "mini_batches",
    "risk_surface",
    "stable_rate",
    "talk",
]
