"""What is no expression is refused, at its place, and nothing of it is run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.errors import ExpressionError
from wattlab.insight.expression import parse

FAULTS = [
    ("", 0, "there is nothing"),
    (" \n", 0, "there is nothing"),
    ("x +", 3, "it ends where"),
    ("(x", 0, "not closed"),
    ("sin(x", 3, "not closed"),
    ("x)", 1, "not opened"),
    ("()", 1, ") stands where"),
    ("x * / y", 4, "/ stands where"),
    ("x^2", 1, "write **"),
    ("2x", 1, "write * to multiply"),
    ("x y", 2, "write * to multiply"),
    ("(x)(y)", 3, "write * to multiply"),
    ("x(y)", 1, "write * to multiply"),
    ("1,5*x", 1, "decimals have a point"),
    ("sin x", 0, "sin(x)"),
    ("sin()", 0, "takes 1 number, not 0"),
    ("x + sin(x, y)", 4, "takes 1 number, not 2"),
    ("arctan2(x)", 0, "arctan2(x, y)"),
    ("sin(x,)", 6, ") stands where"),
    ("np.sin(x)", 2, "without a module"),
    ("x.__class__", 1, "only in a number"),
    ("(x).__class__.__bases__", 3, "only in a number"),
    ("__import__('os').system('true')", 0, "not known"),
    ("eval(x)", 0, "not known"),
    ("lambda x: x", 0, "not known"),
    ("x if y else 1", 2, "operator is missing"),
    ("[x for x in y]", 0, "write ("),
    ("{x: y}", 0, "write ("),
    ("'x'", 0, "no text"),
    ('f"{x}"', 1, "no text"),
    ("x := 2", 2, "not allowed"),
    ("x = 2", 2, "not an equation"),
    ("x < y", 2, "no comparisons"),
    ("x; y", 1, "not allowed"),
    ("x # y", 2, "not allowed"),
    ("x\x00", 1, "U+0000"),
    ("\N{CYRILLIC SMALL LETTER HA}**2", 0, "CYRILLIC SMALL LETTER HA"),
    ("x + \N{FULLWIDTH LATIN SMALL LETTER Y}", 4, "FULLWIDTH LATIN SMALL LETTER Y"),
    ("x²", 1, "write **2"),
    ("x − y", 2, "write -"),
    ("٣*x", 0, "ARABIC-INDIC DIGIT THREE"),
    ("ln(x)", 0, "write log"),
    ("atan2(x, y)", 0, "write arctan2"),
    ("tanhh(x)", 0, "write tanh"),
    ("z", 0, "known are x, y, pi, e"),
    ("1_000", 1, "operator is missing"),
    ("0x10", 1, "operator is missing"),
    ("9**9**9**9", 4, "is not finite"),
    ("1/0", 1, "1 / 0 is not finite"),
    ("x + log(-1)", 4, "log(-1) is not defined"),
    ("1e999", 0, "too large"),
    ("x*" * 498 + "xyz", 996, "not known"),
    ("x+" * 600 + "x", 1000, "at most 1000 characters, this one 1201"),
    ("(" * 400 + "x" + ")" * 400, 60, "nested too deep"),
    ("-" * 900 + "x", 60, "nested too deep"),
    ("x**" * 300 + "x", 180, "nested too deep"),
    ("abs(" * 150 + "x" + ")" * 150, 240, "nested too deep"),
]


@pytest.mark.parametrize(("text", "position", "told"), FAULTS)
def test_a_fault_is_told_with_its_place(text: str, position: int, told: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert refusal.value.position == position
    message, shown, carets = str(refusal.value).split("\n")
    assert message.startswith(f"expression, column {position + 1}: ")
    assert told in message
    assert max(len(shown), len(carets)) < 80
    assert set(carets) <= {" ", "^"}
    if text[position:].strip() and text[position].isascii() and text[position].isprintable():
        assert shown[carets.index("^")] == text[position]


def test_the_caret_stands_below_wide_letters_too() -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse("漢")
    assert str(refusal.value).splitlines()[2] == "  ^^"


def test_long_sums_are_computed_without_recursion() -> None:
    assert parse("x+" * 499 + "x")(1.0, 0.0) == 500.0


@settings(max_examples=200, deadline=None)
@given(st.text("xy01.+-*/() ,e_^sincolgq'", max_size=30))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    places = []
    try:
        assert parse(text)(0.5, 0.5).shape == ()
    except ExpressionError as refusal:
        places.append(refusal.position)
    assert all(place in range(len(text) + 1) for place in places)
