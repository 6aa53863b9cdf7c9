"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket there, gone when the tests are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERS = ("postgres", "nobody")
_QUICK = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def _programs() -> Path:
    """Return the folder of initdb and pg_ctl; skip where the server is not installed."""
    places = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)]
    found = shutil.which("pg_ctl")
    places += [] if found is None else [Path(found).parent]
    usable = [place for place in places if (place / "initdb").exists()]
    if not usable:
        pytest.skip("no PostgreSQL server is installed: pg_ctl and initdb were not found")
    return usable[0]


def _owner() -> dict[str, Any]:
    """Return as whom the server runs: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    known = {one.pw_name: one for one in pwd.getpwall()}
    name = next((one for one in _USERS if one in known), None)
    if name is None:
        pytest.skip(f"PostgreSQL does not run as root, and there is none of the users {', '.join(_USERS)}")
    return {"user": known[name].pw_uid, "group": known[name].pw_gid, "extra_groups": []}


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the URL of a fresh server's database."""
    programs, owner = _programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short, or refused
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    data = folder / "data"

    def run(*command: str) -> None:
        ended = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, timeout=60, check=False, **owner
        )
        assert ended.returncode == 0, f"{command[0]}: {ended.stdout}{ended.stderr}"

    try:
        run(
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "tester",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        )
        log = str(folder / "log")
        run(
            str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", f"-k {folder} {_QUICK}", "start"
        )
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
