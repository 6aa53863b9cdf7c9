"""The table of a cost: what a notebook shows of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.meter.cost import Cost
from wattlab.meter.quantity import measured, missing
from wattlab.records.cost_table import CostTable

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.records.cost_lines import CardLine

ENERGY = measured(90.0, "J", "rapl:package-0", (81.0, 99.0))


def lines(**fields: Any) -> dict[str, CardLine]:
    second = measured(2.0, "s", "clock:wall")
    cost = Cost(second, second, ENERGY, ENERGY, ENERGY, measured(2.0**30, "B", "memory:peak-rss"), **fields)
    return {line.label.strip(): line for line in CostTable.of("cell", cost).lines}


def test_what_the_price_includes_has_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[energy]\nsupply_loss = 0.1\npue = 1.5\n")
    monkeypatch.setenv("WATTLAB_CONFIG", str(config))
    found = lines()
    assert "supply loss and PUE overhead included" in found["price"].detail
    assert (found["supply loss"].value, found["PUE overhead"].value) == ("10.0 J", "50.0 J")


def test_without_losses_and_cards_there_are_no_lines_for_them() -> None:
    assert not {"supply loss", "PUE overhead", "device memory"} & lines().keys()


@pytest.mark.parametrize(
    ("reserved", "detail"),
    [
        (measured(3 * 2.0**30, "B", "torch:reserved"), "reserved 3.00 GiB, peak"),
        (missing("B", "only torch tells"), "peak"),
    ],
)
def test_the_memory_of_a_card_has_a_line(reserved: Any, detail: str) -> None:
    used = measured(2.0**30, "B", "torch:allocated", note="peak")
    line = lines(device_memory=used, device_reserved=reserved)["device memory"]
    assert (line.value, line.detail) == ("1.00 GiB", detail)
