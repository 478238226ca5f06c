"""Every exhibit that the tables allow, as SVG and PNG."""

from pathlib import Path

from interference import figures, params, tables
from stages import ParamsFile, run, say


def main(counts: Path, cctm: Path, grams: Path, surfaces: Path, folder: Path,
         parameters: ParamsFile = Path("params.yaml")) -> None:
    """Draw the tables of four folders into FOLDER, one file an exhibit and form."""
    settings = params.load(parameters)
    folders = {"counts": counts, "cctm": cctm, "grams": grams, "surfaces": surfaces}
    found = {kind: tables.read_folder(path, kind, settings.runs) for kind, path in folders.items()}
    pairs, scales = {settings.classes.pair(pair) for pair in settings.sweep.pairs}, settings.sweep.scales
    found["surfaces"] = {stem: table for stem, table in found["surfaces"].items()
                         if table.classes.pair(table.meta["pair"]) in pairs and table.meta["scale"] in scales}
    for name, figure in figures.draw(**found):
        figures.save(figure, folder / name)
        say(f"{folder / name}.svg")


if __name__ == "__main__":
    run(main)
