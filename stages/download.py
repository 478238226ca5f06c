"""A named data set as one image table."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from interference import datasets, params
from interference.classes import Classes, shortened
from interference.io import files, tables
from interference.version import __version__
from stages import ParamsFile, run, say

Written = Annotated[Path, typer.Argument(help="The image table to write (parquet).")]
Raw = Annotated[
    Path,
    typer.Option(
        envvar="INTERFERENCE_RAW",
        help="The folder of the raw files. The data set is downloaded into it unless it is there.",
    ),
]


SkipBroken = Annotated[
    bool,
    typer.Option("--skip-broken", help="Leave out images that cannot be read, and say so."),
]


def main(
    images: Written,
    raw: Raw = Path("data/raw"),
    parameters: ParamsFile = Path("params.yaml"),
    skip_broken: SkipBroken = False,
) -> None:
    """Write the data set that the parameters name as one table, IMAGES."""
    files.prepare(images)
    settings = params.load(parameters)
    data = settings.data
    loaded = datasets.load(
        data.name,
        data.place(raw),
        data.resizing,
        order=data.classes,
        test=data.drawn_test,
        label=data.label,
        upper_bits=data.bits == 16,
        skip_broken=skip_broken,
    )
    classes = loaded.classes
    splits = loaded.splits
    train_pixels, _ = splits["train"]
    channel_means, channel_stds = datasets.brightness(train_pixels)
    mean = channel_means.round(4).tolist()
    std = channel_stds.round(4).tolist()
    hint = f"; the training images' are mean {mean}, std {std}"
    params.check_images(parameters, settings, classes, len(mean), hint)
    metadata = {
        **tables.class_metadata(classes),
        "data": data.title,
        "made_by": {"interference": __version__},
    }
    if loaded.notes:
        metadata["notes"] = list(loaded.notes)
    tables.write_images(images, splits, metadata, loaded.paths)
    if data.resize:
        say(f"{data.title}: {data.resizing}")
    for line in [*loaded.notes, *description(classes, splits)]:
        say(f"{data.title}: {line}")
    say(f"{data.title}: the training images have mean: {mean}, std: {std}")


def description(classes: Classes, splits: Mapping[str, datasets.Split]) -> Iterator[str]:
    """Describe a data set for the terminal.

    Args:
        classes: Its classes.
        splits: Pixels and labels by split.

    Yields:
        A line with the number of images and their shape (C x H x W), a line with the classes in
        label order, then a line with the classes without test images if there are any.
    """
    sizes = ", ".join(f"{len(labels)} {split}" for split, (_, labels) in splits.items())
    train_pixels, _ = splits["train"]
    shape = " x ".join(str(side) for side in train_pixels.shape[1:])
    yield f"{sizes} images of {len(classes)} classes, {shape}"
    yield f"classes in the order of their numbers, from 0: {shortened(classes.labels)}"
    if untested := datasets.classes_without_images(classes, splits["test"]):
        yield f"no test images of {', '.join(untested)}"


if __name__ == "__main__":
    run(main)
