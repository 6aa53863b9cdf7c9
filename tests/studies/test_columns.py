from __future__ import annotations

from wattlab.studies.columns import aligned


def test_decimal_points_stand_below_one_another() -> None:
    padded = [text.rjust(8) for text in aligned(["0.157", "11.1", "152", "–"])]
    assert {text.find(".") for text in padded if "." in text} == {4}
    assert [text.rstrip() for text in padded[2:]] == [" 152", "   –"]
    assert aligned([]) == []
