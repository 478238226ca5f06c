"""The section on the paper's claims, with each claim's verdict, measured and paper's value."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from interference.claims import CLAIMS, Verdict, rules
from interference.reporting.report.section import Section
from interference.reporting.text import listed

# What the claims of each exhibit are about, in the page's order
TOPICS = {
    "cctms": "Which classes are confused (Fig. 1 and 8)",
    "recalls": "Recalls (Table 1)",
    "accuracies": "Accuracies (Section 3)",
    "interferers": "Interfering classes (Table 2)",
    "planes": "Minima over interference planes (Fig. 2 to 4)",
    "equal steps": "The same planes at equal steps",
    "class losses": "Losses of single classes (Fig. 5)",
    "likeness": "Likeness of class losses (Section 4.1)",
    "egos": "Ego models (Definition 1)",
    "dance": "The label dance (Fig. 6)",
    "notes": "Dancing notes (Fig. 7)",
    "gradients": "Class gradients (not in the paper)",
    "league": "Scores that tell which classes interfere (not in the paper)",
}
OTHERS = "Others"
ABSENT = re.compile(r"\w+: no run of (\S+) under (\S+)")  # the reason of a claim without its runs


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
class Topic:
    """The claims about one exhibit.

    Attributes:
        heading: What they are about.
        count: How many of them came to each verdict.
        claims: The verdicts of those that were measured.
        unmeasured: The verdicts of those that were not, each with its reason in plain words.
    """

    heading: str
    count: VerdictCount
    claims: Sequence[Verdict]
    unmeasured: Sequence[tuple[Verdict, str]]


@dataclass(frozen=True)
class Claims:
    """The facts of the section's template.

    Attributes:
        count: How many claims came to each verdict.
        topics: The claims by exhibit.
    """

    count: VerdictCount
    topics: Sequence[Topic]


def section(verdicts: Sequence[Verdict]) -> Section | None:
    """The section on the claims; its script shows those of one verdict.

    Args:
        verdicts: The verdicts.

    Returns:
        The section, or None if no claim was checked.
    """
    if not verdicts:
        return None
    context = Claims(count_verdicts(verdicts), group_by_topic(verdicts))
    return Section("Claims", "verdicts.html", context, "claims")


def group_by_topic(verdicts: Sequence[Verdict]) -> list[Topic]:
    """Group claims by the exhibit that they are about.

    Args:
        verdicts: The verdicts.

    Returns:
        The topics that have a claim, in the order of `TOPICS`.
    """
    by_heading: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        claim = CLAIMS.get(verdict.id)
        heading = TOPICS.get(claim.exhibit, OTHERS) if claim else OTHERS
        by_heading[heading].append(verdict)
    topics = []
    for heading in (*TOPICS.values(), OTHERS):
        group = by_heading.get(heading)
        if group:
            topics.append(_topic(heading, group))
    return topics


def _topic(heading: str, verdicts: Sequence[Verdict]) -> Topic:
    """The claims about an exhibit, those that were measured apart from the others."""
    measured = []
    unmeasured = []
    for verdict in verdicts:
        if verdict.verdict == rules.NOT_MEASURED:
            unmeasured.append((verdict, plain_reason(verdict.measured)))
        else:
            measured.append(verdict)
    return Topic(heading, count_verdicts(verdicts), measured, unmeasured)


def plain_reason(reason: str) -> str:
    """Say in plain words which runs a claim lacks.

    Args:
        reason: The reason of a claim that was not measured, such as
            `cctm: no run of dla under big_lr; cctm: no run of dla under small_lr`.

    Returns:
        Such as `It needs dla with big_lr and small_lr, which was not run.`; another reason as it
        is.
    """
    setups_by_net: dict[str, list[str]] = {}
    parts = reason.split("; ")
    for part in parts:
        match = ABSENT.fullmatch(part)
        if not match:
            return reason
        net, setup = match.groups()
        setups = setups_by_net.setdefault(net, [])
        if setup not in setups:
            setups.append(setup)
    needed = [f"{net} with {listed(setups)}" for net, setups in setups_by_net.items()]
    verb = "was" if len(parts) == 1 else "were"
    return f"It needs {listed(needed)}, which {verb} not run."


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
