"""The live view's whole screen, as lines that fit the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.views.monitor_rows import bar, cores, curve, gpu_rows, power_rows, processor_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from wattlab.monitor.sample import ProcessorSample, Sample
    from wattlab.monitor.trace import History
    from wattlab.views.monitor_rows import Row

__all__ = ["Facts", "screen"]

_LABEL: Final = 18
_FIGURE: Final = 10
_FACT: Final = 18
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
    gpus = [row for state in sample.gpus for row in gpu_rows(state, history)]
    processor = [_line(row, width) for row in processor_rows(sample, history)]
    processor[1:1] = _cores(sample.processor, width, tall=height >= _TALL)
    foot = _foot(facts)
    titles = 4 if gpus else 3  # the head is one of them
    room = max(2, height - len(processor) - len(foot) - titles)
    # Where it is narrow, each of the two gets half of the room, or what the other leaves.
    for_power = min(len(power), max(room - len(gpus), room // 2))
    lines = [_head(sample, facts), _title("power"), *_fitted(power, width, for_power)]
    lines += [_title("processor, memory"), *processor]
    if gpus:
        lines += [_title("graphics"), *_fitted(gpus, width, room - for_power)]
    spare = height - len(lines) - len(foot)
    shown = [*lines[: height - len(foot)], *_absent(facts, spare), *foot]
    return [_cut(line, width) for line in shown]


def _head(sample: Sample, facts: Facts) -> Text:
    from rich.text import Text

    minutes, seconds = divmod(int(sample.elapsed_s), 60)
    since = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return Text.assemble(("wattlab monitor", "bold"), f"  {since}  every {facts.interval_s:g} s")


def _title(name: str) -> Text:
    from rich.text import Text

    heads = "".join(f"{head:>{_FIGURE}}" for head in ("now", "mean", "peak"))
    return Text(f"{name:<{_LABEL}}{heads}", "bold dim")


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
    return line


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


def _absent(facts: Facts, room: int) -> list[Text]:
    """Return which sensors are not there, in what room is left, and blank lines up to the foot."""
    from rich.text import Text

    lines = [Text("not there (wattlab doctor tells more)", "bold dim")] + [
        Text(f" {one}", "dim") for one in facts.absent
    ]
    shown = lines[:room] if facts.absent and room > 1 else []
    return shown + [Text("")] * max(0, room - len(shown))


def _foot(facts: Facts) -> list[Text]:
    from rich.text import Text

    notes = [Text("  ".join(facts.notes), "dim")] if facts.notes else []
    return [*notes, Text(facts.keys, "dim")]


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _cut(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line
