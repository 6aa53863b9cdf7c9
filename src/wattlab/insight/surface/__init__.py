"""Functions of two variables over a rectangle: levels, critical points, and what a quadratic one is."""

from wattlab.insight.surface.critical import CriticalPoint, find_critical_points
from wattlab.insight.surface.quadratic import Quadratic, quadratic
from wattlab.insight.surface.surface import Place, Surface, Surfaces, compute_surface, surface_from_values

__all__ = [
    "CriticalPoint",
    "Place",
    "Quadratic",
    "Surface",
    "Surfaces",
    "compute_surface",
    "find_critical_points",
    "quadratic",
    "surface_from_values",
]
