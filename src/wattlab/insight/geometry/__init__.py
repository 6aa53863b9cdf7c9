"""The geometry behind latent spaces: shears, ellipses, decompositions, normal distributions."""

from __future__ import annotations

from wattlab.insight.geometry.confidence import confidence_of, mahalanobis_radius
from wattlab.insight.geometry.conic import Conic
from wattlab.insight.geometry.decomposition import Decomposition, Step, Turn, decompose, turn_of
from wattlab.insight.geometry.eigenspaces import Eigenspace, eigenspaces, is_diagonalisable
from wattlab.insight.geometry.ellipse import Ellipse, ExtremalPoints
from wattlab.insight.geometry.ellipsoid import Ellipsoid
from wattlab.insight.geometry.matrices import rotation, rotation_3d, scaling, shear, shear_3d, shear_along
from wattlab.insight.geometry.normal import Normal
from wattlab.insight.geometry.normal_maps import NormalMaps, NormalStep
from wattlab.insight.geometry.products import ShearProduct, multiply_shears, rotation_as_shears, triangle_of
from wattlab.insight.geometry.sheared_circle import ShearedCircle, sheared_circle
from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse, shear_circle, shear_conic, shear_ellipse
from wattlab.insight.geometry.sheared_solids import ShearedCube, ShearedSquare, shear_cube, shear_square
from wattlab.insight.geometry.stages import MapSteps, ShearSequence, follow_shears, follow_steps
from wattlab.insight.geometry.symmetries import PureScaling, box_symmetries, cube_symmetries, pure_scalings

__all__ = [
    "Conic",
    "Decomposition",
    "Eigenspace",
    "Ellipse",
    "Ellipsoid",
    "ExtremalPoints",
    "MapSteps",
    "Normal",
    "NormalMaps",
    "NormalStep",
    "PureScaling",
    "ShearProduct",
    "ShearSequence",
    "ShearedCircle",
    "ShearedCube",
    "ShearedEllipse",
    "ShearedSquare",
    "Step",
    "Turn",
    "box_symmetries",
    "confidence_of",
    "cube_symmetries",
    "decompose",
    "eigenspaces",
    "follow_shears",
    "follow_steps",
    "is_diagonalisable",
    "mahalanobis_radius",
    "multiply_shears",
    "pure_scalings",
    "rotation",
    "rotation_3d",
    "rotation_as_shears",
    "scaling",
    "shear",
    "shear_3d",
    "shear_along",
    "shear_circle",
    "shear_conic",
    "shear_cube",
    "shear_ellipse",
    "shear_square",
    "sheared_circle",
    "triangle_of",
    "turn_of",
]
