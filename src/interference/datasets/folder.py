"""Reads a folder of image files, sorted by split and class, such as `train/CLASS/IMAGE.png`."""

from functools import partial
from pathlib import Path

from interference.datasets.labelling import classes_of_labels
from interference.datasets.pictures import Picture, Pictures, open_image
from interference.errors import BadInput


def read(place: Path) -> Pictures:
    """Find the image files of the folders `train` and `test`.

    An image may lie at any depth below the folder of its class. Labels are in the order of
    torchvision's `ImageFolder`: by class name. A class may have no test images.

    Args:
        place: The folder that holds `train` and `test`.

    Returns:
        The classes and pictures.

    Raises:
        BadInput: A split is missing, or a class of the test images has no folder in `train`.
    """
    from torchvision.datasets.folder import IMG_EXTENSIONS, make_dataset

    names = {split: _folders(place / split) for split in ("train", "test")}
    for name in names["test"]:
        if name not in names["train"]:
            raise BadInput(
                f"{place / 'test' / name}: class {name!r}, allowed: {', '.join(names['train'])}, "
                "the folders of the training images"
            )
    numbers = {name: number for number, name in enumerate(names["train"])}
    splits = {}
    for split in names:
        files = make_dataset(place / split, numbers, IMG_EXTENSIONS, allow_empty=True)
        splits[split] = [
            Picture(file, partial(open_image, Path(file), label)) for file, label in files
        ]
    return Pictures(classes_of_labels(names["train"], str(place)), splits)


def _folders(place: Path) -> list[str]:
    """The names of the folders in a folder, sorted, without those that begin with a dot."""
    if not place.is_dir():
        siblings: list[str] = []
        if place.parent.is_dir():
            siblings = sorted(path.name for path in place.parent.iterdir())
        raise BadInput(
            f"{place}: no such folder, expected train/CLASS and test/CLASS with images; found "
            f"{', '.join(siblings[:5]) or 'nothing'}"
        )
    folders = [path.name for path in place.iterdir() if path.is_dir()]
    names = sorted(name for name in folders if not name.startswith("."))
    if not names:
        raise BadInput(f"{place}: no folders, expected one for each class")
    return names
