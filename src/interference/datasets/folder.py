"""A folder of image files, a folder a class: `train/CLASS/*.png`, `test/CLASS/*.jpg`."""

from functools import partial
from pathlib import Path

from interference.datasets.labelling import shown
from interference.datasets.pictures import Found, Picture, opened
from interference.errors import BadInput


def read(place: Path) -> Found:
    """The image files of the folders `train` and `test`, at any depth below the folder of their class.

    Labels are in the order of torchvision's `ImageFolder`, that of the names. A class may lack test images. Raises
    `BadInput` where a split is missing, or has a class that is not among the training images'.
    """
    from torchvision.datasets.folder import IMG_EXTENSIONS, make_dataset

    names = {split: _folders(place / split) for split in ("train", "test")}
    for name in names["test"]:
        if name not in names["train"]:
            raise BadInput(
                f"{place / 'test' / name}: class {name!r}, allowed: {', '.join(names['train'])}, the "
                "folders of the training images"
            )
    numbers = {name: number for number, name in enumerate(names["train"])}
    return Found(
        shown(names["train"], str(place)),
        {
            split: [
                Picture(file, partial(opened, Path(file), label))
                for file, label in make_dataset(
                    place / split, numbers, IMG_EXTENSIONS, allow_empty=True
                )
            ]
            for split in names
        },
    )


def _folders(place: Path) -> list[str]:
    """The names of the folders in one, sorted; those that begin with a dot are passed over."""
    if not place.is_dir():
        beside = (
            sorted(path.name for path in place.parent.iterdir()) if place.parent.is_dir() else []
        )
        raise BadInput(
            f"{place}: no such folder, expected train/CLASS and test/CLASS with images; found "
            f"{', '.join(beside[:5]) or 'nothing'}"
        )
    found = sorted(
        path.name for path in place.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if not found:
        raise BadInput(f"{place}: no folders, expected one a class")
    return found
