"""Every exhibit that the tables allow, as SVG and PNG."""

from pathlib import Path

from interference import evidence, figures, params
from stages import ParamsFile, run, say


def main(counts: Path, cctm: Path, grams: Path, surfaces: Path, folder: Path,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Draw the tables of four folders into FOLDER, one file an exhibit and form."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces)
    for name, figure in figures.draw(**found):
        figures.save(figure, folder / name)
        say(f"{folder / name}.svg")


if __name__ == "__main__":
    run(main)
