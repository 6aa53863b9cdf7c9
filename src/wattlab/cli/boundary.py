"""``wattlab boundary``: where a classifier changes its answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, RunsFolder, ThemeOption
from wattlab.errors import UserError

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(boundary)


def boundary(
    target: Annotated[
        str,
        typer.Argument(
            metavar="DATA|RUN",
            help='A data set (moons, blobs, a file), which --model learns; else a run, or "last".',
        ),
    ],
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="linear-svc, poly2-linear-svc, poly3-linear-svc, svc-poly, svc-rbf or native (our network, if left "
            "out); poly4-linear-svc and svc-poly2: any degree to 9. Several in one figure: say it again.",
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="All models in one figure.")] = False,
    noise: Annotated[
        float | None, typer.Option(help="Of the moons: standard deviation of each coordinate; 0.2.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Of drawn data: training and test together; 1000.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Of the moons: share of the second class, 0.5; other: imbalanced.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Of a file: the column or array with the labels.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="OPTION=VALUE", help="Any other option of the data: seed=1, spread=2."),
    ] = None,
    C: Annotated[
        float | None, typer.Option("--C", help="Of support vector machines: what a violated margin costs; 1.")
    ] = None,
    gamma: Annotated[
        float | None, typer.Option(help="Of the kernels: 1 / squared width. Left out: by the variance.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the network, and of LinearSVC where it draws; 0.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(help="Fits of each model, 3; time and energy are medians.")
    ] = None,
    plane: Annotated[
        str | None,
        typer.Option(
            metavar="A,B|pca", help="Two features by name or place, or the first two principal components."
        ),
    ] = None,
    through: Annotated[
        str, typer.Option(metavar="mean|median|N", help="Where the plane lies: N is a sample of --part.")
    ] = "mean",
    part: Annotated[
        str, typer.Option("--part", metavar="test|train|validation", help="Samples that are shown.")
    ] = "test",
    mesh: Annotated[
        int | None, typer.Option(help="Points along each side; 300, of several models 200.")
    ] = None,
    margin: Annotated[float, typer.Option(help="Around the samples, as a share of their range.")] = 0.1,
    surface: Annotated[
        bool, typer.Option("--3d", help="Draw probability or decision value as a surface.")
    ] = False,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Find where a classifier changes its answer: regions, the line, margins and support vectors, accuracy and cost.

    Of data: a model is fitted under the meter. Of a run: its network as it is.
    """
    from wattlab.insight.boundary import BoundaryAsked, find_boundaries
    from wattlab.insight.boundary.asked import taken_for_run
    from wattlab.insight.boundary.cut import read_cut
    from wattlab.recipe.override import parse_assignment
    from wattlab.views.boundary_text import print_boundaries
    from wattlab.views.counting import counting
    from wattlab.views.plots.boundaries import plot_boundaries
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    if output is not None:
        check_plot_path(output)
    elif surface:
        raise UserError("--3d draws a surface, so it needs a file; add one, as in -o boundary.png")
    options = dict(map(parse_assignment, changes or ()))
    several = compare or len(models or ()) > 1
    asked = BoundaryAsked(
        target,
        tuple(models or ()),
        compare,
        options={"noise": noise, "samples": samples, "share": share, "label": label, **options},
        settings={"C": C, "gamma": gamma, "seed": seed},
        rounds=rounds,
        cut=read_cut(
            plane,
            through,
            part=part,
            mesh=mesh if mesh is not None else (200 if several else 300),
            margin=margin,
        ),
    )
    with counting("fits") as tell:
        found = find_boundaries(asked, runs, tell)
    remark = taken_for_run(target, found.contenders[0].name)
    if remark:
        print(remark, file=sys.stderr)
    path = None
    if output is not None:
        path = write_plot(plot_boundaries(found, surface=surface, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_boundaries(found)
