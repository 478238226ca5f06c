"""With what, from which parameters and in which time each run was made, and from which commit the page."""

import json
import math
from collections.abc import Mapping
from html import escape
from typing import Any

from interference.making import with_totals
from interference.report.section import Section
from interference.report.words import table
from interference.study import Study
from interference.timing import clock


def section(study: Study) -> Section:
    """What made the page, what made the tables, and the parameters of each run."""
    made = dict.fromkeys(_line(table.meta.get("made_by", {})) for table in study.by_run.values())
    tables = "".join(f"<li>{line}</li>" for line in made if line) or "<li>unknown</li>"
    runs = "".join(f"<details><summary>{escape(name)}</summary><pre>{escape(json.dumps(table.run, indent=1))}</pre>"
                   "</details>" for name, table in study.by_run.items())
    page = f"<p>This page: {_line(study.built)}</p>" if study.built else ""
    return Section("Provenance", f"{page}<p>The runs' tables were made by</p><ul>{tables}</ul>{_spent(study)}"
                                 f"<p>Parameters of each run</p>{runs}")


def _spent(study: Study) -> str:
    """How long each part of each run took; nothing where none of it is known."""
    found = with_totals(study.spent)
    if not found:
        return ""
    heads = ("run", *next(iter(study.spent.values())), "total")
    rows = [(name, *map(_time, seconds)) for name, seconds in found]
    return ("<p>Time spent, in hours, minutes and seconds by the clock on the wall; a total is of what is known</p>"
            f"{table(heads, rows, 'Time spent')}")


def _time(seconds: float) -> str | None:
    return clock(seconds) if math.isfinite(seconds) else None


def _line(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(str(key))} {escape(str(value))}" for key, value in facts.items())
