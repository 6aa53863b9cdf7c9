"""What the doctor finds: one fact about the machine, why it matters for what a training costs, and the mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding", "Fix", "Status", "advice", "ok", "problem"]

Status = Literal["ok", "advice", "problem"]


@dataclass(frozen=True, slots=True)
class Fix:
    """What ``--fix`` would write for one finding.

    Attributes
    ----------
    path : Path
        A file of the user's own.
    text : str
        The file's whole new text, or lines that it shall hold.
    how : {"replace", "lines"}
        Whether `text` replaces the file or is added to it; lines of several findings go into one file.
    """

    path: Path
    text: str
    how: Literal["replace", "lines"] = "replace"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, and what follows from it.

    Attributes
    ----------
    id : str
        Stable name for scripts: "threads.conflict".
    status : {"ok", "advice", "problem"}
        "advice" costs time or energy, or may; "problem" is broken, or makes something impossible.
    title : str
        The fact in a few words.
    detail : str
        What is, exactly; may have several lines.
    why : str
        Why it matters for what a training costs.
    mend : tuple of str
        Exact commands or edits, one each.
    fix : Fix or None
        What ``--fix`` would write; None where there is nothing to write, or only root may.
    """

    id: str
    status: Status
    title: str
    detail: str = ""
    why: str = ""
    mend: tuple[str, ...] = ()
    fix: Fix | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding for a JSON file."""
        fix = self.fix and {"path": str(self.fix.path), "text": self.fix.text, "how": self.fix.how}
        return {
            "id": self.id,
            "status": self.status,
            "title": self.title,
            "detail": self.detail,
            "why": self.why,
            "mend": list(self.mend),
            "fix": fix,
        }


def ok(id: str, title: str, detail: str = "", mend: tuple[str, ...] = ()) -> Finding:  # noqa: A002 (its name)
    """Return a finding that needs nothing done; a mend is then what would bring more."""
    return Finding(id, "ok", title, detail, mend=mend)


def advice(
    id: str,  # noqa: A002 (its name)
    title: str,
    detail: str,
    why: str,
    mend: tuple[str, ...],
    fix: Fix | None = None,
) -> Finding:
    """Return a finding of what costs time or energy, or may."""
    return Finding(id, "advice", title, detail, why, mend, fix)


def problem(
    id: str,  # noqa: A002 (its name)
    title: str,
    detail: str,
    why: str,
    mend: tuple[str, ...],
    fix: Fix | None = None,
) -> Finding:
    """Return a finding of what is broken."""
    return Finding(id, "problem", title, detail, why, mend, fix)
