"""How a device on the network is told a password: the header that answers its challenge.

References
----------
RFC 7617 (Basic), RFC 7616 (Digest, whose algorithm SHA-256 Python's own handler has from 3.14 on).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

__all__ = ["Login", "authorization"]

_HASHES: Final = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks."""

    user: str
    password: str


def authorization(challenge: str, login: Login, path: str, count: int = 1, nonce: str = "") -> str:
    """Return the header ``Authorization`` of a GET request.

    Parameters
    ----------
    challenge : str
        What the device said in ``WWW-Authenticate``.
    login : Login
        Who asks.
    path : str
        What is asked for.
    count : int, optional
        How often this challenge has been answered, this time included.
    nonce : str, optional
        Our own part of the hash; by default, a random one.

    Raises
    ------
    ValueError
        The challenge is of a kind that is not known here.
    """
    scheme, _, text = challenge.partition(" ")
    if scheme.lower() == "basic":
        return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
    from urllib.request import parse_http_list, parse_keqv_list  # slow, and most machines have no plug

    fields = parse_keqv_list(parse_http_list(text))
    algorithm = fields.get("algorithm", "MD5").upper()
    if scheme.lower() != "digest" or algorithm not in _HASHES or not {"realm", "nonce"} <= fields.keys():
        msg = f"it asks for a password in a way that is not known ({scheme} {fields.get('algorithm', '')})"
        raise ValueError(msg)
    ours = nonce or secrets.token_hex(16)
    values = {
        "username": login.user,
        "realm": fields["realm"],
        "nonce": fields["nonce"],
        "uri": path,
        "response": _response(fields, login, path, f"{count:08x}", ours),
        "cnonce": ours,
        **({"opaque": fields["opaque"]} if "opaque" in fields else {}),
    }
    quoted = ", ".join(f'{name}="{value}"' for name, value in values.items())
    return f"Digest {quoted}, algorithm={algorithm}, qop=auth, nc={count:08x}"


def _response(fields: dict[str, str], login: Login, path: str, count: str, ours: str) -> str:
    name = _HASHES[fields.get("algorithm", "MD5").upper()]

    def digest(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    who = digest(login.user, fields["realm"], login.password)
    return digest(who, fields["nonce"], count, ours, "auth", digest("GET", path))
