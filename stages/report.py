"""One interactive HTML page of the whole study: CCTMs, surfaces, claims and provenance."""

from pathlib import Path
from typing import Annotated

import typer

from interference import claims, params
from interference.io import files
from interference.reporting import report
from interference.study import provenance
from interference.study.study import Folders, Study
from stages import (
    CctmFolder,
    CountsFolder,
    GramFolder,
    ParamsFile,
    PredictionFolder,
    SecondsFolder,
    SurfaceFolder,
    VerdictsFile,
    run,
    say,
)

PageFile = Annotated[Path, typer.Argument(help="The page to write: data/report.html.")]
Images = Annotated[
    Path | None,
    typer.Option(
        help="The image table, to show its test images. Without it the page names images by their "
        "index and can be published."
    ),
]


def main(
    counts: CountsFolder,
    cctm: CctmFolder,
    grams: GramFolder,
    surfaces: SurfaceFolder,
    predictions: PredictionFolder,
    verdicts: VerdictsFile,
    page: PageFile,
    images: Images = None,
    parameters: ParamsFile = Path("params.yaml"),
    seconds: SecondsFolder = None,
) -> None:
    """Write the tables of five folders and the verdicts as one page.

    The page needs no server and no network.
    """
    settings = params.load(parameters)
    folders = Folders(counts, cctm, grams, surfaces, predictions, seconds, images)
    study = Study.gather(
        settings,
        folders,
        title=f"Class interference: {settings.data.title}",
        verdicts=claims.read(verdicts),
        built=provenance.built(parameters),
    )
    files.write_text(page, report.html(study, settings.claims.epsilon, settings.claims.note))
    say(f"{page}: {page.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
