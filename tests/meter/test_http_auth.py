from __future__ import annotations

import re

import pytest

from wattlab.meter.sensors.http_auth import Login, authorization

MUFASA = Login("Mufasa", "Circle of Life")
CHALLENGE = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
OURS = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_a_digest_is_that_of_the_standards_own_example(algorithm: str, response: str) -> None:
    """RFC 7616, section 3.9.1."""
    header = authorization(CHALLENGE.format(algorithm), MUFASA, "/dir/index.html", nonce=OURS)
    assert f'response="{response}"' in header
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in header
    assert "nc=00000001" in header


def test_every_answer_to_a_challenge_has_its_own_number_and_nonce() -> None:
    headers = [authorization(CHALLENGE.format("SHA-256"), MUFASA, "/", count) for count in (1, 2)]
    assert "nc=00000002" in headers[1]
    nonces = {match[1] for header in headers if (match := re.search('cnonce="([^"]+)"', header))}
    assert len(nonces) == 2


def test_basic_is_that_of_the_standards_own_example() -> None:
    """RFC 7617, section 2."""
    login = Login("Aladdin", "open sesame")
    assert authorization('Basic realm="WallyWorld"', login, "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    "challenge", ["Bearer", 'Digest realm="a", nonce="b", algorithm=SHA-512-256', 'Digest realm="a"', ""]
)
def test_a_challenge_of_another_kind_is_refused(challenge: str) -> None:
    with pytest.raises(ValueError, match="in a way that is not known"):
        authorization(challenge, MUFASA, "/")
