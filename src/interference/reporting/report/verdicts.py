"""The section on the paper's claims, with each claim's verdict, measured and paper's value."""

from collections.abc import Sequence
from dataclasses import dataclass

from interference.claims import Verdict, rules
from interference.reporting.report.section import Section


@dataclass(frozen=True)
class VerdictCount:
    """How many claims were checked, and how many of them came to each verdict."""

    number: int
    holds: int
    fails: int
    open: int
    partly: int
    not_measured: int


@dataclass(frozen=True)
class Claims:
    """The facts of the section's template.

    Attributes:
        count: How many claims came to each verdict.
        claims: The verdicts.
    """

    count: VerdictCount
    claims: Sequence[Verdict]


def section(verdicts: Sequence[Verdict]) -> Section | None:
    """The section on the claims; its script shows those of one verdict.

    Args:
        verdicts: The verdicts.

    Returns:
        The section, or None if no claim was checked.
    """
    if not verdicts:
        return None
    context = Claims(count_verdicts(verdicts), verdicts)
    return Section("Claims", "verdicts.html", context, "claims")


def count_verdicts(verdicts: Sequence[Verdict]) -> VerdictCount:
    """Count the claims that came to each verdict.

    Args:
        verdicts: The verdicts.

    Returns:
        The counts.
    """
    results = [verdict.verdict for verdict in verdicts]
    return VerdictCount(
        number=len(results),
        holds=results.count(rules.HOLDS),
        fails=results.count(rules.FAILS),
        open=results.count(rules.OPEN),
        partly=results.count(rules.PARTLY),
        not_measured=results.count(rules.NOT_MEASURED),
    )
