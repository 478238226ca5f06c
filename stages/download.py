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
    settings = params.load(parameters)
    data = settings.data
    classes, splits = datasets.read(data.name, raw / (data.path or ""), data.sides)
    mean, std = (each.round(4).tolist() for each in datasets.brightness(splits["train"][0]))
    params.check_images(parameters, settings, classes, mean, std)
    tables.write_images(images, splits, {
        **tables.class_metadata(classes), "data": data.title, "made_by": {"interference": __version__}})
    sizes = ", ".join(f"{len(labels)} {split}" for split, (_, labels) in splits.items())
    shape = " x ".join(map(str, splits["train"][0].shape[1:]))
    say(f"{data.title}: {sizes} images of {len(classes)} classes, {shape}, in {images}")
    say(f"{data.title}: the training images have mean: {mean}, std: {std}")
    if untested := datasets.absent(classes, splits["test"]):
        say(f"{data.title}: no test images of {', '.join(untested)}")


if __name__ == "__main__":
    run(main)
