"""wattlab itself: version, settings, optional packages."""

from __future__ import annotations

import re
from functools import partial
from importlib.metadata import PackageNotFoundError, requires
from typing import TYPE_CHECKING, Final

from wattlab.doctor.asking import DISTRIBUTIONS
from wattlab.doctor.finding import Fix, advice, ok, problem
from wattlab.errors import SettingsError
from wattlab.settings import DEFAULTS_DATED, load_settings, settings_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["TEMPLATE", "check_own"]

# No line of it is in force: figures that nobody looked up must not pass for the user's own.
TEMPLATE: Final = """\
# Settings of wattlab. A line counts once you take its # away: put your own figure in first.

[energy]
# country = "DE"          # gives each of the next three that is not set, from a dated table
# price_per_kWh = 0.30    # from your bill
# currency = "EUR"
# g_CO2e_per_kWh = 300    # from your supplier

# Only for the model that is used where no energy sensor can be read.
# [machine]
# tdp_W = 65
# idle_W = 9
"""
_GATHERED: Final = ("all", "dev")


def check_own(surroundings: Surroundings) -> list[Finding]:
    """Look at wattlab's own settings and extras."""
    version = surroundings.version_of("wattlab") or "not installed as a package"
    return [
        ok("wattlab.version", f"wattlab {version}", surroundings.python),
        *_settings(surroundings),
        *_extras(surroundings),
    ]


def _settings(surroundings: Surroundings) -> Iterator[Finding]:
    path = settings_path(surroundings.environ)
    try:
        settings = load_settings(environ=surroundings.environ)
    except SettingsError as error:
        yield problem(
            "wattlab.settings",
            "the settings file is broken",
            str(error),
            "wattlab refuses to measure before it is mended: a price read wrongly would be worse",
            (f"edit {path}",),
            None if path.exists() else Fix(path, TEMPLATE),
        )
        return
    if settings.origin("price_per_kWh") != DEFAULTS_DATED:
        yield ok("wattlab.settings", "settings are valid", str(path))
        return
    fix = None if path.exists() and path.stat().st_size else Fix(path, TEMPLATE)
    yield advice(
        "wattlab.settings",
        "money and CO2e are computed with default prices",
        f"0.30 EUR and 300 g for a kWh, a {DEFAULTS_DATED}",
        "what a training costs is as right as the price it is computed with",
        (f"put your price_per_kWh and g_CO2e_per_kWh, or your country, under [energy] in {path}",),
        fix,
    )


def _extras(surroundings: Surroundings) -> Iterator[Finding]:
    there = partial(_is_there, surroundings)
    missing = [name for name, packages in extras().items() if not all(map(there, packages))]
    here = [name for name in extras() if name not in missing]
    if missing:
        detail = f"installed: {', '.join(here) or 'none'}\nnot installed: {', '.join(missing)}"
        command = f"pip install 'wattlab[{','.join(missing)}]'    # leave out what you do not need"
        yield ok(
            "wattlab.extras",
            f"{len(here)} of {len(here) + len(missing)} optional parts are there",
            detail,
            (command,),
        )
    elif here:
        yield ok("wattlab.extras", "all optional parts are there", ", ".join(here))


def _is_there(surroundings: Surroundings, package: str) -> bool:
    others = DISTRIBUTIONS.get(package, (package,))
    return any(surroundings.version_of(name) is not None for name in others)


def extras() -> dict[str, tuple[str, ...]]:
    """Return the packages of each extra, as wattlab's own metadata name them."""
    try:
        lines = requires("wattlab") or []
    except PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for line in lines:
        extra, name = re.search(r"extra == ['\"]([^'\"]+)", line), re.match(r"[\w.-]+", line)
        if extra and name and extra[1] not in _GATHERED:
            found.setdefault(extra[1], []).append(name[0])
    return {extra: tuple(packages) for extra, packages in found.items()}
