"""A study of clusters in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import clusters_notes
from wattlab.views.clusters_tables import clusters_columns
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.clusters.answer import Clusters

__all__ = ["print_clusters"]

_MORE: Final = "All numbers: --json. Figure and table: -o clusters.html or .png"


def print_clusters(answer: Clusters, console: Console | None = None) -> None:
    """Print a study of clusters: a row for each number of them, what came out, and what must be known.

    Parameters
    ----------
    answer : Clusters
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_answer(
        (answer.title, clusters_notes.circumstances(answer)),
        clusters_columns(answer),
        [
            *(("answer", one) for one in clusters_notes.conclusions(answer)),
            *clusters_notes.troubles(answer),
            *(("note", one) for one in clusters_notes.remarks(answer)),
        ],
        (*clusters_notes.reading(answer), clusters_notes.machine(answer)),
        console,
        more=_MORE,
    )
