"""Saying that pictures are being decoded, which can take minutes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["say", "telling"]


def say(text: str) -> None:
    """Print one line on standard error."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(text, highlight=False, markup=False)


@contextmanager
def telling(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """Say what begins, and give a function that counts pictures done: it moves a bar, on a terminal."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    say(text)
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:-1], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("pictures", total=total)
        yield lambda count: progress.update(task, advance=count)
