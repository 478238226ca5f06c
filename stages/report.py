"""One HTML page of the whole study: CCTMs to scrub through, surfaces to turn, claims and provenance."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from interference import atomic, claims, evidence, params, report, tables
from interference.confusion import Array
from interference.errors import BadInput
from stages import CctmFolder, CountsFolder, GramFolder, ParamsFile, PredictionFolder, SurfaceFolder, run, say

Verdicts = Annotated[Path, typer.Argument(help="The claims' verdicts: data/claims.csv.")]
PageFile = Annotated[Path, typer.Argument(help="The page to write: data/report.html.")]
Images = Annotated[Path | None, typer.Option(
    help="The image table whose test images the page shows; without it the page names images and can be published.")]


def main(counts: CountsFolder, cctm: CctmFolder, grams: GramFolder, surfaces: SurfaceFolder,
         predictions: PredictionFolder, verdicts: Verdicts, page: PageFile, images: Images = None,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Gather the tables of five folders and the verdicts in a page that needs no server and no network."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces, predictions=predictions)
    study = report.Study(f"Class interference: {settings.data.title}", list(settings.runs), **found,
                         verdicts=rows(verdicts), images=test_images(images))
    atomic.write_text(page, report.html(study))
    say(f"{page}: {page.stat().st_size / 1e6:.1f} MB")


def test_images(table: Path | None) -> Array | None:
    """The pixels (n, C, H, W) of the test images of an image table, None without one."""
    return None if table is None else tables.read_images(table, "test")[0]


def rows(verdicts: Path) -> list[dict[str, object]]:
    """The claims' rows; raises `BadInput` where the file is no such table."""
    try:
        table = pd.read_csv(verdicts, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"{verdicts}: not a readable table of verdicts ({error})") from error
    missing = set(claims.COLUMNS) - set(table.columns)
    if missing:
        raise BadInput(f"{verdicts}: lacks {', '.join(sorted(missing))}; expected what the claims stage wrote")
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


if __name__ == "__main__":
    run(main)
