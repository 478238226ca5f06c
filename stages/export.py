"""A surface for ParaView (VTK) or as CSV; a CCTM as CSV or for LaTeX."""

from pathlib import Path
from typing import Annotated

import typer

from interference.errors import BadInput, one_of
from interference.io import files
from interference.reporting import exports
from stages import run, say

Source = Annotated[Path, typer.Argument(help="Of data/surfaces or data/cctm, a table (parquet).")]
Written = Annotated[
    Path, typer.Argument(help="The file to write; its ending is the form: .vtr, .csv, .tex.")
]
Pair = Annotated[
    str | None, typer.Option(help="Which plane of a table that holds several: cat-dog.")
]
Split = Annotated[str | None, typer.Option(help="Whose CCTM: test (if none is named), train.")]


def main(table: Source, out: Written, pair: Pair = None, split: Split = None) -> None:
    """Write a surface or a CCTM in a form that other programs read.

    - `.vtr`, of a surface: a grid for ParaView with the mistake rate, each class's mistake rate and mean cross-entropy,
      and `height`, by which Warp By Scalar makes a relief.
    - `.csv`, of a surface: the same, a row a point; of all planes of the table unless a pair is named.
    - `.csv`, of a CCTM: the matrix, as shares.
    - `.tex`, of a CCTM: a table in percent.
    """
    kind = exports.kind_of(table)
    if out.suffix not in exports.ENDINGS[kind]:
        raise one_of(f"{out}: ending, for a table of {kind}", out.suffix, exports.ENDINGS[kind])
    if kind == "surfaces":
        unasked("split", split, table)
        content = exports.export_planes(table, pair, out.suffix)
    else:
        unasked("pair", pair, table)
        content = exports.export_cctm(table, split or "test", out.suffix)
    files.write_bytes(out, content)
    say(f"{out}: {len(content)} bytes")


def unasked(option: str, value: str | None, file: Path) -> None:
    """Raise `BadInput` for an option that says nothing about this table."""
    if value is not None:
        raise BadInput(
            f"--{option}: found {value!r}, allowed: nothing, since {file} holds no {option}s to choose from"
        )


if __name__ == "__main__":
    run(main)
