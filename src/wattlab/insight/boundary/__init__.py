"""Where a classifier changes its answer: the line, the regions, margins and support vectors, in a plane."""

from wattlab.insight.boundary.adapters import as_classifier
from wattlab.insight.boundary.asked import BoundaryAsked, find_boundaries
from wattlab.insight.boundary.compare import Boundaries, Contender, boundaries, run_boundary
from wattlab.insight.boundary.cut import Cut
from wattlab.insight.boundary.finding import boundary
from wattlab.insight.boundary.models import MODELS, ModelSettings, make_model
from wattlab.insight.boundary.plane import Plane, feature_plane, plane_through, principal_plane
from wattlab.insight.boundary.result import Boundary, Samples

__all__ = [
    "MODELS",
    "Boundaries",
    "Boundary",
    "BoundaryAsked",
    "Contender",
    "Cut",
    "ModelSettings",
    "Plane",
    "Samples",
    "as_classifier",
    "boundaries",
    "boundary",
    "feature_plane",
    "find_boundaries",
    "make_model",
    "plane_through",
    "principal_plane",
    "run_boundary",
]
