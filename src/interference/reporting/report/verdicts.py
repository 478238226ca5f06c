"""The claims: a row each, with its verdict, what was measured and what the paper says."""

from collections.abc import Sequence
from dataclasses import dataclass

from interference.claims import Verdict
from interference.reporting.report.section import Section


@dataclass(frozen=True)
class VerdictCount:
    """How many claims were checked, and how many of them came to each verdict."""

    number: int
    holds: int
    fails: int
    not_measured: int


@dataclass(frozen=True)
class Claims:
    """What the section shows."""

    count: VerdictCount
    claims: Sequence[Verdict]


def section(verdicts: Sequence[Verdict]) -> Section | None:
    """How many claims hold, and a row a claim; a choice of verdicts is the script's. None where none was checked."""
    if not verdicts:
        return None
    return Section("Claims", "verdicts.html", Claims(count_of(verdicts), verdicts), "claims")


def count_of(verdicts: Sequence[Verdict]) -> VerdictCount:
    """How many claims came to each verdict."""
    words = [verdict.verdict for verdict in verdicts]
    return VerdictCount(
        len(words), words.count("holds"), words.count("fails"), words.count("not measured")
    )
