"""A surface for ParaView (VTK) or as CSV; a CCTM as CSV or for LaTeX."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from interference import atomic, confusion, exports, surfaces, tables
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.surfaces import Surface
from stages import run, say

Source = Annotated[Path, typer.Argument(help="Of data/surfaces or data/cctm, a table (parquet).")]
Written = Annotated[Path, typer.Argument(help="The file to write; its ending is the form: .vtr, .csv, .tex.")]
Pair = Annotated[str | None, typer.Option(help="Which plane of a table that holds several: cat-dog.")]
Split = Annotated[str | None, typer.Option(help="Whose CCTM: test (if none is named), train.")]
ENDINGS = {"surfaces": (".vtr", ".csv"), "cctm": (".csv", ".tex")}


def main(table: Source, out: Written, pair: Pair = None, split: Split = None) -> None:
    """Write a surface or a CCTM in a form that other programs read.

    - `.vtr`, of a surface: a grid for ParaView with the mistake rate, each class's mistake rate and mean cross-entropy,
      and `height`, by which Warp By Scalar makes a relief.
    - `.csv`, of a surface: the same, a row a point; of all planes of the table unless a pair is named.
    - `.csv`, of a CCTM: the matrix, as shares.
    - `.tex`, of a CCTM: a table in percent.
    """
    kind = kind_of(table)
    if out.suffix not in ENDINGS[kind]:
        raise one_of(f"{out}: ending, for a table of {kind}", out.suffix, ENDINGS[kind])
    if kind == "surfaces":
        unasked("split", split, table)
        content = planes(table, pair, out.suffix)
    else:
        unasked("pair", pair, table)
        content = cctm(table, split or "test", out.suffix)
    atomic.write_bytes(out, content)
    say(f"{out}: {len(content)} bytes")


def kind_of(file: Path) -> str:
    """What a table holds, by its columns; raises `BadInput` where nothing here reads that."""
    found = tables.read_arrow(file, [], rows=False)[0].column_names
    kind = next((kind for kind in ENDINGS if set(found) == set(tables.COLUMNS[kind])), None)
    if kind is None:
        raise BadInput(f"{file}: found columns {', '.join(found)}, allowed: those of {' or '.join(ENDINGS)}")
    return kind


def unasked(option: str, value: str | None, file: Path) -> None:
    """Raise `BadInput` for an option that says nothing about this table."""
    if value is not None:
        raise BadInput(f"--{option}: found {value!r}, allowed: nothing, since {file} holds no {option}s to choose from")


def planes(file: Path, pair: str | None, ending: str) -> bytes:
    """The planes of a table (and its lines), or the one that is named: all of them as CSV, a single one as VTK."""
    table = tables.read(file, "surfaces")
    parts = [*surfaces.planes(table), *surfaces.lines(table)]
    found = {table.classes.joined(one.pair): one for one in map(surfaces.from_table, parts)}
    if pair is not None:
        found = {pair: named(pair, found, table.classes, file)}
    if ending == ".csv":
        return pd.concat(map(exports.points, found.values())).to_csv(index=False).encode()
    if len(found) != 1:
        raise BadInput(f"{file}: found {len(found)} planes, allowed in {ending}: one, by --pair: {', '.join(found)}")
    return exports.vtr(*found.values())


def named(pair: str, found: dict[str, Surface], classes: Classes, file: Path) -> Surface:
    """The plane of two classes by key or alias (a line: a class and itself); raises `BadInput` for any other."""
    key = "-".join(classes.keys[classes.index(name)] for name in pair.split("-"))
    if key not in found:
        raise one_of(f"{file}: pair", pair, found)
    return found[key]


def cctm(file: Path, split: str, ending: str) -> bytes:
    """The CCTM of a split."""
    table = tables.read(file, "cctm")
    splits = table.frame["split"]
    if split not in set(splits):
        raise one_of(f"{file}: split", split, splits.unique())
    counts = confusion.from_frame(table.frame[splits == split], len(table.classes))
    if ending == ".csv":
        return exports.matrix(counts, table.classes).to_csv().encode()
    return exports.latex(counts, table.classes, table.run.get("name", file.stem), split).encode()


if __name__ == "__main__":
    run(main)
