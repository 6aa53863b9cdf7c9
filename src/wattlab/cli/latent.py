"""``wattlab latent``: the code of an autoencoder, held against a normal distribution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, RunName, RunsFolder, ThemeOption, check_least

if TYPE_CHECKING:
    from wattlab.insight.latent.regions import Axes

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(latent)


def latent(
    run: RunName,
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help='Whose outputs are looked at; left out: "latent", or the narrowest layer.'
        ),
    ] = None,
    part: Annotated[
        str, typer.Option(metavar="test|training|validation", help="Samples that are encoded.")
    ] = "test",
    axes: Annotated[
        str | None,
        typer.Option(
            metavar="I,J|pca", help="The plane: two numbers of the code, from 0, or its two main axes."
        ),
    ] = None,
    confidence: Annotated[
        str, typer.Option(metavar="SHARE,…", help="Shares of the normal distribution to draw ellipses for.")
    ] = "0.5,0.9,0.95",
    by_class: Annotated[bool, typer.Option("--by-class", help="Ellipses for each class, too.")] = False,
    walk: Annotated[int, typer.Option(metavar="N", help="Decoded codes along each main axis; 0: none.")] = 7,
    samples: Annotated[
        int, typer.Option(metavar="N", help="Decoded samples of the fitted distribution; 0: none.")
    ] = 25,
    as_map: Annotated[
        bool,
        typer.Option(
            "--map",
            help="With -o: draw how a standard normal distribution becomes the fitted one instead.",
        ),
    ] = False,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show how an autoencoder's codes are distributed, held against a normal distribution."""
    from wattlab.insight.latent import latent as look_at
    from wattlab.records.store import RunStore
    from wattlab.views.latent_text import print_latent
    from wattlab.views.plots.file import check_plot_path
    from wattlab.views.plots.latent import draw_latent
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    check_least(walk, "--walk", 0)
    check_least(samples, "--samples", 0)
    if output is not None:
        check_plot_path(output)
    found = look_at(
        RunStore(runs).find(run),
        part=part,
        layer=layer,
        axes=_axes(axes),
        confidences=_shares(confidence),
        n_steps=walk,
        n_samples=samples,
    )
    path = (
        None
        if output is None
        else draw_latent(found, by_class=by_class, as_map=as_map, theme=look).save(output)
    )
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_latent(found, by_class=by_class)


def _axes(text: str | None) -> Axes | None:
    from wattlab.errors import ParameterError

    if text is None:
        return None
    if text == "pca":
        return "pca"
    try:
        first, second = (int(one) for one in text.split(","))
    except ValueError:
        msg = f"--axes is {text!r}; expected two numbers of the code, such as 0,1, or pca"
        raise ParameterError(msg) from None
    return first, second


def _shares(text: str) -> tuple[float, ...]:
    from wattlab.errors import ParameterError

    try:
        return tuple(float(one) for one in text.split(","))
    except ValueError:
        msg = f"--confidence is {text!r}; expected shares between 0 and 1, such as 0.5,0.95"
        raise ParameterError(msg) from None
