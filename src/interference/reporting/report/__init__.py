"""One self-contained HTML page of a whole study, which needs no network.

A section has a module that computes its facts and a template in `templates` that turns them into
HTML. An interactive section also has a script in `assets` that draws its numbers. The page includes
Plotly's script, the tables as one compressed block, and the pictures as one sheet.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from interference.reporting.report import (
    cctm,
    comparison,
    confidence,
    curves,
    dances,
    egos,
    flat,
    gradients,
    groups,
    notes,
    overlap,
    overview,
    pairs,
    planes,
    provenance,
    reference,
    runs,
    scores,
    subsets,
    symmetry,
    verdicts,
)
from interference.reporting.report.packing import Arrays
from interference.reporting.report.rendering import json_block, render
from interference.reporting.report.scripts import bundle
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.thresholds import EPSILON, NOTE
from interference.vocabulary import SPLITS

__all__ = ["Study", "html"]

START = "start"  # the script that runs the others once the page is drawn


@dataclass(frozen=True)
class RenderedSection:
    """A section of the page as HTML."""

    heading: str
    anchor: str
    view: str
    body: Markup


@dataclass(frozen=True)
class Page:
    """The facts of the page's template: it escapes a text and keeps `Markup` unchanged."""

    title: str
    style: Markup
    sections: Sequence[RenderedSection]
    data: Markup
    arrays: str
    policy: str
    plotly: Markup
    script: Markup
    start: Markup


def html(study: Study, epsilon: float = EPSILON, note: float = NOTE) -> str:
    """The page of a study.

    Args:
        study: The tables and verdicts to show.
        epsilon: How far above the trained net a plane counts as flat, in percentage points of the
            error rate.
        note: The fraction of a class's images that another class must exceed to be its note.

    Returns:
        The page as HTML.
    """
    arrays = Arrays()
    sections = _sections(study, arrays, epsilon, note)
    data = {
        "classes": study.classes.labels,
        "many": study.many,
        "order": study.order,
        "runs": _runs(study),
        "splits": {split: SPLITS[split].short for split in cctm.TEST_FIRST},
        "views": {section.view: section.data for section in sections if section.view},
    }
    plotly = get_plotlyjs()
    script = _script()
    start = _file("assets", f"{START}.js")
    page = Page(
        title=study.title,
        policy=security_policy([plotly, script, start]),
        style=Markup(_file("assets", "style.css")),
        sections=[_render(section) for section in sections],
        data=json_block(data),
        arrays=arrays.text(),
        plotly=Markup(plotly),
        script=Markup(script),
        start=Markup(start),
    )
    return str(render("page.html", page))


def security_policy(scripts: Iterable[str]) -> str:
    """The content security policy of the page: it runs its own scripts alone and loads nothing.

    Args:
        scripts: The texts of the page's scripts.

    Returns:
        The policy, which knows each script by its hash.
    """
    hashes = []
    for script in scripts:
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        hashes.append(f"'sha256-{digest}'")
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(hashes)}",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "form-action 'none'",
            "base-uri 'none'",
        ]
    )


def _sections(study: Study, arrays: Arrays, epsilon: float, note: float) -> list[Section]:
    """The sections that have something to show, in the page's order."""
    sections = [
        comparison.section(study),
        overview.section(study),
        cctm.section(study, arrays),
        runs.section(study, study.verdicts),
        scores.section(study),
        overlap.section(study),
        pairs.section(study, arrays),
        confidence.section(study),
        reference.section(study),
        groups.section(study),
        subsets.section(study),
        curves.section(study),
        symmetry.section(study),
        dances.section(study, arrays),
        notes.section(study, arrays, note),
        planes.section(study, arrays, epsilon),
        egos.section(study, arrays),
        flat.section(study, epsilon),
        gradients.section(study, arrays),
        verdicts.section(study.verdicts),
        provenance.section(study),
    ]
    return [section for section in sections if section is not None]


def _render(section: Section) -> RenderedSection:
    return RenderedSection(
        heading=section.heading,
        anchor=section.anchor,
        view=section.view,
        body=render(section.template, section.context),
    )


def _runs(study: Study) -> dict[str, dict[str, object]]:
    """The net, the training configuration and the seed of each run, for the scripts."""
    return {
        name: {"net": table.run["net"], "optim": table.run["optim"], "seed": table.run["seed"]}
        for name, table in study.by_run.items()
    }


def _script() -> str:
    """The scripts of all views as one script."""
    modules = {}
    for file in (files(__name__) / "assets").iterdir():
        if file.name.endswith(".js"):
            modules[file.name.removesuffix(".js")] = file.read_text(encoding="utf-8")
    del modules[START]  # runs the others
    return bundle(modules)


def _file(folder: str, name: str) -> str:
    """The text of a file that belongs to the page."""
    file = files(__name__) / folder / name
    return file.read_text(encoding="utf-8")
