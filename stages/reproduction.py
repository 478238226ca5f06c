"""A Markdown page that compares the study with the paper, exhibit by exhibit, with verdicts."""

import os
from pathlib import Path
from typing import Annotated

import typer

from interference import claims, params
from interference.io import files
from interference.reporting.reproduction import Pictures, markdown_of
from interference.study.study import Folders, Study
from stages import (
    CctmFolder,
    CountsFolder,
    GramFolder,
    ParamsFile,
    SecondsFolder,
    SurfaceFolder,
    VerdictsFile,
    run,
    say,
)

PageFile = Annotated[Path, typer.Argument(help="The page to write: plots/REPRODUCTION.md.")]
Figures = Annotated[
    Path | None, typer.Option(help="The folder of the figures on the page: plots/figures.")
]

NO_COMPARISON = (
    "This study is not compared with the paper, since its parameters say `claims: none`. "
    "Its results are in `data/report.html`.\n"
)


def main(
    counts: CountsFolder,
    cctm: CctmFolder,
    grams: GramFolder,
    surfaces: SurfaceFolder,
    verdicts: VerdictsFile,
    page: PageFile,
    seconds: SecondsFolder = None,
    figures: Figures = None,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Compare the tables of four folders and the verdicts with the paper, on a page for GitHub."""
    settings = params.load(parameters)
    if not settings.checks_claims:
        files.write_text(page, NO_COMPARISON)
        say(f"{page}: claims: none, so nothing is compared with the paper")
        return
    study = Study.gather(
        settings,
        Folders(counts, cctm, grams, surfaces, seconds=seconds),
        verdicts=claims.read(verdicts),
    )
    files.write_text(page, markdown_of(study, settings.claims, pictures(figures, page)))
    say(f"{page}: {page.stat().st_size / 1e3:.0f} kB")


def pictures(figures: Path | None, page: Path) -> Pictures:
    """List the pictures that the page may show.

    Args:
        figures: The folder of figures, or None.
        page: The page, which links to them.

    Returns:
        The folder as seen from the page, and the names of its SVG files; nothing without a folder.
    """
    if figures is None:
        return Pictures("", ())
    folder = Path(os.path.relpath(figures, page.parent)).as_posix()
    return Pictures(folder, {picture.stem for picture in figures.glob("*.svg")})


if __name__ == "__main__":
    run(main)
