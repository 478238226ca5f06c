"""A study's reproduction as one Markdown page, exhibit by exhibit: the paper's figures beside ours, and the verdicts.

From tables alone, for GitHub's renderer; a module a section of the paper. The pictures are those of `figures`, whose
rules of what is drawn the page shares.
"""

from interference.params import Claims
from interference.reporting.reproduction import overview, provenance
from interference.reporting.reproduction.exhibits import EXHIBITS, section
from interference.reporting.reproduction.markdown import Pictures
from interference.reporting.reproduction.page import Page
from interference.study.study import Study

__all__ = ["EXHIBITS", "Pictures", "markdown_of"]


def markdown_of(study: Study, settings: Claims, pictures: Pictures) -> str:
    """The page of a study; `settings` are the claims' thresholds."""
    page = Page(study, settings, pictures)
    if not study.by_run:
        return f"# {study.title}\n\nNo run has been trained yet: that is the stage `train`.\n"
    bodies = {one: one.body(page) for one in EXHIBITS}
    exhibits = [block for one, body in bodies.items() for block in section(page, one, body)]
    blocks = [*overview.section(page, bodies), *exhibits, *provenance.section(page)]
    return "\n\n".join(blocks) + "\n"
