"""One self-contained HTML page of a whole study, which asks nothing of the network.

A section a module: it makes its HTML and, where it is interactive, the numbers that the script of the same name in
`assets` draws. Plotly's script is inlined, tables come as one compressed block, pictures as one sheet.
"""

import json
from html import escape
from importlib.resources import files
from string import Template

from plotly.offline import get_plotlyjs

from interference.report import (
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
from interference.report.packing import Arrays
from interference.report.section import Section, plain
from interference.study import Study
from interference.thresholds import EPSILON, NOTE

__all__ = ["Study", "html"]

SCRIPTS = ("base", "controls", "plots", "cctm", "pairs", "curves", "dancers", "dances", "notes", "plane", "terrain",
           "camera", "planes", "egos", "flat", "gradients", "claims", "main")  # in the order in which they build


def html(study: Study, epsilon: float = EPSILON, note: float = NOTE) -> str:
    """The page of a study.

    Args:
        study: The tables and verdicts to show.
        epsilon: How far above the trained net a plane is still flat, in points of mistake rate.
        note: The share of a class's images that a class must exceed to be its note.
    """
    arrays = Arrays()
    made = [overview.section(study), cctm.section(study, arrays), pairs.section(study, arrays), curves.section(study),
            dances.section(study, arrays), notes.section(study, arrays, note),
            planes.section(study, arrays, epsilon), egos.section(study, arrays), flat.section(study, epsilon),
            gradients.section(study, arrays), verdicts.section(study), provenance.section(study)]
    sections = [section for section in made if section]
    given = {"classes": study.classes.labels, "many": study.many, "order": study.order, "runs": _runs(study),
             "views": {section.view: section.data for section in sections if section.view}}
    return Template(_asset("page.html")).substitute(
        title=escape(study.title), style=_asset("style.css"), plotly=get_plotlyjs(),
        links="".join(f'<a href="#{section.anchor}">{section.heading}</a>' for section in sections),
        body="\n".join(map(_html, sections)), data=_json(given), arrays=arrays.text(),
        script="\n".join(_asset(f"{name}.js") for name in SCRIPTS))


def _runs(study: Study) -> dict[str, dict[str, object]]:
    """What the scripts may say of each run: its net, its set-up, its seed."""
    return {name: {"net": table.run["net"], "optim": table.run["optim"], "seed": table.run["seed"]}
            for name, table in study.by_run.items()}


def _html(section: Section) -> str:
    view = f' data-view="{section.view}"' if section.view else ""
    heading = f'<h2 id="{section.anchor}-heading">{section.heading}</h2>'
    return (f'<section id="{section.anchor}" aria-labelledby="{section.anchor}-heading"{view}>{heading}{section.html}'
            "</section>")


def _json(given: object) -> str:
    """JSON that may stand in a script element: no text in it can close the element."""
    return json.dumps(plain(given), separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")


def _asset(name: str) -> str:
    return (files(__name__) / "assets" / name).read_text(encoding="utf-8")
