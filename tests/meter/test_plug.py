"""Wall plugs, as a real HTTP server on this machine that answers like each of them."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.plug import discover_plug
from wattlab.settings import PlugSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.meter.sensors.base import Absent, Sensor

Kind = Literal["shelly1", "shelly2", "tasmota"]
KINDS: tuple[Kind, ...] = ("shelly1", "shelly2", "tasmota")
REALM, NONCE = "shellyplusplugs-a8032ab12345", "60dc2c60"


@dataclass
class Plug:
    """What the server plays."""

    kind: Kind = "shelly2"
    power_W: Any = 61.5
    total_Wh: float = 1000.0
    password: str = ""
    delay_s: float = 0.0
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    switch: bool = True
    asked: list[str] = field(default_factory=list)
    refusals: int = 0
    url: str = ""

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        time.sleep(self.delay_s)
        if self.body or self.status != 200:
            return self.status, self.headers, self.body
        status, headers, body = getattr(self, f"_{self.kind}")(path, authorization)
        self.refusals += status == 401
        return status, headers, body

    def _shelly1(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        if self.password and authorization != "Basic YWRtaW46c2VjcmV0":
            return 401, {"WWW-Authenticate": 'Basic realm="shelly"'}, b"401 Unauthorized"
        if path != "/meter/0":
            return 404, {}, b"Not Found"
        meter = {"power": self.power_W, "overpower": 0.0, "is_valid": True, "timestamp": 1606215925}
        return _json(meter | {"counters": [48.663, 48.776, 46.173], "total": int(self.total_Wh * 60)})

    def _shelly2(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        if self.password and not self._knows_password(path, authorization):
            challenge = f'Digest qop="auth", realm="{REALM}", nonce="{NONCE}", algorithm=SHA-256'
            return 401, {"WWW-Authenticate": challenge}, b""
        component = "Switch" if self.switch else "PM1"
        if path != f"/rpc/{component}.GetStatus?id=0":
            return 404, {}, b'{"code":404,"message":"No handler"}'
        energy = {"total": self.total_Wh, "by_minute": [0.0, 0.0, 0.0], "minute_ts": 1654511972}
        return _json({"id": 0, "output": True, "apower": self.power_W, "voltage": 225.9, "aenergy": energy})

    def _knows_password(self, path: str, authorization: str) -> bool:
        said = {
            name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', authorization)
        }
        who, what = _sha(f"admin:{REALM}:{self.password}"), _sha(f"GET:{path}")
        expected = _sha(f"{who}:{NONCE}:{said.get('nc')}:{said.get('cnonce')}:auth:{what}")
        return said.get("response") == expected

    def _tasmota(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        query = parse_qs(urlsplit(path).query)
        if self.password and query.get("password") != [self.password]:
            return _json({"WARNING": "Need user=<username>&password=<password>"})
        if query["cmnd"] != ["Status 8"]:
            return _json({"Command": "Unknown"})
        energy = {
            "TotalStartTime": "2020-10-21T22:15:00",
            "Total": self.total_Wh / 1000,
            "Power": self.power_W,
        }
        return _json({"StatusSNS": {"Time": "2022-01-11T21:57:38", "ENERGY": energy | {"Voltage": 233}}})


def _json(value: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def plug() -> Iterator[Plug]:
    played = Plug()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = played.answer(self.path, self.headers.get("Authorization", ""))
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has not waited

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is Python's)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    played.url = f"http://127.0.0.1:{server.server_port}"
    yield played
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened() -> Iterator[list[Sensor]]:
    sensors: list[Sensor] = []
    yield sensors
    for sensor in sensors:
        sensor.close()


def found(
    plug: Plug, opened: list[Sensor], period_s: float = 0.1, **settings: Any
) -> tuple[list[Sensor], list[Absent]]:
    sensors, absent = discover_plug(
        PlugSettings(kind=plug.kind, url=plug.url, **settings), period_s, wait_s=5.0
    )
    opened += sensors
    return sensors, absent


def absence(plug: Plug, opened: list[Sensor], **settings: Any) -> Absent:
    sensors, absent = found(plug, opened, **settings)
    assert sensors == []
    return absent[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_its_power_and_total(plug: Plug, opened: list[Sensor], kind: Kind) -> None:
    plug.kind = kind
    (sensor,), absent = found(plug, opened)
    assert absent == []
    assert (sensor.facts.domain, sensor.facts.source, sensor.facts.provenance) == (
        "machine",
        "plug",
        "measured",
    )
    assert sensor._last[1].power_W == 61.5  # type: ignore[attr-defined]
    assert sensor._last[1].total_J == pytest.approx(3.6e6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_counts_while_time_passes(plug: Plug, opened: list[Sensor], kind: Kind) -> None:
    plug.kind = kind
    (sensor,), _ = found(plug, opened)
    first = sensor.read()
    time.sleep(0.2)
    last = sensor.read()
    assert (last.energy_J - first.energy_J) / (last.time_s - first.time_s) == pytest.approx(61.5, rel=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_password_opens_and_is_asked_for_once(plug: Plug, opened: list[Sensor], kind: Kind) -> None:
    plug.kind, plug.password = kind, "secret"
    assert found(plug, opened, password="secret", period_s=0.02)[0]
    give_up_s = time.perf_counter() + 5.0
    while len(plug.asked) < 4 and time.perf_counter() < give_up_s:
        time.sleep(0.01)
    assert len(plug.asked) >= 4
    assert plug.refusals == (0 if kind == "tasmota" else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_password_is_said_so(plug: Plug, opened: list[Sensor], kind: Kind) -> None:
    plug.kind, plug.password = kind, "secret"
    absent = absence(plug, opened)
    assert "asks for a password" in absent.reason
    assert absent.remedy == "set user and password in [plug]"


@pytest.mark.parametrize("kind", ["shelly1", "shelly2"])
def test_a_wrong_password_is_said_so_and_not_repeated_in_the_message(
    plug: Plug, opened: list[Sensor], kind: Kind
) -> None:
    plug.kind, plug.password = kind, "secret"
    absent = absence(plug, opened, password="guess42")
    assert "refuses the password" in absent.reason
    assert "guess42" not in str(absent)


def test_tasmotas_password_is_in_no_message(plug: Plug, opened: list[Sensor]) -> None:
    plug.kind, plug.password, plug.status, plug.body = "tasmota", "secret", 500, b"oops"
    absent = absence(plug, opened, password="guess42")
    assert "answers 500" in absent.reason
    assert "guess42" not in str(absent)
    assert "password=guess42" in plug.asked[0]


def test_a_plug_without_a_switch_is_asked_for_its_meter(plug: Plug, opened: list[Sensor]) -> None:
    plug.switch = False
    assert found(plug, opened)[0]
    assert plug.asked[:2] == ["/rpc/Switch.GetStatus?id=0", "/rpc/PM1.GetStatus?id=0"]


def test_one_of_several_sockets(plug: Plug, opened: list[Sensor]) -> None:
    energy = {"Power": [3, 41], "Total": [0.1, 0.2]}
    plug.kind, plug.body = "tasmota", json.dumps({"StatusSNS": {"ENERGY": energy}}).encode()
    (sensor,), _ = found(plug, opened, channel=1)
    assert sensor._last[1].power_W == 41.0  # type: ignore[attr-defined]
    assert "for channel 2" in absence(plug, opened, channel=2).reason


NONSENSE = {
    "a page": (b"<!DOCTYPE html><title>Router</title>", "answers no JSON, but '<!DOCTYPE html>"),
    "another device": (b'{"hello": "world"}', "has no number at"),
    "no object": (b"[1, 2, 3]", "has no number at"),
    "null": (b"null", "has no number at"),
    "text for a number": (b'{"apower": "61", "aenergy": {"total": 1}}', "'61'"),
    "not a number": (b'{"apower": NaN, "aenergy": {"total": 1}}', "has no number at apower"),
    "true": (b'{"apower": true, "aenergy": {"total": 1}}', "True"),
    "a number without end": (
        b'{"apower": 1' + b"0" * 400 + b', "aenergy": {"total": 1}}',
        "has no number at apower",
    ),
    "a nest without end": (b"[" * 50_000, "answers no JSON"),
    "negative": (b'{"apower": -12.5, "aenergy": {"total": 1}}', "it says -12.5 W"),
    "absurd": (b'{"apower": 1e9, "aenergy": {"total": 1}}', "where 0 to 3680 W are possible"),
    "half of it": (b'{"apower": 61.5, "aener', "answers no JSON"),
    "not valid yet": (b'{"apower": 61.5, "is_valid": false, "aenergy": {"total": 1}}', "no valid reading"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_absent_with_a_mend(plug: Plug, opened: list[Sensor], case: str) -> None:
    plug.body, expected = NONSENSE[case]
    absent = absence(plug, opened)
    assert absent.name == "plug:shelly2"
    assert expected in absent.reason
    assert "[plug]" in absent.remedy
    assert "\n" not in str(absent)


def test_a_plug_that_feeds_something_else_says_nothing(plug: Plug, opened: list[Sensor]) -> None:
    plug.power_W = 0.0
    assert "says 0 W while this machine runs" in absence(plug, opened).reason


def test_a_plug_that_is_not_there_is_absent_with_its_address(plug: Plug, opened: list[Sensor]) -> None:
    settings = PlugSettings(kind="shelly1", url="http://127.0.0.1:9")
    _, (absent,) = discover_plug(settings)
    assert "does not answer at http://127.0.0.1:9" in absent.reason
    assert "on this network" in absent.remedy


def test_a_slow_plug_holds_nobody_up(plug: Plug, opened: list[Sensor]) -> None:
    plug.delay_s = 1.0
    began_s = time.perf_counter()
    sensors, (absent,) = discover_plug(PlugSettings(kind="shelly2", url=plug.url), wait_s=0.1)
    assert time.perf_counter() - began_s < 0.5
    assert sensors == []
    assert "no answer within 0.1 s" in absent.reason


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 503, "body": b"busy"}, "answers 503"),
        ({"body": b"<html>"}, "answers no JSON"),
        ({"power_W": -4.0}, "it says -4 W"),
        ({"status": 401}, "asks for a password"),
    ],
)
def test_a_plug_that_goes_mad_in_mid_run_is_lost(
    plug: Plug, opened: list[Sensor], fault: dict[str, Any], reason: str
) -> None:
    (sensor,), _ = found(plug, opened, period_s=0.03)
    for name, value in fault.items():
        setattr(plug, name, value)
    time.sleep(0.3)
    with pytest.raises(SensorLost, match=reason):
        sensor.read()


def test_no_redirection_is_followed(plug: Plug, opened: list[Sensor]) -> None:
    plug.status, plug.headers = 302, {"Location": f"{plug.url}/elsewhere"}
    assert "answers 302 Found" in absence(plug, opened).reason
    assert "/elsewhere" not in plug.asked


def test_no_proxy_is_asked(plug: Plug, opened: list[Sensor], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert found(plug, opened)[0]


def test_without_a_plug_in_the_settings_nothing_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    def contacted(*_: object) -> None:
        pytest.fail("something was contacted")

    monkeypatch.setattr("socket.socket.connect", contacted)
    assert discover_plug() == ([], [])
    assert discover_plug(PlugSettings()) == ([], [])
