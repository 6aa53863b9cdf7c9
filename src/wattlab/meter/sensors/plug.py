"""Wall plugs on the user's own network, which see the whole machine, power supply and all.

Asked once a second in the background, and only at the address that stands in the settings; without one, nothing is
asked at all. A plug's count of energy is coarse and late, so its power is integrated, and the count bounds the sum.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts
from wattlab.meter.sensors.http_auth import Login
from wattlab.meter.sensors.http_device import DeviceError, HttpDevice
from wattlab.meter.sensors.plug_protocol import PROTOCOLS
from wattlab.meter.sensors.polled import Polled

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.sensors.base import Sensor
    from wattlab.meter.sensors.polled import Sample
    from wattlab.settings import PlugSettings

PERIOD_S: Final = 1.0
# A plug that needs longer for its first answer will not keep up with one question a second.
FIRST_ANSWER_S: Final = 3.0
NOT_THIS_ONE: Final = "plug this machine into it, or check url and channel in [plug]"


def plug_sensor(
    settings: PlugSettings, period_s: float = PERIOD_S, wall_s: Callable[[], float] = clock.wall_s
) -> Polled:
    """Make the sensor of the plug in the settings; it asks nothing before it is started.

    Parameters
    ----------
    settings : PlugSettings
        Kind, address, channel and login.
    period_s : float, optional
        Time between two questions. Unit: s.
    wall_s : callable, optional
        The clock.
    """
    protocol = PROTOCOLS[settings.kind or ""]
    login = Login(settings.user, settings.password) if settings.password else None
    device = HttpDevice(settings.url or "", login)
    paths = protocol.paths(settings.channel, login)

    def poll() -> Sample:
        return protocol.sample(_answer(device, paths), settings.channel)

    facts = Facts(
        name=f"plug:{settings.kind}",
        domain="machine",
        provenance="measured",
        resolution_s=period_s + protocol.averaging_s,
        max_power_W=settings.max_power_W,
        spread=(protocol.spread, protocol.spread),
        source="plug",
    )
    return Polled(facts, poll, period_s, protocol.counts, wall_s)


def _answer(device: HttpDevice, paths: tuple[str, ...]) -> Any:
    for path in paths[:-1]:
        try:
            return device.ask(path)
        except DeviceError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
    return device.ask(paths[-1])


def discover_plug(
    settings: PlugSettings | None = None, period_s: float = PERIOD_S, wait_s: float = FIRST_ANSWER_S
) -> tuple[list[Sensor], list[Absent]]:
    """Find the wall plug that the settings name, if they name one.

    Parameters
    ----------
    settings : PlugSettings, optional
        Without a kind and an address in it, nothing is contacted.
    period_s : float, optional
        Time between two questions. Unit: s.
    wait_s : float, optional
        How long to wait for the first answer. Unit: s.

    Returns
    -------
    sensors : list of Sensor
        The plug, being asked in the background.
    absent : list of Absent
        Why it gives nothing, with what to do.
    """
    if settings is None or settings.kind is None:
        return [], []
    plug, title = plug_sensor(settings, period_s), PROTOCOLS[settings.kind].title
    try:
        first = plug.start(wait_s)
    except DeviceError as error:
        return [], [Absent(plug.facts.name, f"the {title} {error}", error.remedy, closed=True)]
    except (OSError, ValueError) as error:
        reason = f"the {title} at {settings.url} gives no reading: {error}"
        remedy = "check kind, url, channel and max_power_W in [plug]"
        return [], [Absent(plug.facts.name, reason, remedy, closed=True)]
    if first.power_W == 0:
        plug.close()
        reason = f"the {title} says 0 W while this machine runs"
        return [], [Absent(plug.facts.name, reason, NOT_THIS_ONE, closed=True)]
    return [plug], []
