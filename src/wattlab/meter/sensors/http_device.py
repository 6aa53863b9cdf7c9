"""A device on the user's own network that answers in JSON, asked at one address and nowhere else.

No proxy is used and no redirection followed: only the address that was given is ever contacted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from wattlab.meter.sensors.http_auth import authorization

if TYPE_CHECKING:
    from wattlab.meter.sensors.http_auth import Login

__all__ = ["DeviceError", "HttpDevice"]

TIMEOUT_S: Final = 2.0
# Far more than any of these devices says.
_MOST_B: Final = 65_536


class DeviceError(OSError):
    """A device that gives no usable answer.

    Attributes
    ----------
    remedy : str
        What the user can do about it.
    status : int
        The HTTP status it answered with; 0 without one.
    """

    def __init__(self, problem: str, remedy: str, status: int = 0) -> None:
        super().__init__(problem)
        self.remedy, self.status = remedy, status


@dataclass(slots=True)
class HttpDevice:
    """One device.

    Attributes
    ----------
    url : str
        Its address, such as "http://192.168.1.20".
    login : Login or None
        Who asks, where the device wants to know.
    """

    url: str
    login: Login | None = None
    _challenge: str = field(default="", init=False, repr=False)
    _answered: int = field(default=0, init=False, repr=False)

    def ask(self, path: str) -> Any:
        """Return what the device answers to a GET request, as JSON; waits for up to a few seconds.

        Parameters
        ----------
        path : str
            What is asked for, such as "/meter/0".

        Raises
        ------
        DeviceError
            It does not answer, refuses, or answers something else.
        """
        status, challenge, body = self._request(path)
        if status == HTTPStatus.UNAUTHORIZED and self.login and challenge:
            self._challenge, self._answered = challenge, 0
            status, _, body = self._request(path)
        if status == HTTPStatus.UNAUTHORIZED:
            raise _refused(self.login)
        if status != HTTPStatus.OK:
            known = [one.phrase for one in HTTPStatus if one == status]
            msg = " ".join(["answers", str(status), *known])
            raise DeviceError(msg, "check kind, url and channel in [plug]", status)
        return _parsed(body)

    def _request(self, path: str) -> tuple[int, str, bytes]:
        import http.client  # slow, and most machines have no plug

        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path, headers=self._headers(path))
            answer = connection.getresponse()
            return answer.status, answer.getheader("WWW-Authenticate", ""), answer.read(_MOST_B)
        except (OSError, http.client.HTTPException) as error:
            msg = f"does not answer at {self.url} ({str(error) or type(error).__name__})"
            raise DeviceError(msg, "check url in [plug], and that the plug is on this network") from error
        finally:
            connection.close()

    def _headers(self, path: str) -> dict[str, str]:
        if not self._challenge or not self.login:
            return {}
        self._answered += 1
        return {"Authorization": authorization(self._challenge, self.login, path, self._answered)}


def _refused(login: Login | None) -> DeviceError:
    if login is None:
        return DeviceError("asks for a password", "set user and password in [plug]")
    return DeviceError("refuses the password", "check user and password in [plug]")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        start = body[:40].decode("utf-8", errors="replace").strip()
        msg = f"answers no JSON, but {start!r}"
        raise DeviceError(msg, "check kind and url in [plug]") from None
