"""How a cause is tested, and what came out, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wattlab.studies.explain.answer import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.studies.explain.answer import Gain, Verdict

__all__ = ["CauseTest"]


class CauseTest(NamedTuple):
    """A test of one cause.

    Attributes
    ----------
    name, title, tested : str
        As a `Cause` has them.
    """

    name: str
    title: str
    tested: str

    def found(
        self,
        *,
        evidence: str,
        verdict: Verdict,
        gain: Gain | None = None,
        change: Mapping[str, Any] | None = None,
        advice: str = "",
    ) -> Cause:
        """Return the cause with what was found.

        Parameters
        ----------
        evidence, verdict, gain, change, advice
            As a `Cause` has them.
        """
        return Cause(
            name=self.name,
            title=self.title,
            tested=self.tested,
            evidence=evidence,
            verdict=verdict,
            gain=gain,
            change=dict(change or {}),
            advice=advice,
        )
