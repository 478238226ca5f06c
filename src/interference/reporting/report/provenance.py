"""The section on provenance: each run's software, parameters and time, and the page's commit."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interference.io.stopwatch import clock
from interference.paper import citation
from interference.reporting.report.section import Section, TextTable
from interference.study.provenance import with_totals
from interference.study.study import Study


@dataclass(frozen=True)
class Provenance:
    """The facts of the section's template.

    Attributes:
        built: The version and the commit that made the page.
        notes: What was read, and what was left out or taken for granted.
        makers: The software and the devices that made the tables, each combination once.
        times: How long each part of each run took; None if no time is known.
        parameters: The parameters of each run as JSON.
        citations: How to cite the paper, and the software in the version that made the tables.
    """

    built: Mapping[str, Any]
    notes: Sequence[str]
    makers: Sequence[Mapping[str, Any]]
    times: TextTable | None
    parameters: Mapping[str, str]
    citations: Sequence[str]


def section(study: Study) -> Section:
    """The section on the making of the page and its tables.

    Args:
        study: The study.

    Returns:
        The section.
    """
    makers: list[Mapping[str, Any]] = []
    for table in study.by_run.values():
        maker = table.meta.get("made_by", {})
        if maker and maker not in makers:
            makers.append(maker)
    parameters = {run: json.dumps(table.run, indent=1) for run, table in study.by_run.items()}
    citations = [citation.PAPER, citation.software(study.versions)]
    context = Provenance(study.built, study.notes, makers, _times(study), parameters, citations)
    return Section("Provenance", "provenance.html", context)


def _times(study: Study) -> TextTable | None:
    """How long each part of each run took; None if no time is known."""
    totals = with_totals(study.spent)
    if not totals:
        return None
    parts = next(iter(study.spent.values()))
    rows = [(name, *map(_time, seconds)) for name, seconds in totals]
    return TextTable("Time spent", ("run", *parts, "total"), rows)


def _time(seconds: float) -> str | None:
    """A time as hours, minutes and seconds, None for nan."""
    if math.isfinite(seconds):
        return clock(seconds)
    return None
