"""The figure of a shear, whatever it is applied to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse
from wattlab.insight.geometry.sheared_solids import ShearedCube, ShearedSquare
from wattlab.insight.geometry.stages import MapSteps, ShearSequence
from wattlab.views.plots.plot import make_plot
from wattlab.views.plots.shear_cube import cube_chart
from wattlab.views.plots.shear_ellipse import ellipse_chart
from wattlab.views.plots.shear_square import square_chart
from wattlab.views.plots.shear_steps import sequence_chart, steps_chart

if TYPE_CHECKING:
    from wattlab.insight.geometry.asked import Sheared
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

    Shown = TypeVar("Shown", bound=Sheared)

__all__ = ["plot_shear"]

_CHARTS: Final[dict[type[Any], Any]] = {
    ShearedEllipse: ellipse_chart,
    ShearedSquare: square_chart,
    ShearedCube: cube_chart,
    MapSteps: steps_chart,
    ShearSequence: sequence_chart,
}


def plot_shear(found: Shown, *, theme: ThemeName = "light") -> Plot[Shown]:
    """Draw a figure before and after a shear, or the steps of a decomposition or a product.

    Parameters
    ----------
    found : ShearedEllipse, ShearedSquare, ShearedCube, MapSteps or ShearSequence
        From `shear_circle`, `shear_ellipse`, `shear_conic`, `shear_square`, `shear_cube`, `follow_steps` or
        `follow_shears` of `wattlab.insight.geometry`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.insight.geometry import shear_circle
    >>> plot_shear(shear_circle(2.0, 2.0))
    Plot('A sheared circle: along x, λ = 2': ShearedEllipse)
    """
    return make_plot(_CHARTS[type(found)](found), found, theme)
