"""The exhibits in the paper's order, then those that it has not, each with the claims that belong to it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interference.claims import CLAIMS, Verdict
from interference.claims.registry import FAILS, HOLDS, NOT_MEASURED
from interference.classes import DASH
from interference.reporting.reproduction import class_losses, minima, recognition, training
from interference.reporting.reproduction.markdown import plain
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed

MARKS = {HOLDS: "✓", FAILS: "✗"}
BEYOND = "Not in the paper"
PLACE = re.compile(r"((Fig\.|Table|Section|Introduction)[ \d.,]*)?")  # where, as the heading says


class Exhibit(NamedTuple):
    """An exhibit: its heading, what the page says of it, and what the claims say.

    `body` gives blocks of Markdown, the finding in a sentence first; none where the study has no `tables` for them,
    which the stages make. A claim names its exhibit by `id`.
    """

    heading: str
    body: Callable[[Page], list[str]]
    tables: str
    stages: str
    id: str = ""

    @property
    def claims(self) -> list[str]:
        """The ids of the claims that name this exhibit, in the paper's order."""
        return [claim.id for claim in CLAIMS.values() if claim.exhibit == self.id]


TESTED = "counts of trained nets on the test set", "train cctm"
RECORDED = "counts by epoch", "train"
SWEPT = "planes at the raw scale", "sweep"
EXHIBITS = (
    Exhibit("Fig. 1 and 8: what classes are taken for", recognition.cctms, *TESTED, "cctms"),
    Exhibit("Table 1: recalls", recognition.recalls, *TESTED, "recalls"),
    Exhibit("Section 3: accuracies", recognition.accuracies, *RECORDED, "accuracies"),
    Exhibit("Table 2: interfering classes", recognition.interfering, *TESTED, "interferers"),
    Exhibit("Fig. 2 to 4: minima over interference planes", minima.planes, *SWEPT, "planes"),
    Exhibit(
        "Fig. 2 to 4 at equal steps",
        minima.equal_steps,
        "planes of two set-ups at a scale of equal steps",
        "sweep",
        "equal steps",
    ),
    Exhibit("Fig. 5: class losses", class_losses.losses, *SWEPT, "class losses"),
    Exhibit("Section 4.1: likeness of class losses", class_losses.likeness, *SWEPT, "likeness"),
    Exhibit(
        "Definition 1: ego models",
        class_losses.egos,
        "planes of the pairs `egos` at the raw scale",
        "sweep",
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
    Exhibit(f"{BEYOND}: all pairs that dance", training.all_pairs, *RECORDED),
)


def section(page: Page, exhibit: Exhibit, body: Sequence[str]) -> list[str]:
    """An exhibit's heading, what was measured or how it could be, and its claims."""
    return [
        f"## {exhibit.heading}",
        *(body or [f"**Not measured**: {lacking(exhibit)}"]),
        *_claims(page, exhibit),
    ]


def lacking(exhibit: Exhibit) -> str:
    """What an exhibit that was not measured needs, and how that is made."""
    stages = [f"`{stage}`" for stage in exhibit.stages.split()]
    who = f"stages {listed(stages)} make" if len(stages) > 1 else f"stage {stages[0]} makes"
    return f"the study has no {exhibit.tables}. The {who} them, of what `params.yaml` asks for."


def _claims(page: Page, exhibit: Exhibit) -> list[str]:
    """An item a claim that was measured, and one for all that were not."""
    shown = verdicts(page, exhibit)
    whose = "known" if exhibit.heading.startswith(BEYOND) else "the paper"
    lacking = [verdict for verdict in shown if verdict.verdict == NOT_MEASURED]
    items = [_claim(verdict, whose) for verdict in shown if verdict not in lacking]
    if lacking:
        items.append(_not_measured(lacking))
    return ["\n".join(items)] if items else []


def _claim(verdict: Verdict, whose: str) -> str:
    """A claim in a line: its verdict, its sentence, what was measured, and what it stands beside: whose it is."""
    beside = "" if PLACE.fullmatch(verdict.paper) else f"; *{whose}*: {plain(verdict.paper)}"
    return (
        f"- {MARKS[verdict.verdict]} **{verdict.verdict}**: {_sentence(verdict)}. *Measured*: "
        f"{plain(verdict.measured)}{beside}."
    )


def _sentence(verdict: Verdict) -> str:
    return f"{plain(verdict.sentence)} (`{verdict.id}`)"


def _not_measured(lacking: Sequence[Verdict]) -> str:
    """Claims that were not measured, and every reason once."""
    reasons = dict.fromkeys(
        plain(reason) for verdict in lacking for reason in verdict.measured.split("; ")
    )
    return f"- {DASH} **{NOT_MEASURED}**: {'; '.join(map(_sentence, lacking))}. *Why*: {'; '.join(reasons)}."


def verdicts(page: Page, exhibit: Exhibit) -> list[Verdict]:
    """The verdicts on an exhibit's claims, in its order."""
    known = {verdict.id: verdict for verdict in page.study.verdicts}
    return [known[name] for name in exhibit.claims if name in known]


def is_beyond(verdict: Verdict) -> bool:
    """Whether a claim is not the paper's, as its sentence then says."""
    return f"({BEYOND.lower()})" in verdict.sentence


def tally(checked: Sequence[Verdict]) -> str | None:
    """The number of claims by verdict, such as `2 hold, 1 fails`; None without claims."""
    numbers = Counter(verdict.verdict for verdict in checked)
    forms = {HOLDS: ("holds", "hold"), FAILS: ("fails", "fail"), NOT_MEASURED: (NOT_MEASURED,) * 2}
    parts = [
        f"{numbers[word]} {singular if numbers[word] == 1 else plural}"
        for word, (singular, plural) in forms.items()
        if numbers[word]
    ]
    return ", ".join(parts) or None
