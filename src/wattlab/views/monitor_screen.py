"""The live view's whole screen, as lines that fit the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.units import format_seconds
from wattlab.views.monitor_rows import bar, cores, curve, gpu_rows, power_rows, processor_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.text import Text

    from wattlab.monitor.sample import ProcessorSample, Sample
    from wattlab.monitor.trace import History
    from wattlab.views.monitor_rows import Row

__all__ = ["Facts", "screen"]

_LABEL: Final = 18
_FIGURE: Final = 10
_FACT: Final = 16
_CORE: Final = 24
_MARGIN: Final = 1
_TALL: Final = 36


@dataclass(frozen=True, slots=True)
class Facts:
    """What the screen says beside the sample.

    Attributes
    ----------
    interval_s : float
        Time between two samples. Unit: s.
    keys : str
        How to end.
    notes : tuple of str
        What is recorded and served, and what went wrong.
    absent : tuple of str
        Sensors that are not there, with the remedy.
    """

    interval_s: float
    keys: str
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def screen(sample: Sample, history: History, facts: Facts, width: int, height: int) -> list[Text]:
    """Return the lines of a screen, as many as there is room for.

    Parameters
    ----------
    sample : Sample
        The newest.
    history : History
        All so far.
    facts : Facts
        What stands beside it.
    width, height : int
        Of the terminal, in signs.
    """
    power = list(power_rows(sample, history))
    processor = [_line(row, width) for row in processor_rows(sample, history)]
    processor[1:1] = _cores(sample.processor, width, tall=height >= _TALL)
    gpus = [_line(row, width) for state in sample.gpus for row in gpu_rows(state, history)]
    foot = _foot(facts, width)
    room = height - len(processor) - len(gpus) - len(foot) - (4 if gpus else 3)
    lines = [_head(sample, facts, width), _title("power", width), *_fitted(power, width, max(1, room))]
    lines += [_title("processor and memory", width), *processor]
    if gpus:
        lines += [_title("graphics", width), *gpus]
    spare = height - len(lines) - len(foot)
    return [*lines[: height - len(foot)], *_absent(facts, width, spare), *foot]


def _head(sample: Sample, facts: Facts, width: int) -> Text:
    from rich.text import Text

    # Without fractions, or the text would grow and shrink under the eye.
    since = format_seconds(float(int(sample.elapsed_s))) if sample.elapsed_s >= 1 else "0 s"
    left = Text.assemble(("wattlab monitor", "bold"), f"  {since}  every {facts.interval_s:g} s")
    return _cut(left, width)


def _title(name: str, width: int) -> Text:
    from rich.text import Text

    heads = "".join(f"{head:>{_FIGURE}}" for head in ("now", "mean", "peak"))
    return _cut(Text(f"{name:<{_LABEL}}"[:_LABEL].ljust(_LABEL) + heads, "bold dim"), width)


def _line(row: Row, width: int) -> Text:
    """Return a gauge's line: label, figures, and the curve in what is left of the width."""
    from rich.text import Text

    *numbers, fact = row.figures
    line = Text(f" {_shortened(row.label, _LABEL - 1):<{_LABEL - 1}}")
    for piece in numbers:
        line.append(f"{piece.text:>{_FIGURE}}", piece.style)
    line.append(f"  {fact.text}" if not numbers else f"  {fact.text:<{_FACT}}", fact.style)
    rest = width - line.cell_len - _MARGIN
    if row.note:
        line.append(row.note, "red")
    elif row.trace is not None and rest > 0:
        top = row.top if row.top is not None else row.trace.peak or 1.0
        line.append(curve(list(row.trace.values), rest, top), numbers[0].style if numbers else "")
    return _cut(line, width)


def _fitted(rows: Sequence[Row], width: int, room: int) -> Iterator[Text]:
    """Yield the rows; where there are too many, the parts of domains give way first, and that is said."""
    from rich.text import Text

    kept = list(rows)
    while len(kept) > max(1, room - 1) and len(rows) > room:
        parts = [row for row in kept if row.label.startswith(" ")] or kept[1:]
        kept.remove(parts[-1])
    yield from (_line(row, width) for row in kept)
    if len(kept) < len(rows):
        yield Text(f"   … {len(rows) - len(kept)} more; a taller terminal shows them", "dim")


def _cores(processor: ProcessorSample, width: int, *, tall: bool) -> list[Text]:
    """Return the cores: a sign each, or in a tall terminal a bar each with its clock."""
    from rich.text import Text

    loads = processor.core_loads
    columns = max(1, (width - _MARGIN) // _CORE)
    if not tall or len(loads) > 8 * columns:
        signs = cores(loads)
        room = max(1, width - _LABEL - _MARGIN)
        chunks = [signs[start : start + room] for start in range(0, len(signs), room)]
        return [
            Text.assemble(f"{' cores' if not index else '':<{_LABEL}}", (chunk, "cyan"))
            for index, chunk in enumerate(chunks)
        ]
    cells = [_core(index, load, processor.core_clocks_Hz) for index, load in enumerate(loads)]
    return [
        Text.assemble(*(part for cell in cells[start : start + columns] for part in cell))
        for start in range(0, len(cells), columns)
    ]


def _core(index: int, load: float | None, clocks_Hz: Sequence[float]) -> tuple[tuple[str, str], ...]:
    clock = f"{clocks_Hz[index] / 1e9:.2f} GHz" if index < len(clocks_Hz) else ""
    return (f" {index:>3} ", ""), (bar(load or 0.0, 8), "cyan"), (f" {clock:<{_CORE - 14}}", "dim")


def _absent(facts: Facts, width: int, room: int) -> list[Text]:
    """Return which sensors are not there, in what room is left, and blank lines up to the foot."""
    from rich.text import Text

    lines = [Text("not there", "bold dim")] + [Text(f" {one}", "dim") for one in facts.absent]
    shown = [_cut(line, width) for line in lines[:room]] if facts.absent and room > 1 else []
    return shown + [Text("")] * max(0, room - len(shown))


def _foot(facts: Facts, width: int) -> list[Text]:
    from rich.text import Text

    return [
        _cut(Text("  ".join(_each(facts.notes)), "dim"), width) if facts.notes else Text(""),
        _cut(Text(facts.keys, "dim"), width),
    ][0 if facts.notes else 1 :]


def _each(notes: Iterable[str]) -> list[str]:
    return [note for note in notes if note]


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _cut(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line
