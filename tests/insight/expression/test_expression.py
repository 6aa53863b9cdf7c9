"""Values against numpy, derivatives against torch and differences."""

from __future__ import annotations

import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.errors import ExpressionError
from wattlab.insight.expression import CONSTANTS, FUNCTIONS, parse

NUMPY = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)} | {
    "relu": lambda u: np.maximum(u, 0.0),
    "sigmoid": lambda u: 1.0 / (1.0 + np.exp(-u)),
    "softplus": lambda u: np.log1p(np.exp(u)),
    "pi": np.float64(math.pi),
    "e": np.float64(math.e),
    "n": np.float64,
}
ONE = sorted(name for name, function in FUNCTIONS.items() if function.n_arguments == 1)
TWO = sorted(name for name, function in FUNCTIONS.items() if function.n_arguments == 2)
SIGNS = st.sampled_from(["+", "-", "*", "/"])
POWERS = st.sampled_from(["2", "3", "-1", "0.5", "x", "2**y"])


def _longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, SIGNS, inner),
        st.builds("{}{}{}".format, inner, SIGNS, inner),
        st.builds("{}**{}".format, st.sampled_from(["x", "y", "(x + y)", "2"]), POWERS),
        st.builds("-{}".format, inner),
        st.builds("{}({})".format, st.sampled_from(ONE), inner),
        st.builds("{}({}, {})".format, st.sampled_from(TWO), inner, inner),
    )


LEAVES = st.sampled_from(["x", "y", "2", "0.5", "1e-1", ".25", "3.", "pi", "e"])
TEXTS = st.recursive(LEAVES, _longer, max_leaves=6)
NUMBERS = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)")


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.floats(-3, 3), st.floats(-3, 3))
def test_a_value_is_that_of_numpy(text: str, x: float, y: float) -> None:
    names = NUMPY | {"x": np.float64(x), "y": np.float64(y)}
    with np.errstate(all="ignore"):
        expected = eval(NUMBERS.sub(r"n(\1)", text), {"__builtins__": {}}, names)
    refused = ""
    try:
        np.testing.assert_allclose(parse(text)(x, y), expected, rtol=1e-9, atol=1e-12)
    except ExpressionError as refusal:
        refused = str(refusal)
    assert not refused or "is not finite" in refused or "is not defined" in refused


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.floats(0.2, 0.9), st.floats(0.2, 0.9))
def test_derivatives_are_those_of_differences(text: str, x: float, y: float) -> None:
    try:
        expression = parse(text)
    except ExpressionError:
        return
    step = 1e-5
    around = [(x + step, y), (x - step, y), (x, y + step), (x, y - step)]
    gradients = expression.gradient(*np.transpose(around))
    hessian = expression.hessian(x, y)
    # Beside a kink or a pole, a difference says nothing.
    if not np.isfinite(gradients).all() or np.abs(gradients).max() > 1e3 or np.abs(hessian).max() > 1e3:
        return
    values = expression(*np.transpose(around))
    differences = np.array([values[0] - values[1], values[2] - values[3]]) / (2.0 * step)
    mean = gradients.mean(axis=1)
    if np.abs(gradients - mean[:, None]).max() < 0.1:
        np.testing.assert_allclose(expression.gradient(x, y), differences, rtol=1e-3, atol=1e-3)


CASES = [
    *(f"{name}(0.3*x + 0.2*y*x)" for name in ONE),
    *(f"{name}(x*y, x - 2*y)" for name in TWO),
    "(x*y)**(x + y)",
    "(x - 2*y)**3",
    "2**(x*y)",
    "(x*y)/(x + y**2)",
    "-x*y - x/y",
    "(x + x*y)*(y - x)*y",
]


@pytest.mark.parametrize("text", CASES)
def test_derivatives_are_those_of_torch(text: str) -> None:
    torch = pytest.importorskip("torch")
    names = {name: getattr(torch, name) for name in FUNCTIONS if hasattr(torch, name)}
    names |= {"cbrt": lambda u: u ** (1.0 / 3.0), "softplus": torch.nn.functional.softplus}
    place = torch.tensor([0.7, 1.3], dtype=torch.float64)

    def value(given: object) -> object:
        return eval(text, {"__builtins__": {}}, names | {"x": given[0], "y": given[1]})  # type: ignore[index]

    expression = parse(text)
    gradient = torch.autograd.functional.jacobian(value, place).numpy()
    hessian = torch.autograd.functional.hessian(value, place).numpy()
    np.testing.assert_allclose(expression.gradient(0.7, 1.3), gradient, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(expression.hessian(0.7, 1.3), hessian, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x**2", -9.0),
        ("2**3**2", 512.0),
        ("2**-1*x", 1.5),
        ("-2**-x", -0.125),
        ("x - 1 - 1", 1.0),
        ("12/x/2", 2.0),
        ("+x--x", 6.0),
        (" \n x\t*(1) ", 3.0),
        ("1e2 + .5 + 1.", 101.5),
    ],
)
def test_precedence_is_that_of_python(text: str, value: float) -> None:
    assert parse(text)(3.0, 0.0) == value == eval(text.strip(), {}, {"x": 3.0})


def test_shapes_are_broadcast_and_all_is_float64() -> None:
    bowl = parse("x**2 + 4*y**2")
    x, y = np.arange(3, dtype=np.int8), np.arange(2.0)[:, None]
    assert bowl(x, y).shape == (2, 3)
    assert bowl(x, y).dtype == np.float64
    assert bowl.gradient(x, y).shape == (2, 2, 3)
    assert (
        bowl.hessian(x, y).tolist()
        == np.broadcast_to(np.diag([2.0, 8.0])[..., None, None], (2, 2, 2, 3)).tolist()
    )
    assert parse("3")(x, y).tolist() == [[3.0] * 3] * 2
    assert parse("3").gradient(x, y).tolist() == np.zeros((2, 2, 3)).tolist()


def test_what_has_no_value_has_no_derivatives() -> None:
    expression = parse("log(x)")
    assert np.isnan(expression([-1.0, 1.0], 0.0)).tolist() == [True, False]
    assert np.isnan(expression.gradient([-1.0, 1.0], 0.0)).tolist() == [[True, False]] * 2
    assert np.isnan(expression.hessian(-1.0, 0.0)).all()


@pytest.mark.parametrize("text", ["x**2", "x*x", "y**2*x**1", "(x*y)**2", "x**3*y**0"])
def test_powers_have_derivatives_at_0(text: str) -> None:
    assert np.isfinite(parse(text).gradient(0.0, 0.0)).all()
    assert np.isfinite(parse(text).hessian(0.0, 0.0)).all()


def test_it_may_have_other_arguments() -> None:
    loss = parse("(2*w - 1)**2", ("w",))
    assert loss(1.0).tolist() == 1.0
    assert (loss.gradient(1.0).tolist(), loss.hessian(1.0).tolist()) == ([4.0], [[8.0]])
    assert parse("y + 1").variables == ("y",)
    with pytest.raises(TypeError, match="takes w: 1 values, not 2"):
        loss(1.0, 2.0)


def test_it_is_a_value() -> None:
    assert parse("sin(x)") == pickle.loads(pickle.dumps(parse("sin(x)")))
    assert len({parse("x"), parse("x"), parse("y")}) == 2
    assert set(CONSTANTS) == {"pi", "e"}
