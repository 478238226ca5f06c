"""A named data set as one image table."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from interference import datasets, params
from interference.classes import Classes
from interference.io import files, tables
from interference.version import __version__
from stages import ParamsFile, run, say

Written = Annotated[Path, typer.Argument(help="The image table to write (parquet).")]
Raw = Annotated[
    Path,
    typer.Option(envvar="INTERFERENCE_RAW", help="Where raw copies lie; the network comes second."),
]


def main(
    images: Written, raw: Raw = Path("data/raw"), parameters: ParamsFile = Path("params.yaml")
) -> None:
    """Write the data set that the parameters name as one table, IMAGES."""
    files.prepare(images)
    settings = params.load(parameters)
    data = settings.data
    classes, splits = datasets.read(data.name, data.place(raw), data.sides)
    mean, std = (each.round(4).tolist() for each in datasets.brightness(splits["train"][0]))
    params.check_images(
        parameters,
        settings,
        classes,
        len(mean),
        f"; the training images' are mean {mean}, std {std}",
    )
    tables.write_images(
        images,
        splits,
        {
            **tables.class_metadata(classes),
            "data": data.title,
            "made_by": {"interference": __version__},
        },
    )
    for line in described(classes, splits):
        say(f"{data.title}: {line}")
    say(f"{data.title}: the training images have mean: {mean}, std: {std}")


def described(classes: Classes, splits: Mapping[str, datasets.Split]) -> Iterator[str]:
    """How many images there are, of which shape, and the classes that have none to be tested on."""
    sizes = ", ".join(f"{len(labels)} {split}" for split, (_, labels) in splits.items())
    shape = " x ".join(map(str, splits["train"][0].shape[1:]))
    yield f"{sizes} images of {len(classes)} classes, {shape}"
    if untested := datasets.absent(classes, splits["test"]):
        yield f"no test images of {', '.join(untested)}"


if __name__ == "__main__":
    run(main)
