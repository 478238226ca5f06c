"""The section on a reference: whether the same classes are confused, and which pairs more often."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interference.confusion.multiple_tests import p_text
from interference.reporting.report.section import Section, TextTable
from interference.study import agreement_sentences as sentences
from interference.study.agreement import LEVEL, Agreement
from interference.study.study import Study

ROWS = 30  # the most rows of a table
FINDINGS = 8  # the most sentences of a side
DOTS = 500  # the most pairs of a chart
SIDE = 100  # the edge of a chart, in its own unit


@dataclass(frozen=True)
class Dot:
    """A pair in the chart, in the chart's unit.

    Attributes:
        x: The rate of the reference.
        y: The rate of the run, downwards from the upper edge.
        is_sure: Whether the two differ beyond chance.
        text: The pair and its rates, for the tip of the mouse.
    """

    x: float
    y: float
    is_sure: bool
    text: str


@dataclass(frozen=True)
class Side:
    """The pairs that are confused more often than by the reference, or those less often.

    Attributes:
        heading: The heading.
        findings: A sentence for each of the first pairs.
        more: The number of pairs without a sentence.
    """

    heading: str
    findings: Sequence[str]
    more: int


@dataclass(frozen=True)
class RunFacts:
    """The facts of a run.

    Attributes:
        name: The name of the run.
        headline: The sentence on both.
        sides: The pairs that are confused more and less often.
        dots: The pairs.
        highest: The rate at the upper edge of the chart, percent.
        table: The pairs with the largest differences.
        left_out: The number of pairs without a row.
        family: The number of pairs that are tested together.
    """

    name: str
    headline: str
    sides: Sequence[Side]
    dots: Sequence[Dot]
    highest: str
    table: TextTable
    left_out: int
    family: int


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        reference: The name of the reference.
        runs: The runs.
        side: The edge of a chart.
        is_matched: Whether the images of every run are matched with those of the reference.
    """

    reference: str
    runs: Sequence[RunFacts]
    side: int
    is_matched: bool


def section(study: Study) -> Section | None:
    """The agreement of the runs with a reference.

    Args:
        study: The study.

    Returns:
        The section, or None if there is no reference.
    """
    if not study.agreements:
        return None
    context = Context(
        reference=study.agreements[0].reference,
        runs=[_run(agreement) for agreement in study.agreements],
        side=SIDE,
        is_matched=all(agreement.images for agreement in study.agreements),
    )
    return Section("Reference", "reference.html", context)


def _run(agreement: Agreement) -> RunFacts:
    texts = list(sentences.sentences(agreement))
    is_more = (agreement.findings["excess"] > 0).tolist()
    more = [text for text, is_of_side in zip(texts, is_more, strict=True) if is_of_side]
    less = [text for text, is_of_side in zip(texts, is_more, strict=True) if not is_of_side]
    pairs = agreement.pairs
    highest = float(np.nanmax(pairs[["rate", "reference"]].to_numpy(), initial=1))
    return RunFacts(
        name=agreement.run,
        headline=sentences.headline(agreement),
        sides=[
            Side("Confused more often", more[:FINDINGS], max(0, len(more) - FINDINGS)),
            Side("Confused less often", less[:FINDINGS], max(0, len(less) - FINDINGS)),
        ],
        dots=_dots(agreement, highest),
        highest=f"{highest:.1f} %",
        table=_table(agreement),
        left_out=max(0, len(pairs) - ROWS),
        family=agreement.family,
    )


def _dots(agreement: Agreement, highest: float) -> list[Dot]:
    """The pairs, those with the largest differences last, so that they lie on top."""
    dots = []
    for row in reversed(agreement.pairs.head(DOTS).to_dict("records")):
        if np.isfinite(row["rate"]) and np.isfinite(row["reference"]):
            dots.append(
                Dot(
                    x=round(SIDE * row["reference"] / highest, 2),
                    y=round(SIDE * (1 - row["rate"] / highest), 2),
                    is_sure=row["p_holm"] < LEVEL,
                    text=f"{agreement.name(row)}: {row['rate']:.1f} %, "
                    f"{agreement.reference} {row['reference']:.1f} %",
                )
            )
    return dots


def _table(agreement: Agreement) -> TextTable:
    """The pairs with the largest differences."""
    cells = []
    for row in agreement.pairs.head(ROWS).to_dict("records"):
        interval = f"{row['low']:+.1f} to {row['high']:+.1f}"
        cells.append(
            [
                agreement.name(row),
                f"{row['rate']:.1f}",
                f"{row['reference']:.1f}",
                f"{row['excess']:+.1f} ({interval})",
                *(_p(row[name]) for name in ("p", "p_holm")),
            ]
        )
    heads = ["pair, both ways added", f"{agreement.run}, %", f"{agreement.reference}, %"]
    heads += ["excess, points (95 %)", "p", "p by Holm"]
    return TextTable(f"{agreement.run} against {agreement.reference}", heads, cells)


def _p(value: float) -> str | None:
    """A p-value as the text of a table cell; None for nan."""
    return p_text(value).removeprefix("p = ").removeprefix("p ") if np.isfinite(value) else None
