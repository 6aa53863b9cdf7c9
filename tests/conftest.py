"""What every test gets: a folder of its own, no user's settings, shared data sets, small recipes, a made-up world."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from tests.made_up_meter import World

from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sharing import Sharing
    from xdist.remote import Producer  # type: ignore[import-untyped]

    from wattlab.meter import Meter

ROOT = Path(__file__).resolve().parents[1]

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

TINY = """
name = "tiny"

[data]
dataset = "blobs"
options = { samples = 120, classes = 3, spread = 3.0 }

[preparation]
after = "standard"

[network]
layers = [{ units = 5, activation = "tanh" }, { activation = "softmax" }]

[loss]
kind = "cross-entropy"

[optimizer]
kind = "momentum"
learning_rate = 0.05

[training]
batch_size = 16
epochs = 4
"""


SMALL = """
name = "small"
[data]
dataset = "moons"
[network]
initial_weights = { kind = "glorot-uniform" }
[[network.layers]]
units = 5
activation = "tanh"
[[network.layers]]
activation = "softmax"
[loss]
kind = "cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
batch_size = 8
[engine]
precision = "float64"
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """Share whole files where ``--dist loadfile`` asks for them."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.sharing import Sharing

    return Sharing(config, log)


@pytest.fixture(autouse=True)
def _nothing_ignored() -> Iterator[None]:
    """Undo what nohup, or a shell for a job behind ``&``, has ignored: all that a test starts would ignore it, too."""
    names = ("SIGHUP", "SIGINT", "SIGQUIT")
    numbers = [int(getattr(signal, name)) for name in names if hasattr(signal, name)]
    ignored = [number for number in numbers if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder of its own, without the user's settings and variables."""
    settings = tmp_path / ".settings.toml"
    settings.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATTLAB_CONFIG", str(settings))
    monkeypatch.delenv("WATTLAB_RUNS", raising=False)
    monkeypatch.delenv("WATTLAB_STUDIES", raising=False)
    datasets = ROOT.parent / "shared" / "datasets"
    if datasets.is_dir() and "WATTLAB_DATA" not in os.environ:
        monkeypatch.setenv("WATTLAB_DATA", str(datasets))


@pytest.fixture
def tiny_toml() -> str:
    """Return a recipe that trains in milliseconds, as TOML."""
    return TINY


@pytest.fixture
def tiny_recipe() -> Recipe:
    """Return a recipe that trains in milliseconds."""
    return Recipe.from_toml(TINY)


@pytest.fixture
def small_recipe() -> Recipe:
    """Return a plain recipe in float64, for an engine that gets its data apart."""
    return Recipe.from_toml(SMALL)


@pytest.fixture
def world() -> World:
    """Return a world in which each second takes 60 J."""
    return World()


@pytest.fixture
def meter(world: World) -> Iterator[Meter]:
    """Return a meter of that world."""
    with world.meter() as meter:
        yield meter
