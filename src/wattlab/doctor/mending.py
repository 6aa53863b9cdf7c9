"""What ``--fix`` writes: exactly what the findings showed, with a copy of each file as it was."""

from __future__ import annotations

import difflib
import shlex
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wattlab.errors import StorageError
from wattlab.records.files import storage_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wattlab.doctor.finding import Finding, Fix

__all__ = ["Change", "changes", "settled", "write"]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one file.

    Attributes
    ----------
    path : Path
    before : str or None
        Its text now; None where there is no file yet.
    after : str
        Its text afterwards.
    """

    path: Path
    before: str | None
    after: str

    def diff(self) -> str:
        """Return the change as a unified diff."""
        old = (self.before or "").splitlines(keepends=True)
        names = (str(self.path) if self.before is not None else "/dev/null", str(self.path))
        return "".join(difflib.unified_diff(old, self.after.splitlines(keepends=True), *names, n=2))


def changes(findings: Iterable[Finding]) -> list[Change]:
    """Return what the fixes of all findings together would write, one change a file; none where all is there.

    Raises
    ------
    wattlab.errors.StorageError
        If a file that is to be changed cannot be read.
    """
    by_path: dict[Path, list[Fix]] = {}
    for finding in findings:
        if finding.fix is not None:
            by_path.setdefault(finding.fix.path, []).append(finding.fix)
    planned = [_change(path, fixes) for path, fixes in by_path.items()]
    return [change for change in planned if change.before != change.after]


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings; one whose fix is written already has none any more, and says how to make it count."""
    return [_settled(finding, finding.fix) for finding in findings]


def _settled(finding: Finding, fix: Fix | None) -> Finding:
    if fix is None or not _is_written(fix):
        return finding
    if fix.how == "replace":
        return replace(finding, fix=None)
    others = [command for command in finding.mend if command not in fix.text.splitlines()]
    detail = f"{finding.detail}\nwritten in {fix.path}, not sourced in this shell".lstrip()
    return replace(finding, detail=detail, mend=(f"source {shlex.quote(str(fix.path))}", *others), fix=None)


def _is_written(fix: Fix) -> bool:
    try:
        change = _change(fix.path, (fix,))
    except (StorageError, UnicodeDecodeError):
        return False
    return change.before == change.after


def _change(path: Path, fixes: Sequence[Fix]) -> Change:
    with storage_errors(path):
        before = path.read_text(encoding="utf-8") if path.exists() else None
    after = before or ""
    for fix in fixes:
        after = fix.text if fix.how == "replace" else _with_lines(after, fix.text.splitlines())
    return Change(path, before, after)


def _with_lines(text: str, lines: Iterable[str]) -> str:
    """Add lines; one that sets the same variable again takes the place of the older one."""
    before = text.splitlines()
    kept = before
    for line in lines:
        kept = _with_line(kept, line)
    return text if kept == before else "\n".join(kept) + "\n"


def _with_line(lines: list[str], line: str) -> list[str]:
    name = line.partition("=")[0]
    places = [place for place, old in enumerate(lines) if old.partition("=")[0] == name]
    if not places:
        return [*lines, line]
    # The last one is in force.
    return [*lines[: places[-1]], line, *lines[places[-1] + 1 :]]


def write(planned: Iterable[Change]) -> list[tuple[Path, Path | None]]:
    """Write the changes and return each file with the copy of what it was; None where it is new.

    Raises
    ------
    wattlab.errors.StorageError
        If a folder cannot be written; the file stays as it was.
    """
    written: list[tuple[Path, Path | None]] = []
    for change in planned:
        with storage_errors(change.path):
            change.path.parent.mkdir(parents=True, exist_ok=True)
        backup = _backup(change.path) if change.before is not None else None
        write_atomically(change.path, change.after.encode())
        written.append((change.path, backup))
    return written


def _backup(path: Path) -> Path:
    free = (path.with_name(f"{path.name}.before-{number}") for number in range(1, 1000))
    backup = next(candidate for candidate in free if not candidate.exists())
    with storage_errors(backup):
        shutil.copy2(path, backup)
    return backup
