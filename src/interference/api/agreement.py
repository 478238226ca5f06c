"""The library's way to compare a run with a reference: another run, a matrix, or people's votes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from interference.datasets import humans
from interference.errors import BadInput
from interference.external import runs
from interference.external.arrays import number_array
from interference.external.record import Record
from interference.io.input_files import check_regular
from interference.io.tables import Table
from interference.study import agreement as agreements
from interference.study.agreement import Agreement, Reference
from interference.vocabulary import Array

PEOPLE = "cifar10h"  # in place of a file: the votes of people on CIFAR-10's test images
VOTES = ".npy"  # the suffix of a file of votes


def agreement(record: Record, reference: Any, *, name: str = "reference") -> Agreement:
    """Say how far a run confuses the same classes as a reference, and which pairs more often.

    Args:
        record: The run, as `read_predictions` and `record_predictions` return it.
        reference: Another record; confusion counts (C, C), row = true class; or votes (n, C), how
            many people chose each class for the test image of each number.
        name: The name of a reference that is an array.

    Returns:
        The agreement: `correlation` with Mantel's `p`, and `pairs`, a frame with the `excess` of
        each pair and its 95 % interval `low` to `high`, in percentage points.

    Raises:
        BadInput: The reference is of other classes, or has no test images.

    Examples:
        >>> from interference import agreement, record_predictions
        >>> truth = ["cat", "dog", "cow"] * 20
        >>> net = record_predictions(truth, ["dog", "dog", "cow"] * 20, name="net")
        >>> person = record_predictions(truth, ["cat", "dog", "cow"] * 20, name="person")
        >>> excess = agreement(net, person).pairs
        >>> excess[["excess"]].round(1).to_dict("records")
        [{'excess': 100.0}]
    """
    if isinstance(reference, Record):
        if reference.classes != record.classes:
            raise BadInput(
                f"reference: found other classes in {reference.name} than in {record.name}, "
                "allowed: the same; record_predictions(..., classes=...) sets them"
            )
        compared = of_record(reference)
    else:
        values = number_array("reference", reference)
        if values.ndim != 2 or values.shape[1] != len(record.classes) or (values < 0).any():
            raise BadInput(
                f"reference: found an array {values.shape}, allowed: counts (C, C) or votes (n, C) "
                f"from 0, with C = {len(record.classes)}"
            )
        is_counts = len(values) == len(record.classes)
        compared = Reference(name, counts=values) if is_counts else _checked_votes(name, values)
    (result,) = with_reference(runs.tables_by_kind([record]), compared)
    return result


def of_record(record: Record) -> Reference:
    """Make a run the reference of others.

    Args:
        record: The run.

    Returns:
        The reference.

    Raises:
        BadInput: The run has no test images.
    """
    if "test" not in record.cells:
        raise BadInput(f"{record.name}: no test images, allowed: a reference with images of test")
    by_epoch = record.cells["test"]
    counts, _ = by_epoch[max(by_epoch)]
    predictions = record.tables().get("predictions")
    return Reference(record.name, counts=counts, predictions=predictions)


def read_votes(path: Path, raw: Path) -> Reference | None:
    """Read a reference that is the votes of people.

    Args:
        path: `cifar10h` for people's votes on CIFAR-10's test images, or a file of NumPy (.npy)
            with votes (n, C).
        raw: The folder of raw files, where CIFAR-10H is looked for.

    Returns:
        The reference, None for a file of another kind.

    Raises:
        BadInput: The file is absent or holds no votes.
    """
    if str(path) == PEOPLE:
        return Reference("people (CIFAR-10H)", votes=humans.votes(raw))
    if path.suffix.lower() != VOTES:
        return None
    check_regular(path)
    try:
        values = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: not a readable npy ({str(error).splitlines()[0]})") from error
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise BadInput(
            f"{path}: found an array {values.shape} of {values.dtype}, allowed: votes (n, C), a "
            "row for each test image and a column for each class"
        )
    return _checked_votes(str(path), values, path.stem)


def _checked_votes(where: str, votes: Array, name: str | None = None) -> Reference:
    """The reference of votes; raises `BadInput` for an image without a vote."""
    is_wrong = ~(np.isfinite(votes).all(1) & (votes >= 0).all(1) & (votes.sum(1) > 0))
    if is_wrong.any():
        raise BadInput(
            f"{where}: row {int(np.argmax(is_wrong)) + 1}: found {votes[is_wrong][0].tolist()}, "
            "allowed: numbers of votes from 0, at least one in all"
        )
    return Reference(name or where, votes=votes.astype(np.float64))


def with_reference(
    tables: Mapping[str, Mapping[str, Table]], reference: Reference
) -> list[Agreement]:
    """Compare all runs with a reference.

    Args:
        tables: Tables by kind and run.
        reference: The reference.

    Returns:
        The agreement of each run that has test images.

    Raises:
        BadInput: The reference does not fit the runs.
    """
    predictions = tables["predictions"]
    return [
        agreements.of_run(cctm, predictions.get(run), reference)
        for run, cctm in tables["cctm"].items()
    ]
