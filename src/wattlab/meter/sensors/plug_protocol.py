"""What wall plugs say, and where: one table of protocols.

References
----------
Shelly API documentation, Gen1 (``/meter/0``: power in W, total in watt-minutes) and Gen2+ (``Switch.GetStatus``:
apower in W, aenergy.total in Wh; ``PM1.GetStatus`` of plugs without a switch says the same). Tasmota documentation,
"Commands" (``Status 8``) and "Power Monitoring" (ENERGY.Power in W, Total in kWh, lists where there are several
channels); before 8.2.3 a missing password is answered by a WARNING with status 200.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from wattlab.meter.sensors.http_device import DeviceError
from wattlab.meter.sensors.polled import Sample, TotalFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.sensors.http_auth import Login

__all__ = ["PROTOCOLS", "Protocol"]

WATT_MINUTE_J: Final = 60.0
WATT_HOUR_J: Final = 3600.0
KILOWATT_HOUR_J: Final = 3.6e6


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one kind of plug is asked, and where in its answer the figures are.

    Attributes
    ----------
    title : str
        Its name for people.
    ask : tuple of str
        What is asked for; the next one where a plug has no such thing. Channel and login are put in.
    power, total : tuple of str
        Where power and energy stand in the answer.
    unit_J : float
        The unit of that energy. Unit: J.
    counts : TotalFacts
        How coarse that energy is.
    averaging_s : float
        Over how long the plug averages its power. Unit: s.
    spread : float
        How far its figures may be off, as a share: what its maker says, or an assumption where nobody does.
    """

    title: str
    ask: tuple[str, ...]
    power: tuple[str, ...]
    total: tuple[str, ...]
    unit_J: float
    counts: TotalFacts
    averaging_s: float = 1.0
    spread: float = 0.02

    def paths(self, channel: int, login: Login | None) -> tuple[str, ...]:
        """Return what is asked for.

        Parameters
        ----------
        channel : int
            Which socket.
        login : Login or None
            Who asks.
        """
        who = {"user": login.user, "password": login.password} if login else {}
        query = urlencode(who, quote_via=quote) + "&" if login else ""
        return tuple(path.format(channel=channel, login=query) for path in self.ask)

    def sample(self, answer: Any, channel: int) -> Sample:
        """Return what an answer says; raises DeviceError or ValueError if that makes no sense.

        Parameters
        ----------
        answer : object
            What the plug said, as JSON.
        channel : int
            Which socket, where the answer is about several.
        """
        said = answer if isinstance(answer, dict) else {}
        if "WARNING" in said:
            msg = "asks for a password"
            raise DeviceError(msg, "set user and password in [plug]")
        if said.get("is_valid") is False:
            msg = "its meter has no valid reading"
            raise ValueError(msg)
        total_J = _number(answer, self.total, channel) * self.unit_J
        return Sample(_number(answer, self.power, channel), total_J)


def _number(answer: Any, keys: tuple[str, ...], channel: int) -> float:
    where, value = ".".join(keys), answer
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, list):
        value = value[channel] if channel < len(value) else None
    number = float("nan")
    if isinstance(value, int | float) and not isinstance(value, bool):
        # JSON knows whole numbers of any length; a float does not.
        with suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number):
        msg = f"its answer has no number at {where} for channel {channel}, but {str(value)[:40]!r}"
        raise ValueError(msg)
    return number


PROTOCOLS: Final[Mapping[str, Protocol]] = {
    "shelly1": Protocol(
        title="Shelly Gen1",
        ask=("/meter/{channel}",),
        power=("power",),
        total=("total",),
        unit_J=WATT_MINUTE_J,
        counts=TotalFacts(step_J=WATT_MINUTE_J, late_s=60.0),
    ),
    "shelly2": Protocol(
        title="Shelly Gen2+",
        ask=("/rpc/Switch.GetStatus?id={channel}", "/rpc/PM1.GetStatus?id={channel}"),
        power=("apower",),
        total=("aenergy", "total"),
        unit_J=WATT_HOUR_J,
        counts=TotalFacts(step_J=WATT_HOUR_J / 1000, late_s=60.0),
    ),
    "tasmota": Protocol(
        title="Tasmota",
        ask=("/cm?{login}cmnd=Status%208",),
        power=("StatusSNS", "ENERGY", "Power"),
        total=("StatusSNS", "ENERGY", "Total"),
        unit_J=KILOWATT_HOUR_J,
        counts=TotalFacts(step_J=WATT_HOUR_J, late_s=10.0),
        spread=0.05,
    ),
}
"""All kinds of plug by their name in the settings."""
