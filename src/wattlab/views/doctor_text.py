"""A diagnosis in the terminal, in colour and wrapped; plain lines without escape codes where it goes elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from wattlab.views.terminal import is_terminal, make_console, stream_is_terminal, write_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

    from wattlab.doctor.diagnosis import Diagnosis
    from wattlab.doctor.finding import Finding
    from wattlab.doctor.mending import Change

__all__ = ["Watcher", "make_watcher", "print_changes", "print_diagnosis", "print_written"]

_MARKS: Final = {"ok": ("✓", "green"), "advice": ("!", "yellow"), "problem": ("✗", "bold red")}
_INDENT: Final = 2
_SENTENCES: Final = {
    "problem": ("1 problem", "{} problems"),
    "advice": ("1 piece of advice", "{} pieces of advice"),
    "ok": ("1 thing in order", "{} things in order"),
}


class Watcher:
    """Says on standard error what is examined now: one line that is written over, and goes in the end.

    Parameters
    ----------
    write : callable
        Writes text at once.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def __call__(self, what: str) -> None:
        """Show what is examined now."""
        self._write(f"\r\x1b[K{what} ...")

    def close(self) -> None:
        """Take the line away."""
        self._write("\r\x1b[K")


def make_watcher(*, quiet: bool = False) -> Watcher:
    """Return a watcher for standard error; one that writes nothing where that is no terminal."""
    if quiet or not stream_is_terminal(sys.stderr):
        return Watcher(lambda _: None)

    def write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    return Watcher(write)


def print_diagnosis(diagnosis: Diagnosis, console: Console | None = None) -> None:
    """Print all findings by section, and a line that sums them up.

    Parameters
    ----------
    diagnosis : Diagnosis
        What was found.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    if not is_terminal(console):
        write_plain("\n".join(_plain(diagnosis)), console)
        return
    from rich.text import Text

    console = console or make_console()
    for section in diagnosis.sections:
        console.print(Text(section.title, "bold"))
        for finding in section.findings:
            _print_finding(finding, console)
        console.print()
    console.print(_summary_text(diagnosis))
    console.print(Text(_table_line(diagnosis), "dim"))


def _print_finding(finding: Finding, console: Console) -> None:
    from rich.padding import Padding
    from rich.text import Text

    mark, style = _MARKS[finding.status]
    title_style = "" if finding.status == "ok" else "bold"
    console.print(_hanging(Text(mark, style), Text(finding.title, title_style)))
    for line in finding.detail.splitlines():
        console.print(Padding(Text(line, "dim"), (0, 0, 0, 2 * _INDENT)))
    if finding.why:
        console.print(_hanging(Text("why ", "dim"), Text(finding.why), 2 * _INDENT))
    for command in finding.mend:
        label = "mend" if finding.status != "ok" else "more"
        console.print(_hanging(Text(label, "dim"), Text(command, "cyan"), 2 * _INDENT))


def _hanging(mark: Text, text: Text, indent: int = _INDENT) -> object:
    """Return text with a mark at its left, all its lines below one another."""
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, text)
    return Padding(grid, (0, 0, 0, indent))


def _plain(diagnosis: Diagnosis) -> Iterator[str]:
    for section in diagnosis.sections:
        yield section.title
        for finding in section.findings:
            yield f"  {finding.status}: {finding.title}"
            yield from (f"    {line}" for line in finding.detail.splitlines())
            if finding.why:
                yield f"    why: {finding.why}"
            label = "mend" if finding.status != "ok" else "more"
            yield from (f"    {label}: {command}" for command in finding.mend)
        yield ""
    yield ", ".join(words for words, _ in _summary(diagnosis))
    yield _table_line(diagnosis)


def _summary(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    for status, (one, many) in _SENTENCES.items():
        count = sum(finding.status == status for finding in diagnosis.findings)
        if count or status == "problem":
            words = one if count == 1 else many.format(count or "no")
            yield words, _MARKS[status if count else "ok"][1]


def _summary_text(diagnosis: Diagnosis) -> Text:
    from rich.text import Text

    parts = [part for words in _summary(diagnosis) for part in (words, ", ")]
    return Text.assemble(*parts[:-1])


def _table_line(diagnosis: Diagnosis) -> str:
    fixes = sum(finding.fix is not None for finding in diagnosis.findings)
    what = "1 of these" if fixes == 1 else f"{fixes} of these"
    offer = f" `wattlab doctor --fix` writes {what}, after it has shown what." if fixes else ""
    return f"Versions were compared by a table of {diagnosis.table_date}.{offer}"


def print_changes(planned: Sequence[Change], console: Console | None = None) -> None:
    """Print what ``--fix`` would write, as diffs.

    Parameters
    ----------
    planned : sequence of Change
        One for each file.
    console : rich.console.Console, optional
        As for `print_diagnosis`.
    """
    text = "\n".join(change.diff() for change in planned).rstrip()
    if not is_terminal(console):
        write_plain(text, console)
        return
    from rich.text import Text

    styles = {"+": "green", "-": "red", "@": "cyan"}
    console = console or make_console()
    for line in text.splitlines():
        style = "bold" if line.startswith(("+++", "---")) else styles.get(line[:1], "")
        console.print(Text(line, style), soft_wrap=True)


def print_written(written: Sequence[tuple[Path, Path | None]]) -> None:
    """Print which files were written, and where the older ones are."""
    for path, backup in written:
        write_plain(f"wrote {path}" + (f"; as it was: {backup}" if backup else ""), None)
        if path.suffix == ".sh":
            write_plain(f"for this shell: source {path}", None)
            write_plain(f"for every new one: echo 'source {path}' >> ~/.bashrc", None)
