"""One HTML page of figures, claims and provenance."""

from pathlib import Path

import pandas as pd

from interference import atomic, claims, evidence, params, report
from interference.errors import BadInput
from stages import ParamsFile, run, say


def main(figures: Path, mistakes: Path, counts: Path, cctm: Path, verdicts: Path, page: Path,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Gather the SVGs of a folder, the sheet of MISTAKES, VERDICTS (CSV) and runs' tables in a self-contained PAGE."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm)
    drawn = {path.stem: path for path in sorted(figures.glob("*.svg"))} | {"mistakes": mistakes}
    title = f"Class interference: {settings.data.name}"
    atomic.write_text(page, report.html(title, drawn, found, rows(verdicts), list(settings.runs)))
    say(f"{page}: {len(drawn)} figures, {page.stat().st_size / 1e6:.1f} MB")


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
