"""With what, from which parameters and in which time each run was made, and from which commit the page."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interference.io.stopwatch import clock
from interference.reporting.report.section import Section, TextTable
from interference.study.provenance import with_totals
from interference.study.study import Study


@dataclass(frozen=True)
class Provenance:
    """What the section shows: facts by name, a run's parameters as JSON, and times where any is known."""

    built: Mapping[str, Any]
    makers: Sequence[Mapping[str, Any]]
    times: TextTable | None
    parameters: Mapping[str, str]


def section(study: Study) -> Section:
    """What made the page, what made the tables, and the parameters of each run."""
    makers: list[Mapping[str, Any]] = []
    for table in study.by_run.values():
        maker = table.meta.get("made_by", {})
        if maker and maker not in makers:
            makers.append(maker)
    parameters = {run: json.dumps(table.run, indent=1) for run, table in study.by_run.items()}
    return Section(
        "Provenance", "provenance.html", Provenance(study.built, makers, _times(study), parameters)
    )


def _times(study: Study) -> TextTable | None:
    """How long each part of each run took; None where none of it is known."""
    totals = with_totals(study.spent)
    if not totals:
        return None
    heads = ("run", *next(iter(study.spent.values())), "total")
    return TextTable(
        "Time spent", heads, [(name, *map(_time, seconds)) for name, seconds in totals]
    )


def _time(seconds: float) -> str | None:
    return clock(seconds) if math.isfinite(seconds) else None
