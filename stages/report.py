"""One HTML page of the whole study: CCTMs to scrub through, surfaces to turn, claims and provenance."""

from pathlib import Path
from typing import Annotated

import typer

from interference import atomic, claims, evidence, making, params, report, tables
from interference.vocabulary import Array
from stages import (
    CctmFolder,
    CountsFolder,
    GramFolder,
    MetricsFolder,
    ParamsFile,
    PredictionFolder,
    SurfaceFolder,
    VerdictsFile,
    run,
    say,
)

PageFile = Annotated[Path, typer.Argument(help="The page to write: data/report.html.")]
Images = Annotated[Path | None, typer.Option(
    help="The image table whose test images the page shows; without it the page names images and can be published.")]


def main(counts: CountsFolder, cctm: CctmFolder, grams: GramFolder, surfaces: SurfaceFolder,
         predictions: PredictionFolder, verdicts: VerdictsFile, page: PageFile, images: Images = None,
         parameters: ParamsFile = Path("params.yaml"), metrics: MetricsFolder = None) -> None:
    """Gather the tables of five folders and the verdicts in a page that needs no server and no network."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces, predictions=predictions)
    study = report.Study(f"Class interference: {settings.data.title}", evidence.runs(settings, found), found["counts"],
                         found["cctm"], found["grams"], found["surfaces"], found["predictions"],
                         claims.read(verdicts), test_images(images), making.built(parameters.parent),
                         spent=making.spent(metrics, settings.runs, found["surfaces"]))
    atomic.write_text(page, report.html(study, settings.claims.epsilon, settings.claims.note))
    say(f"{page}: {page.stat().st_size / 1e6:.1f} MB")


def test_images(table: Path | None) -> Array | None:
    """The pixels (n, C, H, W) of the test images of an image table, None without one."""
    return None if table is None else tables.read_images(table, "test")[0]


if __name__ == "__main__":
    run(main)
