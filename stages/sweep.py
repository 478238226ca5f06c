"""The confusion counts of a net at every point of an interference plane of two classes."""

from pathlib import Path
from typing import Annotated

import typer

from interference import nets
from interference.io import files, stopwatch, tables
from interference.io.resumable import Work, resumable
from interference.landscape.sweep import load, sweep_table, with_edges, with_reference
from interference.runtime.device import select_machine
from stages import (
    Device,
    ImageTable,
    NetFile,
    ParamsFile,
    Precision,
    Seconds,
    Watch,
    run,
    say,
    stage_code,
)

Egos = Annotated[
    Path, typer.Argument(help="The class gradients of the net: data/egos/RUN.safetensors.")
]
Notation = Annotated[str, typer.Argument(help="Two classes (cat-dog), all, top-K, or egos.")]
Scale = Annotated[
    str, typer.Argument(help="The unit of theta: raw, step, relative, filter, or random.")
]
Written = Annotated[
    Path, typer.Argument(help="The table of the counts at every point, to write (parquet).")
]
Engine = Annotated[
    str, typer.Option(help="local, ray, or auto: ray if RAY_ADDRESS names a cluster, else local.")
]


def main(
    net_file: NetFile,
    egos_file: Egos,
    image_table: ImageTable,
    pair: Notation,
    scale: Scale,
    surface: Written,
    seconds: Seconds,
    parameters: ParamsFile = Path("params.yaml"),
    device: Device = "auto",
    precision: Precision = "auto",
    engine: Engine = "auto",
) -> None:
    """Evaluate a net on the interference plane of PAIR at a SCALE and write the counts to SURFACE.

    PAIR may also be `all`, or `top-K` for the K pairs with the largest test CCTM; SURFACE then
    holds one plane for each pair. For `egos` it holds the ego models of every class (Definition 1):
    a line along the class's direction, stored as the plane of the class with itself.

    If it is interrupted, the same command continues after the last finished row, with the same
    result.
    """
    files.prepare(surface, seconds)
    machine = select_machine(device, precision)
    sweep = load(net_file, egos_file, image_table, pair, scale, parameters, machine, engine)
    grid = sweep.plane.grid
    at_most = "at most " if grid.tolerance or grid.decide else ""
    points = f"{len(sweep.planned)} rows of {grid.points} points"
    say(f"{sweep.title}: {points}, {at_most}{len(sweep.images)} images each, on {machine}")
    code = {**stage_code("sweep"), **nets.source_file(sweep.net.facts.to_json())}
    work = Work(f"sweep of {sweep.title}", sweep.work, sweep.inputs, code)
    with resumable(work, say) as unfinished:
        sweep = with_edges(sweep, unfinished.folder, say)
        sweep = with_reference(sweep, unfinished.folder)
        metadata = sweep.metadata()
        with Watch(sweep.title, len(sweep.planned) * sweep.passes) as watch:
            frame = sweep_table(sweep, metadata, unfinished, watch.tick, watch.say)
        tables.write(surface, "surfaces", frame, metadata)
        stopwatch.save(seconds, unfinished.seconds)


if __name__ == "__main__":
    run(main)
