"""One self-contained HTML page of a whole study, which asks nothing of the network.

A section is a module that computes its facts, a template in `templates` that turns them into HTML
and, where it is interactive, a script in `assets` that draws its numbers. Plotly's script is
inlined, tables come as one compressed block, pictures as one sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from interference.reporting.report import (
    cctm,
    curves,
    dances,
    egos,
    flat,
    gradients,
    notes,
    overview,
    pairs,
    planes,
    provenance,
    verdicts,
)
from interference.reporting.report.packing import Arrays
from interference.reporting.report.rendering import json_block, render
from interference.reporting.report.scripts import bundle
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.thresholds import EPSILON, NOTE

__all__ = ["Study", "html"]


@dataclass(frozen=True)
class RenderedSection:
    """A section of the page with its HTML."""

    heading: str
    anchor: str
    view: str
    body: Markup


@dataclass(frozen=True)
class Page:
    """The whole page: texts are escaped where they stand, `Markup` stands as it is."""

    title: str
    style: Markup
    sections: Sequence[RenderedSection]
    data: Markup
    arrays: str
    plotly: Markup
    script: Markup


def html(study: Study, epsilon: float = EPSILON, note: float = NOTE) -> str:
    """The page of a study.

    Args:
        study: The tables and verdicts to show.
        epsilon: How far above the trained net a plane is still flat, in points of mistake rate.
        note: The share of a class's images that a class must exceed to be its note.
    """
    arrays = Arrays()
    sections = [section for section in _sections(study, arrays, epsilon, note) if section]
    data = {
        "classes": study.classes.labels,
        "many": study.many,
        "order": study.order,
        "runs": _runs(study),
        "views": {section.view: section.data for section in sections if section.view},
    }
    page = Page(
        title=study.title,
        style=Markup(_asset("style.css")),
        sections=[_rendered(section) for section in sections],
        data=json_block(data),
        arrays=arrays.text(),
        plotly=Markup(get_plotlyjs()),
        script=Markup(_script()),
    )
    return str(render("page.html", page))


def _sections(study: Study, arrays: Arrays, epsilon: float, note: float) -> list[Section | None]:
    """The sections in the page's order, None for one that has nothing to show."""
    return [
        overview.section(study, study.verdicts),
        cctm.section(study, arrays),
        pairs.section(study, arrays),
        curves.section(study),
        dances.section(study, arrays),
        notes.section(study, arrays, note),
        planes.section(study, arrays, epsilon),
        egos.section(study, arrays),
        flat.section(study, epsilon),
        gradients.section(study, arrays),
        verdicts.section(study.verdicts),
        provenance.section(study),
    ]


def _rendered(section: Section) -> RenderedSection:
    body = render(section.template, section.context)
    return RenderedSection(section.heading, section.anchor, section.view, body)


def _runs(study: Study) -> dict[str, dict[str, object]]:
    """What the scripts may say of each run: its net, its set-up, its seed."""
    return {
        name: {"net": table.run["net"], "optim": table.run["optim"], "seed": table.run["seed"]}
        for name, table in study.by_run.items()
    }


def _script() -> str:
    """The scripts of all views."""
    folder = files(__name__) / "assets"
    names = [file.name for file in folder.iterdir() if file.name.endswith(".js")]
    return bundle({name.removesuffix(".js"): _asset(name) for name in names})


def _asset(name: str) -> str:
    return (files(__name__) / "assets" / name).read_text(encoding="utf-8")
