"""Writes a study's reproduction of the paper as one Markdown page, for GitHub's renderer.

The page sets the paper's numbers beside ours and gives the verdict on each claim. It is made from
tables alone. Each module writes one part. The page shows the figures of `figures` and follows their
rules for which runs and classes are shown.
"""

from interference.params import Claims
from interference.reporting.reproduction import lessons, overview, provenance
from interference.reporting.reproduction.exhibits import EXHIBITS, section
from interference.reporting.reproduction.markdown import Pictures
from interference.reporting.reproduction.page import Page
from interference.study.study import Study

__all__ = ["EXHIBITS", "Pictures", "markdown_of"]


def markdown_of(study: Study, settings: Claims, pictures: Pictures) -> str:
    """Write the page of a study.

    Args:
        study: The study.
        settings: The thresholds of its claims.
        pictures: The figures that the page may show.

    Returns:
        The page in Markdown.
    """
    page = Page(study, settings, pictures)
    if not study.by_run:
        return (
            f"# {study.title}\n\n"
            "No run has been trained yet. The stage `train` trains the runs of `params.yaml`.\n"
        )
    bodies = {exhibit: exhibit.body(page) for exhibit in EXHIBITS}
    blocks = overview.section(page, bodies)
    for exhibit, body in bodies.items():
        blocks.extend(section(page, exhibit, body))
    blocks.extend(lessons.section())
    blocks.extend(provenance.section(page))
    return "\n\n".join(blocks) + "\n"
