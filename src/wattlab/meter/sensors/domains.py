"""Which part of a machine lies inside which other, and which sensors may therefore be added up.

A domain is named by its kind and, where there are several, an index behind a hyphen: "package-0", "gpu-…"::

    machine                      all that the socket or the battery feeds
      board                      a whole board: the input of a Jetson module
        psys                     RAPL's platform domain
          package-N              a processor: its cores, caches, and a GPU on the same chip
            core-N, uncore-N
          dram-N                 memory beside the processor
          cpu                    what the model stands for
        gpu-ID                   a graphics card of its own
        rail-NAME                a supply rail of a board

A figure of an inner domain is in the outer one's already, so the two are never added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wattlab.meter.sensors.base import Sensor

__all__ = ["KINDS", "choose", "contains", "covers_processor", "kind_of"]

_WITHIN: Final = {
    "board": "machine",
    "psys": "board",
    "gpu": "board",
    "rail": "board",
    "package": "psys",
    "dram": "psys",
    "cpu": "psys",
    "core": "package",
    "uncore": "package",
}
KINDS: Final = frozenset({"machine", *_WITHIN})
"""All kinds of domain."""
# Parts of one package carry its index.
_INDEXED: Final = {"package"}
# Cores alone, say, would be a fraction that looks like the whole: only these are ever added up.
_WHOLE: Final = ("machine", "board", "psys", "package", "cpu", "dram", "gpu")
_PROCESSOR: Final = {"machine", "board", "psys", "package", "cpu"}
_TRUST: Final = ("plug", "counter", "integrated", "battery", "model")


def kind_of(domain: str) -> str:
    """Return the kind of a domain: "package" of "package-0"."""
    return domain.partition("-")[0]


def contains(outer: str, inner: str) -> bool:
    """Return whether the energy of `inner` is in the figure of `outer` already.

    Examples
    --------
    >>> contains("psys", "core-0"), contains("package-0", "core-0"), contains("package-1", "core-0")
    (True, True, False)
    >>> contains("machine", "gpu-0"), contains("psys", "gpu-0"), contains("gpu-0", "gpu-0")
    (True, False, False)
    """
    wanted, kind = kind_of(outer), kind_of(inner)
    while kind in _WITHIN:
        kind = _WITHIN[kind]
        if kind == wanted:
            return kind not in _INDEXED or outer.partition("-")[2] == inner.partition("-")[2]
    return False


def covers_processor(sensors: Iterable[Sensor]) -> bool:
    """Return whether one of the sensors counts what the processor draws."""
    return any(kind_of(sensor.facts.domain) in _PROCESSOR for sensor in sensors)


def choose(sensors: Sequence[Sensor], model: Callable[[], Sensor] | None = None) -> tuple[Sensor, ...]:
    """Choose the sensors that may be added up, the most trusted first, so that nothing is counted twice.

    Parameters
    ----------
    sensors : sequence of Sensor
        All that can be read.
    model : callable, optional
        Makes the model of the processor, for where nothing counts it.

    Returns
    -------
    tuple of Sensor
        A wall plug alone, else counters of disjoint domains. Where none of those counts the processor: the battery,
        which counts everything, else the model added.

    Notes
    -----
    Whether RAPL's platform domain holds a graphics card differs from board to board. Beside a readable card the
    packages and their memory are taken instead of it.
    """
    candidates = [sensor for sensor in sensors if kind_of(sensor.facts.domain) in _WHOLE]
    kinds = {kind_of(sensor.facts.domain) for sensor in candidates}
    if kinds >= {"gpu", "package"}:
        candidates = [sensor for sensor in candidates if sensor.facts.domain != "psys"]
    counters = _disjoint([one for one in candidates if one.facts.source in {"plug", "counter", "integrated"}])
    if covers_processor(counters):
        return counters
    batteries = _disjoint([one for one in candidates if one.facts.source == "battery"])
    if batteries:
        return batteries
    # Memory or a card alone are no measure of a machine; a card and the model of the processor are.
    cards = tuple(one for one in counters if kind_of(one.facts.domain) == "gpu")
    return (*cards, model()) if model else cards


def _disjoint(sensors: Sequence[Sensor]) -> tuple[Sensor, ...]:
    chosen: list[Sensor] = []
    for sensor in sorted(sensors, key=_rank):
        if not any(_overlap(sensor.facts.domain, other.facts.domain) for other in chosen):
            chosen.append(sensor)
    return tuple(chosen)


def _overlap(one: str, other: str) -> bool:
    return one == other or contains(one, other) or contains(other, one)


def _rank(sensor: Sensor) -> tuple[int, int]:
    """Return a plug's rank before all others'; among those the larger domain before its parts, then trust."""
    trust = _TRUST.index(sensor.facts.source)
    return (trust, 0) if trust == 0 else (_WHOLE.index(kind_of(sensor.facts.domain)) + 1, trust)
