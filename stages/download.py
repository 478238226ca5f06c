"""A named data set as one image table."""

from pathlib import Path
from typing import Annotated

import typer

from interference import __version__, atomic, datasets, params, tables
from stages import ParamsFile, run, say

Written = Annotated[Path, typer.Argument(help="The image table to write (parquet).")]
Raw = Annotated[Path, typer.Option(envvar="INTERFERENCE_RAW", help="Where raw copies lie; the network comes second.")]


def main(images: Written, raw: Raw = Path("data/raw"), parameters: ParamsFile = Path("params.yaml")) -> None:
    """Write the data set that the parameters name as one table, IMAGES."""
    atomic.prepare(images)
    name = params.load(parameters).data.name
    dataset = datasets.DATASETS[name]
    splits = dataset.read(raw)
    datasets.check(name, splits)
    tables.write_images(images, splits, {
        **tables.class_metadata(dataset.classes), "data": name, "made_by": {"interference": __version__}})
    sizes = ", ".join(f"{len(labels)} {split}" for split, (_, labels) in splits.items())
    say(f"{name}: {sizes} images in {images}")


if __name__ == "__main__":
    run(main)
