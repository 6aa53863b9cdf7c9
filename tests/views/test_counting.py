"""How far something countable has come."""

from io import StringIO

import pytest

from wattlab.views.counting import PlainCount, counting


def test_a_line_is_printed_at_most_every_two_seconds() -> None:
    """What is over sooner prints none."""
    file, times = StringIO(), iter([0.0, 0.5, 2.5, 3.0, 5.0])
    tell = PlainCount("points", file, lambda: next(times))
    for done in (1, 2, 3, 4):
        tell(done, 1681)
    assert file.getvalue() == "2 of 1,681 points\n4 of 1,681 points\n"


def test_what_is_no_terminal_gets_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets plain lines."""
    with counting("frames") as tell:
        assert isinstance(tell, PlainCount)
    assert capsys.readouterr().err == ""
