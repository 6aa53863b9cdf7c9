"""Databases for searches: an SQLite file, and a PostgreSQL server that starts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .postgresql import postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the URL of a PostgreSQL database."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with postgresql_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database, as a user writes it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'study.db'}"
    url: str = request.getfixturevalue("server")
    return url
