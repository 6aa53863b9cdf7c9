"""AMD's cards: their counters of energy, checked before they are believed, or samples of their power.

The traps, and what is done about them: energy accumulators that are wrong (`CheckedCounter`); the second die of a card,
which tells 0 W because the first tells both (absent, never a zero); a GPU on the processor's chip, whose power is in
the processor's already (a part, never added); a card that sleeps (left asleep, and it draws nothing).

References
----------
As `wattlab.machine.amd` and `wattlab.machine.amd_smi`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.amd import AmdCard, find_amd_cards
from wattlab.machine.amd_smi import AmdSmi, open_amd_smi
from wattlab.machine.gpus import amd_visible
from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, Sensor, sort_out
from wattlab.meter.sensors.checked import CheckedCounter
from wattlab.meter.sensors.counter import EnergyCounter
from wattlab.meter.sensors.integrated import IntegratedPower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wattlab.machine.visible_gpus import Visible

__all__ = ["discover_amd"]

COUNTER_RESOLUTION_S: Final = 0.1
# The kernel does not say over which time power1_average is one; firmwares take up to a second.
RESOLUTION_S: Final = {"power1_average": 1.0, "power1_input": 0.1}
SAMPLE_S: Final = 0.1
LONGEST_GAP_S: Final = 30.0
POWER_SPREAD: Final = (0.05, 0.05)
# A card passes its limit for milliseconds.
HEADROOM: Final = 1.5
# More than any card draws, for those that do not tell their limit.
MAX_POWER_W: Final = 2000.0


def discover_amd(
    root: Path = Path("/"),
    environ: Mapping[str, str] = os.environ,
    library: Any = None,
    wall_s: Callable[[], float] = clock.wall_s,
    read: Callable[[Path], int] = read_number,
) -> tuple[list[Sensor], list[Absent]]:
    """Find the sensors of AMD's cards.

    Parameters
    ----------
    root : Path, optional
        Where ``sys`` is found.
    environ : mapping, optional
        Says which cards this process may compute on.
    library : module, optional
        ``amdsmi``, or what answers like it; by default it is imported, where there is a card.
    wall_s : callable, optional
        The clock.
    read : callable, optional
        Reads a whole number from a file.

    Returns
    -------
    sensors : list of Sensor
        One for each card that this process may compute on and that tells energy or power.
    absent : list of Absent
        The others, and what is missing.
    """
    cards = find_amd_cards(root, read)
    if not cards:
        return [], [Absent("amd", "no AMD card with the kernel's driver amdgpu")]
    visible = amd_visible(cards, environ, root)
    smi = open_amd_smi(library)
    return sort_out(_sensor(card, visible, smi, wall_s) for card in cards)


def _sensor(
    card: AmdCard, visible: Visible, smi: AmdSmi | None, wall_s: Callable[[], float]
) -> Sensor | Absent:
    if card.gpu.id not in visible.ids and not card.gpu.integrated:
        reason = f"{card.gpu.name}: {visible.variable} leaves it out, so it is not this program's"
        return Absent(_name(card), reason)
    try:
        if card.power_W() == 0 and not card.sleeps:
            reason = (
                "it tells 0 W: the second die of a card, whose first die tells both, or nothing measures it"
            )
            return Absent(_name(card), reason)
        power = IntegratedPower(_facts(card), card.power_W, wall_s)
    except (OSError, ValueError) as error:
        return Absent(_name(card), f"{card.gpu.name} does not tell its power ({error})")
    counter = None if card.gpu.integrated or card.sleeps else _counter(card, smi, wall_s)
    return CheckedCounter(counter, power) if counter else power


def _counter(card: AmdCard, smi: AmdSmi | None, wall_s: Callable[[], float]) -> EnergyCounter | None:
    """Return the sensor of the card's counter of energy; None if it has none."""
    facts = replace(
        _facts(card), resolution_s=COUNTER_RESOLUTION_S, source="counter", spread=(0.0, 0.0), note=""
    )
    readers: list[Callable[[], float]] = [lambda: card.read(card.hwmon / "energy1_input") / 1e6]
    if smi:
        readers.append(lambda: smi.energy_J(card.gpu.pci))
    for read_J in readers:
        try:
            return EnergyCounter(facts, _while_awake(card, read_J), wall_s=wall_s)
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return None


def _while_awake(card: AmdCard, read_J: Callable[[], float]) -> Callable[[], float]:
    """Return a reader that does not wake a sleeping card: what it counted stays."""
    last_J = read_J()

    def read() -> float:
        nonlocal last_J
        last_J = last_J if card.sleeps else read_J()
        return last_J

    return read


def _facts(card: AmdCard) -> Facts:
    ceiling_W = card.limits().ceiling_W()
    file = card.power_file
    whole_chip = "the whole chip, processor included" if card.gpu.integrated else ""
    return Facts(
        name=_name(card),
        domain="uncore-0" if card.gpu.integrated else f"gpu-{card.gpu.id}",
        provenance="measured",
        resolution_s=RESOLUTION_S[file.name] if file else 1.0,
        max_power_W=HEADROOM * ceiling_W if ceiling_W else MAX_POWER_W,
        limit_W=ceiling_W,
        spread=POWER_SPREAD,
        longest_gap_s=LONGEST_GAP_S,
        note="; ".join(filter(None, (whole_chip, "samples of power, added up"))),
        source="integrated",
        sample_s=SAMPLE_S,
    )


def _name(card: AmdCard) -> str:
    return f"amd:{card.gpu.id}"
