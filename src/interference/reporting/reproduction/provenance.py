"""How a study was made: with what, from which parameters, and in which time."""

from collections.abc import Mapping
from typing import Any

from interference.io.stopwatch import clock
from interference.reporting.reproduction.markdown import folded, number, plain, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed
from interference.study.provenance import with_totals

PARTS = {
    "counts": "trainings",
    "cctm": "confusion counts",
    "grams": "class gradients",
    "surfaces": "planes",
}


def section(page: Page) -> list[str]:
    """What made the tables and the page, and how long each part of each run took."""
    made = [
        f"- {listed(sorted(parts, key=[*PARTS.values()].index))}: {line}"
        for line, parts in _makers(page).items()
    ]
    seeds = sorted({str(table.run["seed"]) for table in page.study.by_run.values()} - {"None"})
    known = f"Seed{'s' * (len(seeds) != 1)} {listed(seeds)}. " if seeds else ""
    return [
        "## How it was made",
        f"{known}The tables were made by",
        "\n".join(made) or "- unknown",
        *_spent(page),
        "The stage `reproduction` writes this page from them.",
    ]


def _makers(page: Page) -> dict[str, dict[str, None]]:
    """What made which parts of the study: each set of versions on each device, a line."""
    found: dict[str, dict[str, None]] = {}
    for kind, part in PARTS.items():
        for one in (
            page.study.of_runs(kind).values()
            if kind != "surfaces"
            else page.study.surfaces.values()
        ):
            made = {
                key: value for key, value in one.meta.get("made_by", {}).items() if key != "seed"
            }
            found.setdefault(_words(made) or "unknown", {})[part] = None
    return found


def _words(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{plain(key)} {plain(value)}" for key, value in facts.items())


def _spent(page: Page) -> list[str]:
    """A row a run, in hours, minutes and seconds; a sentence where nothing is known."""
    found = with_totals(page.study.spent)
    if not found:
        return ["How long it took is not known: no metrics say so."]
    heads = ("run", *next(iter(page.study.spent.values())), "all")
    rows = [
        (page.names.get(name, plain(name)), *(clock(one) if one > 0 else None for one in seconds))
        for name, seconds in found
    ]
    return [
        f"All of it took **{clock(found[-1][1][-1])}** of one machine, in hours, minutes and seconds by the clock "
        "on the wall, as far as it is known; what ran side by side is added:",
        table(heads, rows),
        *_swept(page),
    ]


def _swept(page: Page) -> list[str]:
    """A fold with a row a file of planes, and the seconds that it took."""
    rows = [
        (f"`{stem}`", number(seconds, 0))
        for stem, seconds in page.study.swept.items()
        if seconds > 0
    ]
    return folded("Seconds of every plane", table(("plane", "seconds"), rows)) if rows else []
