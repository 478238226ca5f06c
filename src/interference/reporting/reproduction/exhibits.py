"""Lists the exhibits, the paper's first and then our own, and writes the section of each."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interference.claims import CLAIMS, Verdict
from interference.claims.rules import FAILS, HOLDS, NOT_MEASURED, OPEN, PARTLY
from interference.classes import DASH
from interference.reporting.reproduction import class_losses, minima, recognition, scores, training
from interference.reporting.reproduction.markdown import escape_markdown
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed

MARKS = {HOLDS: "✓", FAILS: "✗", OPEN: "?", PARTLY: "(✓)"}
BEYOND = "Not in the paper"
# What a verdict holds in place of the paper's words if the claim only names a place in the paper.
PLACE = re.compile(r"((Fig\.|Table|Section|Introduction)[ \d.,]*)?")


class Exhibit(NamedTuple):
    """An exhibit of the paper, or one of our own.

    Attributes:
        heading: The heading of its section.
        body: Writes the section's blocks in Markdown, the finding first; no blocks if the study
            lacks the tables.
        tables: The tables that it needs, in words.
        stages: The names of the stages that make those tables, with spaces between them.
        id: The name by which claims refer to it; empty if none does.
    """

    heading: str
    body: Callable[[Page], list[str]]
    tables: str
    stages: str
    id: str = ""

    @property
    def claims(self) -> list[str]:
        """The ids of the claims about this exhibit, in the paper's order."""
        return [claim.id for claim in CLAIMS.values() if claim.exhibit == self.id]


# The tables that exhibits need, and the stages that make them.
TESTED = ("confusion counts of trained nets on the test set", "train cctm")
RECORDED = ("confusion counts by epoch", "train")
SWEPT = ("planes at the raw scale", "sweep")
EXHIBITS = (
    Exhibit("Fig. 1 and 8: what classes are taken for", recognition.cctms, *TESTED, "cctms"),
    Exhibit("Table 1: recalls", recognition.recalls, *TESTED, "recalls"),
    Exhibit("Section 3: accuracies", recognition.accuracies, *RECORDED, "accuracies"),
    Exhibit("Table 2: interfering classes", recognition.interfering, *TESTED, "interferers"),
    Exhibit("Fig. 2 to 4: minima over interference planes", minima.planes, *SWEPT, "planes"),
    Exhibit(
        "Fig. 2 to 4 at equal steps",
        minima.equal_steps,
        "planes of two set-ups at a scale other than `raw`",
        "sweep",
        "equal steps",
    ),
    Exhibit("Fig. 5: class losses", class_losses.losses, *SWEPT, "class losses"),
    Exhibit("Section 4.1: likeness of class losses", class_losses.likeness, *SWEPT, "likeness"),
    Exhibit(
        "Definition 1: ego models",
        class_losses.egos,
        "lines along single class gradients (the pairs `egos`) at the raw scale",
        "sweep",
        "egos",
    ),
    Exhibit("Fig. 6: the dance", training.dances, *RECORDED, "dance"),
    Exhibit("Fig. 7: dancing notes", training.notes, *RECORDED, "notes"),
    Exhibit(
        f"{BEYOND}: class gradients",
        class_losses.gradients,
        "dot products of class gradients",
        "ego cctm",
        "gradients",
    ),
    Exhibit(f"{BEYOND}: scores that tell who interferes", scores.league_section, *TESTED, "league"),
    Exhibit(f"{BEYOND}: all pairs that dance", training.all_pairs, *RECORDED),
)


def section(page: Page, exhibit: Exhibit, body: Sequence[str]) -> list[str]:
    """Write the section of an exhibit.

    Args:
        page: The page.
        exhibit: The exhibit.
        body: Its blocks; if there are none, the section says how to get the missing tables.

    Returns:
        Blocks of Markdown: the heading, the body and the exhibit's claims.
    """
    blocks = list(body) or [f"**Not measured**: {missing_tables(exhibit)}"]
    return [f"## {exhibit.heading}", *blocks, *_claims(page, exhibit)]


def missing_tables(exhibit: Exhibit) -> str:
    """Say which tables an exhibit lacks and which stages make them."""
    stages = [f"`{stage}`" for stage in exhibit.stages.split()]
    if len(stages) > 1:
        makers = f"The stages {listed(stages)} make them"
    else:
        makers = f"The stage {stages[0]} makes them"
    return (
        f"the study has no {exhibit.tables}. {makers} for the runs and planes that `params.yaml` "
        "names."
    )


def _claims(page: Page, exhibit: Exhibit) -> list[str]:
    """A list with one item for each measured claim, and a last one for all other claims."""
    checked = verdicts(page, exhibit)
    origin = "known" if exhibit.heading.startswith(BEYOND) else "the paper"
    unmeasured = [verdict for verdict in checked if verdict.verdict == NOT_MEASURED]
    items = [_measured(verdict, origin) for verdict in checked if verdict not in unmeasured]
    if unmeasured:
        items.append(_not_measured(unmeasured))
    return ["\n".join(items)] if items else []


def _measured(verdict: Verdict, origin: str) -> str:
    """A claim with its verdict, our value, and the value of `origin` if it reports one."""
    item = (
        f"- {MARKS[verdict.verdict]} **{verdict.verdict}**: {_sentence(verdict)}. "
        f"*Measured*: {escape_markdown(verdict.measured)}"
    )
    if not PLACE.fullmatch(verdict.paper):
        item += f"; *{origin}*: {escape_markdown(verdict.paper)}"
    return f"{item}."


def _sentence(verdict: Verdict) -> str:
    return f"{escape_markdown(verdict.sentence)} (`{verdict.id}`)"


def _not_measured(unmeasured: Sequence[Verdict]) -> str:
    """All claims that were not measured, with each reason once."""
    sentences = "; ".join(_sentence(verdict) for verdict in unmeasured)
    reasons: dict[str, None] = {}
    for verdict in unmeasured:
        for reason in verdict.measured.split("; "):
            reasons[escape_markdown(reason)] = None
    return f"- {DASH} **{NOT_MEASURED}**: {sentences}. *Why*: {'; '.join(reasons)}."


def verdicts(page: Page, exhibit: Exhibit) -> list[Verdict]:
    """The verdicts on the claims about an exhibit, in the order of its claims."""
    by_id = {verdict.id: verdict for verdict in page.study.verdicts}
    return [by_id[name] for name in exhibit.claims if name in by_id]


def is_beyond(verdict: Verdict) -> bool:
    """Whether a claim is our own; its sentence then says that it is not in the paper."""
    return f"({BEYOND.lower()})" in verdict.sentence


def tally(checked: Sequence[Verdict]) -> str | None:
    """Count claims by verdict.

    Args:
        checked: The verdicts.

    Returns:
        Text such as `2 hold, 1 fails`; None if there is no verdict.
    """
    numbers = Counter(verdict.verdict for verdict in checked)
    forms = {
        HOLDS: ("holds", "hold"),
        FAILS: ("fails", "fail"),
        OPEN: ("is open", "are open"),
        PARTLY: ("holds partly", "hold partly"),
        NOT_MEASURED: (NOT_MEASURED, NOT_MEASURED),
    }
    parts = []
    for verdict, (singular, plural) in forms.items():
        if numbers[verdict]:
            form = singular if numbers[verdict] == 1 else plural
            parts.append(f"{numbers[verdict]} {form}")
    return ", ".join(parts) or None
