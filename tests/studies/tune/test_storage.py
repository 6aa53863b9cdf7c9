"""Databases that cannot be used: unreachable, of another version, none at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import MissingExtraError, StorageError, UserError
from wattlab.studies.tune import storage
from wattlab.studies.tune.storage import check_storage, dashboard_command, database_url, public_url

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("optuna", reason="optuna is not installed")


def test_urls_are_made_for_the_driver_that_is_installed(tmp_path: Path) -> None:
    assert database_url(None, tmp_path) == f"sqlite:///{tmp_path}/optuna.db"
    assert database_url("postgresql://me@host/tune", tmp_path) == "postgresql+psycopg://me@host/tune"


@pytest.mark.parametrize("url", ["postgresql://me:se@cret@host/tune", "postgresql://me:cret@host:first/tune"])
def test_an_address_that_would_be_read_otherwise_is_refused_without_its_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="write %40 for an @ in it") as error:
        database_url(url, tmp_path)
    assert "cret" not in str(error.value)


def test_an_older_optuna_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "version", lambda _: "4.5.0")
    with pytest.raises(UserError, match=r"needs Optuna 5 or later, but 4\.5\.0 is installed"):
        storage.check_extra()


@pytest.mark.parametrize("url", ["mysql://me@host/tune", "tune.db", "redis://host"])
def test_other_databases_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected postgresql://user@host/database or sqlite:///"):
        database_url(url, tmp_path)


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    for url in ("postgresql://me:secret@host/tune", "postgresql://me@/tune?host=/tmp&sslPassword=secret"):
        assert "secret" not in public_url(url)
        assert "secret" not in dashboard_command(url)
    with pytest.raises(UserError, match="mysql://me@host") as error:
        database_url("mysql://me:secret@host/tune", tmp_path)
    assert "secret" not in str(error.value)


def test_a_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(storage, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"wattlab\[postgresql\]"):
        database_url("postgresql://me@host/tune", tmp_path)
    with pytest.raises(MissingExtraError, match=r"wattlab\[tune\]"):
        storage.check_extra()


def test_a_server_that_does_not_answer_is_told_with_what_to_look_at() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(
        StorageError, match=r"refused\. Is the server .*TCP/IP connections\? See that the server runs"
    ) as error:
        check_storage("postgresql://me:secret@127.0.0.1:9/tune")
    assert "'postgresql://me@127.0.0.1:9/tune" in str(error.value)
    assert "secret" not in str(error.value)
    assert "lost" not in str(error.value)  # nothing was found yet


def test_a_file_that_is_no_database_and_a_folder_that_is_not_there_are_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("not a database at all, but some text that is long enough to be looked at\n" * 20)
    with pytest.raises(StorageError, match="no SQLite database"):
        check_storage(f"sqlite:///{file}")
    with pytest.raises(StorageError, match=r"unable to open database file\. See that its folder is there"):
        check_storage(f"sqlite:///{tmp_path}/nowhere/study.db")


@pytest.mark.parametrize(
    ("revision", "advice"),
    [("v3.0.0.a", "optuna storage upgrade --storage"), ("v99.0.0.a", "pip install -U optuna")],
)
def test_a_database_of_another_version_is_left_alone(revision: str, advice: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    check_storage(url)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    before = (tmp_path / "study.db").read_bytes()
    with pytest.raises(StorageError, match=advice) as error:
        check_storage(url)
    assert "nothing in it was changed" in str(error.value)
    assert (tmp_path / "study.db").read_bytes() == before
