"""With what, from which parameters and when each run and the page were made."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from interference.report.study import Section, Study


def section(study: Study) -> Section:
    """What made the page, what made the tables, and the parameters of each run."""
    made = dict.fromkeys(_line(table.meta.get("made_by", {})) for table in study.by_run.values())
    tables = "".join(f"<li>{line}</li>" for line in made if line) or "<li>unknown</li>"
    runs = "".join(f"<details><summary>{escape(name)}</summary><pre>{escape(json.dumps(table.run, indent=1))}</pre>"
                   "</details>" for name, table in study.by_run.items())
    page = f"<p>This page: {_line(study.built)}</p>" if study.built else ""
    return Section("Provenance", f"{page}<p>The runs' tables were made by</p><ul>{tables}</ul>"
                                 f"<p>Parameters of each run</p>{runs}")


def _line(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(str(key))} {escape(str(value))}" for key, value in facts.items())
