"""Reads a folder of image files, sorted by split and class, such as `train/CLASS/IMAGE.png`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets import split_names
from interference.datasets.image_files import HIDDEN, PassedOver, image_files, is_hidden
from interference.datasets.labelling import classes_of_labels
from interference.datasets.pictures import DrawnTest, Picture, Pictures, open_image
from interference.errors import BadInput

File = tuple[str, int]  # a path and its label number


def read(place: Path, test: DrawnTest | None = None) -> Pictures:
    """Find the image files of the folders `train` and `test`.

    An image may lie at any depth below the folder of its class. Labels are in the order of
    torchvision's `ImageFolder`: by class name. A class may have no test images. Other usual names
    of the splits, such as `val`, are known too.

    Args:
        place: The folder that holds `train` and `test`; with `test` it may hold the folders of the
            classes.
        test: How test images are drawn from the training images; None to read a folder of them.

    Returns:
        The classes and pictures.

    Raises:
        BadInput: A split is missing, or a class of the test images has no folder in `train`.
    """
    chosen = split_names.taken(_subfolders(place) if place.is_dir() else [])
    passed_over = PassedOver()
    notes = list(chosen.notes)
    train = place / chosen.names.get("train", "train")
    if test and not chosen.names:
        train = place
    names = _class_folders(train, place, passed_over)
    files = {"train": _files(train, names, names, passed_over)}
    if test:
        files = _drawn(files["train"], test)
        notes = [f"drew {test.fraction:.0%} of each class as test images, with seed {test.seed}"]
        if "test" in chosen.names:
            notes.append(f"passed over {chosen.names['test']}, since data.test draws test images")
    else:
        folder = place / chosen.names.get("test", "test")
        test_names = _class_folders(folder, place, passed_over)
        _check_known(folder, test_names, names)
        files["test"] = _files(folder, test_names, names, passed_over)
    splits = {}
    for split, split_files in files.items():
        splits[split] = [
            Picture(file, partial(open_image, Path(file), label), _path_within(file, place))
            for file, label in split_files
        ]
    notes += passed_over.notes(place)
    return Pictures(classes_of_labels(names, str(place)), splits, notes)


def _path_within(file: str, place: Path) -> str:
    """The path of a file within the folder of the data; a byte that is not UTF-8 becomes `?`."""
    path = Path(file).relative_to(place).as_posix()
    return path.encode(errors="replace").decode()


def _subfolders(place: Path) -> list[str]:
    return [path.name for path in place.iterdir() if path.is_dir()]


def _class_folders(folder: Path, place: Path, passed_over: PassedOver) -> list[str]:
    """The names of the folders of a split, sorted, without hidden ones and those of systems."""
    if not folder.is_dir():
        siblings: list[str] = []
        if place.is_dir():
            siblings = sorted(path.name for path in place.iterdir())
        raise BadInput(
            f"{folder}: no such folder, expected train/CLASS and test/CLASS with images; found "
            f"{', '.join(siblings[:5]) or 'nothing'}; data.test: 0.2 draws test images from "
            "folders CLASS or train/CLASS"
        )
    names = []
    for name in sorted(_subfolders(folder)):
        if is_hidden(name):
            passed_over.add(HIDDEN, str(folder / name))
        else:
            names.append(name)
    if not names:
        raise BadInput(f"{folder}: no folders, expected one for each class")
    return names


def _check_known(folder: Path, test_names: Sequence[str], names: Sequence[str]) -> None:
    """Raise `BadInput` if a class of the test images has no training folder."""
    for name in test_names:
        if name not in names:
            raise BadInput(
                f"{folder / name}: class {name!r}, allowed: {', '.join(names)}, the folders of the "
                "training images"
            )


def _files(
    folder: Path, names: Sequence[str], all_names: Sequence[str], passed_over: PassedOver
) -> list[File]:
    """The image files of a split with their label numbers, class by class."""
    seen: set[str] = set()
    numbers = {name: number for number, name in enumerate(all_names)}
    files = []
    for name in names:
        found = image_files(folder / name, seen, passed_over)
        files += [(file, numbers[name]) for file in found]
    return files


def _drawn(files: Sequence[File], test: DrawnTest) -> dict[str, list[File]]:
    """The files of the training and the test images, in their order."""
    labels = np.array([label for _, label in files], int)
    is_test = split_names.stratified(labels, test.fraction, test.seed)
    pairs = list(zip(files, is_test, strict=True))
    return {
        "train": [file for file, drawn in pairs if not drawn],
        "test": [file for file, drawn in pairs if drawn],
    }
