"""A batch-size study in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views import batch_size_tables
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.batch_size.answer import BatchSizes

__all__ = ["print_batch_sizes"]


def print_batch_sizes(answer: BatchSizes, console: Console | None = None) -> None:
    """Print a batch-size study: every size tested, the verdicts, why sizes do not fit, and what must be known.

    Parameters
    ----------
    answer : BatchSizes
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    said = [("answer", Remark("", one)) for one in answer.verdicts]
    failed = [("no fit", one) for one in batch_size_tables.troubles(answer)]
    notes = [("note", one) for one in batch_size_tables.remarks(answer)]
    print_answer(
        (f"batch sizes of {answer.title}", batch_size_tables.circumstances(answer)),
        batch_size_tables.batch_size_columns(answer.rows),
        [*said, *failed, *notes],
        batch_size_tables.reading(answer),
        console,
        more="All numbers: --json. Figure: -o batch-size.png or .html",
    )
