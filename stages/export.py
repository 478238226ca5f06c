"""A surface for ParaView (VTK) or as CSV, or a CCTM as CSV or for LaTeX."""

from pathlib import Path
from typing import Annotated

import typer

from interference.errors import BadInput, one_of
from interference.io import files
from interference.reporting import exports
from stages import run, say

Source = Annotated[Path, typer.Argument(help="A table of data/surfaces or data/cctm (parquet).")]
Written = Annotated[
    Path, typer.Argument(help="The file to write; its ending gives the format: .vtr, .csv or .tex.")
]
Pair = Annotated[
    str | None, typer.Option(help="The plane, as cat-dog, if the table holds several.")
]
Split = Annotated[
    str | None, typer.Option(help="The split of the CCTM: test (the default) or train.")
]
Zoom = Annotated[
    bool, typer.Option("--zoom", help="Write the narrower planes that `sweep.grid.zoom` added.")
]


def main(
    table: Source, out: Written, pair: Pair = None, zoom: Zoom = False, split: Split = None
) -> None:
    """Write a surface or a CCTM in a format that other programs read.

    - `.vtr` (surface): a grid for ParaView. It holds the error rate, the error rate and the mean
      cross-entropy of each class, and `height`, from which ParaView's filter Warp By Scalar makes a
      relief.
    - `.csv` (surface): the same values, one row for each point, of all planes of the table or of
      the pair.
    - `.csv` (CCTM): the matrix as fractions from 0 to 1.
    - `.tex` (CCTM): a LaTeX table in percent.
    """
    kind = exports.kind_of(table)
    if out.suffix not in exports.ENDINGS[kind]:
        raise one_of(f"{out}: ending, for a table of {kind}", out.suffix, exports.ENDINGS[kind])
    if kind == "surfaces":
        refuse_option("split", split, table)
        content = exports.export_planes(table, pair, zoom, out.suffix)
    else:
        refuse_option("pair", pair, table)
        refuse_option("zoom", zoom or None, table)
        content = exports.export_cctm(table, split or "test", out.suffix)
    files.write_bytes(out, content)
    say(f"{out}: {len(content)} bytes")


def refuse_option(option: str, value: str | bool | None, file: Path) -> None:
    """Raise `BadInput` if an option is given that does not apply to this table."""
    if value is not None:
        raise BadInput(
            f"--{option}: found {value!r}, allowed: nothing, since {file} holds no {option}s to "
            f"choose from; leave out --{option}"
        )


if __name__ == "__main__":
    run(main)
