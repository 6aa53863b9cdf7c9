"""``wattlab epochs``: a network as it forms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from wattlab.cli.shared import JsonFlag, QuietFlag, RunName, RunsFolder, ThemeOption, read_word

if TYPE_CHECKING:
    from wattlab.insight.epochs import Film
    from wattlab.views.plots.themes import ThemeName

__all__ = ["add_to"]

_KINDS: Final[tuple[Literal["boundary", "latent"], ...]] = ("boundary", "latent")
_STILLS: Final = (".png", ".svg", ".pdf", ".html", ".json")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(epochs)


def epochs(
    run: RunName,
    what: Annotated[
        str | None,
        typer.Option(
            "--what",
            metavar="|".join(_KINDS),
            help="Left out: latent for autoencoders and with --layer, else boundary.",
        ),
    ] = None,
    every: Annotated[int, typer.Option(metavar="N", help="Only every N-th epoch, and the last one.")] = 1,
    frames: Annotated[int, typer.Option(help="Frames at most.")] = 100,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 10.0,
    layer: Annotated[
        str | None, typer.Option(help="Whose outputs are the codes. Left out: the code of an autoencoder.")
    ] = None,
    plane: Annotated[
        str | None,
        typer.Option(
            metavar="A,B|pca", help="Two features, or main axes, where there are more than two features."
        ),
    ] = None,
    through: Annotated[
        str, typer.Option(metavar="mean|median|N", help="Where that plane lies: at sample N of the part.")
    ] = "mean",
    part: Annotated[
        str, typer.Option(metavar="test|train|validation", help="Samples that are drawn.")
    ] = "test",
    mesh: Annotated[int, typer.Option(help="Points along each side of the boundary's mesh.")] = 150,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A film: .gif, .webp, .apng. Some epochs side by side: .png, .svg, .pdf, .html. All numbers: .json.",
        ),
    ] = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show a network as it forms: the boundary between classes, or the codes of samples, epoch by epoch.

    A run that was not trained with --keep-weights is trained again, aside, with its own recipe and seed.
    --json leaves out the meshes of the boundaries, tens of MB, which -o FILE.json has.
    """
    from wattlab.insight.boundary.cut import read_cut
    from wattlab.insight.epochs import EpochsAsked, find_epochs
    from wattlab.records.store import RunStore
    from wattlab.views.epochs_text import print_epochs
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme
    from wattlab.views.progress import make_observer

    look = get_theme(theme).name
    kind = None if what is None else read_word(what, "--what", _KINDS)
    _check(output, fps)
    cut = read_cut(plane, through, part=part, mesh=mesh)
    asked = EpochsAsked(kind, every, frames, layer, cut)
    film = find_epochs(RunStore(runs).find(run), asked, make_observer(quiet=quiet))
    if output is not None:
        _write(film, output, fps, look)
    if as_json:
        print(to_json(film.numbers()))
    elif output is not None:
        print(output)
    elif not quiet:
        print_epochs(film)


def _check(output: Path | None, fps: float) -> None:
    """Refuse what could not be written before anything is trained."""
    from wattlab.views.plots.file import check_plot_path
    from wattlab.views.plots.film import check_film_path, check_fps

    check_fps(fps)
    if output is not None:
        (check_plot_path if output.suffix.lower() in _STILLS else check_film_path)(output)


def _write(film: Film, output: Path, fps: float, theme: ThemeName) -> None:
    from wattlab.views.plots.epochs import film_charts, plot_epochs
    from wattlab.views.plots.file import write_plot
    from wattlab.views.plots.film import save_film

    if output.suffix.lower() in _STILLS:
        write_plot(plot_epochs(film, theme=theme), output)
    else:
        save_film(film_charts(film), output, fps=fps, theme=theme)
