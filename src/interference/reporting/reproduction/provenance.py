"""Writes how a study was made: versions, devices, seeds, and the time that each part took."""

from collections.abc import Mapping
from typing import Any

from interference.io.stopwatch import clock
from interference.io.tables import Table
from interference.paper import citation
from interference.reporting.reproduction.markdown import details, escape_markdown, number, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed
from interference.study.provenance import with_totals

PARTS = {  # the parts of a study, by kind of table
    "counts": "trainings",
    "cctm": "confusion counts",
    "grams": "class gradients",
    "surfaces": "planes",
}


def section(page: Page) -> list[str]:
    """Write the sections on how the tables and the page were made and are cited.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown.
    """
    order = list(PARTS.values())
    makers = []
    for maker, parts in _parts_by_maker(page).items():
        makers.append(f"- {listed(sorted(parts, key=order.index))}: {maker}")
    return [
        "## How it was made",
        f"{_seeds(page)}The tables were made with these versions, devices and precisions:",
        "\n".join(makers) or "- unknown",
        *_times(page),
        "The stage `reproduction` writes this page from the tables.",
        "## How to cite",
        "The method is the paper's. The version of the software is the one that made the tables:",
        f"```bibtex\n{citation.PAPER}\n\n{citation.software(page.study.versions)}\n```",
    ]


def _seeds(page: Page) -> str:
    seeds = {str(table.run["seed"]) for table in page.study.by_run.values()} - {"None"}
    if not seeds:
        return ""
    noun = "Seed" if len(seeds) == 1 else "Seeds"
    return f"{noun} {listed(sorted(seeds))}. "


def _parts_by_maker(page: Page) -> dict[str, set[str]]:
    """The parts of the study that each set of versions made on each device."""
    parts_by_maker: dict[str, set[str]] = {}
    for kind, part in PARTS.items():
        for made in _tables(page, kind):
            facts = dict(made.meta.get("made_by", {}))
            facts.pop("seed", None)
            maker = _list_facts(facts) or "unknown"
            parts_by_maker.setdefault(maker, set()).add(part)
    return parts_by_maker


def _tables(page: Page, kind: str) -> list[Table]:
    """The tables of a kind; a run has several tables of surfaces and one of any other kind."""
    tables = page.study.surfaces if kind == "surfaces" else page.study.of_runs(kind)
    return list(tables.values())


def _list_facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{escape_markdown(key)} {escape_markdown(value)}" for key, value in facts.items()
    )


def _times(page: Page) -> list[str]:
    """The total time and a table with the time of each part of each run."""
    rows = with_totals(page.study.spent)
    if not rows:
        return ["How long it took is not known: the metrics hold no times."]
    parts = next(iter(page.study.spent.values()))
    heads = ("run", *parts, "all")
    cells = []
    for name, seconds in rows:
        times = [clock(value) if value > 0 else None for value in seconds]
        cells.append((page.names.get(name, escape_markdown(name)), *times))
    _, totals = rows[-1]
    return [
        f"In total the study took **{clock(totals[-1])}** (hours:minutes:seconds). This is the "
        "sum of the wall-clock times that are known, even where parts ran side by side:",
        table(heads, cells),
        *_times_of_planes(page),
    ]


def _times_of_planes(page: Page) -> list[str]:
    """A folded table with the seconds of each file of planes."""
    rows = []
    for stem, seconds in page.study.swept.items():
        if seconds > 0:
            rows.append((f"`{stem}`", number(seconds, 0)))
    if not rows:
        return []
    return details("Seconds that each plane took", table(("plane", "seconds"), rows))
