from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from wattlab.cluster.card_limit import limit_card


@pytest.mark.parametrize(
    ("device", "limit_B", "fraction", "index"),
    [("cuda", 2**30, 0.25, 0), ("cuda:1", 3 * 2**30, 0.75, 1), ("cuda:0", 2**40, 1.0, 0)],
)
def test_torch_gets_a_share_of_the_card(
    device: str, limit_B: int, fraction: float, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, int]] = []
    card = SimpleNamespace(total_memory=4 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda *given: asked.append(given))
    limit_card(device, limit_B)
    assert asked == [(fraction, index)]
