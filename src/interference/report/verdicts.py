"""The claims: a row each, with its verdict, what was measured and what the paper says."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interference.claims import Verdict
from interference.report.section import Section


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


def typed(rows: Iterable[Mapping[str, Any]]) -> list[Verdict]:
    """Verdicts from rows that name a verdict's fields, as `claims.read` gives them.

    The numbers, which the page does not show, are left out. An absent text (None or nan) becomes
    an empty one.
    """
    return [_verdict(row) for row in rows]


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        id=_text(row["id"]),
        sentence=_text(row["sentence"]),
        verdict=_text(row["verdict"]),
        measured=_text(row["measured"]),
        paper=_text(row["paper"]),
    )


def _text(value: Any) -> str:
    is_nan = isinstance(value, float) and math.isnan(value)
    return "" if value is None or is_nan else str(value)
