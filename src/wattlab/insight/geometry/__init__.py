"""The geometry behind latent spaces: shears, ellipses, decompositions, normal distributions."""

from __future__ import annotations

from wattlab.insight.geometry.confidence import confidence_of, mahalanobis_radius
from wattlab.insight.geometry.conic import Conic
from wattlab.insight.geometry.ellipse import Ellipse, ExtremalPoints
from wattlab.insight.geometry.ellipsoid import Ellipsoid
from wattlab.insight.geometry.matrices import rotation, rotation_3d, scaling, shear, shear_3d, shear_along
from wattlab.insight.geometry.normal import Normal
from wattlab.insight.geometry.normal_maps import Factored, NormalMaps

__all__ = [
    "Conic",
    "Ellipse",
    "Ellipsoid",
    "ExtremalPoints",
    "Factored",
    "Normal",
    "NormalMaps",
    "confidence_of",
    "mahalanobis_radius",
    "rotation",
    "rotation_3d",
    "scaling",
    "shear",
    "shear_3d",
    "shear_along",
]
