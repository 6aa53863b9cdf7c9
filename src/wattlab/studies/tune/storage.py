"""Where Optuna keeps a study: an SQLite file or a PostgreSQL database, and what to do where it cannot be used."""

from __future__ import annotations

import os
import re
import shlex
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import MissingExtraError, StorageError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optuna.storages import RDBStorage
    from sqlalchemy import Engine

__all__ = [
    "DATABASE",
    "check_extra",
    "check_storage",
    "dashboard_command",
    "database_url",
    "open_storage",
    "public_url",
    "quiet_optuna",
    "shown_url",
]

DATABASE: Final = "optuna.db"
"""The SQLite file, in the study's folder."""
_SCHEMES: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_OLDEST: Final = 5
"""Version of Optuna that has constraints of its own."""
_PATIENCE_S: Final = 10
_PASSWORD: Final = re.compile(r"(?<=[?&])(?:ssl)?password=[^&]*&?", re.IGNORECASE)


def check_extra() -> None:
    """Refuse to search without Optuna; `wattlab.errors.MissingExtraError` names the extra."""
    if find_spec("optuna") is None:
        raise MissingExtraError("optuna", "tune", "wattlab tune")
    found = version("optuna")
    if int(found.partition(".")[0]) < _OLDEST:
        msg = f"wattlab tune needs Optuna {_OLDEST} or later, but {found} is installed; update: pip install -U optuna"
        raise UserError(msg)


def shown_url(url: str) -> str:
    """Return a URL as a user writes it: without the driver, and without a password.

    Examples
    --------
    >>> shown_url("postgresql+psycopg://me:secret@host/tune")
    'postgresql://me@host/tune'
    """
    scheme, separator, rest = public_url(url).partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def database_url(storage: str | None, folder: Path) -> str:
    """Return the URL by which SQLAlchemy knows the database.

    Parameters
    ----------
    storage : str or None
        As the user gave it; None: the SQLite file in the study's folder.
    folder : Path
        Of the study.

    Raises
    ------
    wattlab.errors.UserError
        If it is no URL, or of a database that is not supported.
    wattlab.errors.MissingExtraError
        If the driver is not installed.
    """
    if storage is None:
        return f"sqlite:///{(folder / DATABASE).absolute()}"
    scheme, separator, rest = storage.partition("://")
    if not separator or scheme not in _SCHEMES:
        msg = (
            f"--storage {public_url(storage)!r} is no database that a search can be kept in; expected "
            "postgresql://user@host/database or sqlite:///folder/file.db"
        )
        raise UserError(msg)
    if _SCHEMES[scheme] != "sqlite" and find_spec("psycopg") is None:
        raise MissingExtraError("psycopg", "postgresql", "a PostgreSQL database")
    url = f"{_SCHEMES[scheme]}://{rest}"
    _check_parts(url, storage)
    return url


def _check_parts(url: str, storage: str) -> None:
    """Refuse an address that SQLAlchemy would take apart in another way than it is meant."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        host = make_url(url).host or ""
    except (ArgumentError, ValueError):
        host = "@"
    if "@" in host:
        msg = (
            f"--storage {public_url(storage)!r} is no address of a database: expected "
            "postgresql://user@host:port/database, the port a number; leave the password to PGPASSWORD or ~/.pgpass, "
            "or write %40 for an @ in it, %3A for a colon and %2F for a slash"
        )
        raise UserError(msg) from None


def public_url(url: str) -> str:
    """Return a URL without its password.

    Examples
    --------
    >>> public_url("postgresql://me:secret@host/tune")
    'postgresql://me@host/tune'
    """
    scheme, separator, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    open_place = _PASSWORD.sub("", place).replace("?&", "?").removesuffix("?")
    return f"{scheme}{separator}{user.partition(':')[0]}{at}{open_place}"


def dashboard_command(url: str) -> str:
    """Return the command that opens the study in Optuna's own dashboard, without a password."""
    shown = public_url(url)
    if shown.startswith("sqlite:///"):
        path = shown.removeprefix("sqlite:///")
        relative = os.path.relpath(path)
        shown = f"sqlite:///{relative if len(relative) < len(path) else path}"
    return f"optuna-dashboard {shlex.quote(shown)}"


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep Optuna from logging what the study tells itself, and from warning that grouping is experimental."""
    from optuna import logging

    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)


def open_storage(url: str, shown: str = "") -> RDBStorage:
    """Return the database, its tables made where there are none.

    Parameters
    ----------
    url : str
        As `database_url` gives it.
    shown : str, optional
        It, as messages have it.

    Raises
    ------
    wattlab.errors.StorageError
        If it cannot be reached or read, or is of another version of Optuna; what it holds is left as it is.
    """
    from optuna.storages import RDBStorage

    is_file = url.startswith("sqlite")
    arguments = {"timeout": _PATIENCE_S} if is_file else {"connect_timeout": _PATIENCE_S}
    with storage_trouble(url, shown), quiet_optuna():
        storage = RDBStorage(url, engine_kwargs={"connect_args": arguments, "pool_pre_ping": True})
        if is_file:
            _make_quick(storage.engine)
        return storage


def _make_quick(engine: Engine) -> None:
    """Let SQLite write ahead: each of many small notes need not wait for the disk, and a crash harms none."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def write_ahead(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    engine.dispose()  # connections of before


@contextmanager
def storage_trouble(url: str, shown: str = "") -> Iterator[None]:
    """Turn what goes wrong with a database into `wattlab.errors.StorageError`, which says what to do."""
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    shown = shown or shown_url(url)
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageError(_unreachable(shown, error)) from error
    except OptunaError as error:
        cause = error.__cause__
        raise StorageError(
            _unreachable(shown, cause if isinstance(cause, SQLAlchemyError) else error)
        ) from error
    except RuntimeError as error:
        if "table schema" not in str(error):
            raise
        raise StorageError(_other_version(shown, url, str(error))) from error
    except AssertionError as error:  # a database whose Optuna tables are there, but empty
        msg = f"database {shown!r} holds a damaged study of Optuna; name another one with --storage"
        raise StorageError(msg) from error


def _unreachable(shown: str, error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip()
    lines = (" ".join(line.split()) for line in said.splitlines())
    first = ". ".join(line.rstrip(".") for line in lines if line)
    if "not a database" in first or "malformed" in first:
        return (
            f"{shown!r} is no SQLite database, or is damaged ({first}); name another file with --storage, and it is "
            "told of all trials that the study's folder has"
        )
    hint = (
        "See that its folder is there and can be written, and that no other program locks it"
        if shown.startswith("sqlite")
        else "See that the server runs, that user, host and database are right, and that PGPASSWORD or ~/.pgpass "
        "has the password"
    )
    return f"database {shown!r} cannot be used: {first}{'' if first[-1:] in {'.', '?', '!'} else '.'} {hint}"


def _other_version(shown: str, url: str, said: str) -> str:
    if "storage upgrade" in said:
        public = shlex.quote(public_url(url))
        return (
            f"database {shown!r} was set up by an older version of Optuna; nothing in it was changed. Bring it up "
            f"to date with: optuna storage upgrade --storage {public}; or name another database with "
            "--storage"
        )
    return (
        f"database {shown!r} was set up by a newer version of Optuna than the one installed here; nothing in it was "
        "changed. Update with: pip install -U optuna; or name another database with --storage"
    )


def check_storage(storage: str) -> None:
    """Refuse a database that cannot be used, before anything is trained; see `open_storage` for what is raised."""
    found = open_storage(database_url(storage, Path()), public_url(storage))
    found.remove_session()
    found.engine.dispose()
