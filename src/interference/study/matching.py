"""Matches the test images of several runs: by their numbers, or else by their files."""

from collections.abc import Sequence

import pandas as pd

from interference.io.tables import Table


def is_numbered(table: Table) -> bool:
    """Whether `index` is the user's own number of an image.

    Otherwise it counts the names of the images, and differs from run to run.

    Args:
        table: A predictions table.
    """
    return bool(table.meta.get("numbered", True))


def key_of(tables: Sequence[Table | None]) -> str | None:
    """The column by which the images of several runs are matched.

    Args:
        tables: The predictions table of each run, None if its images are not known.

    Returns:
        `index` or `image`; None if the images cannot be matched.
    """
    known = [table for table in tables if table is not None]
    if len(known) < len(tables):
        return None
    if all(is_numbered(table) for table in known):
        return "index"
    if all("image" in table.frame for table in known):
        return "image"
    return None


def images_of_test(table: Table) -> pd.DataFrame:
    """The rows of a predictions table about test images, without their split.

    Args:
        table: The table.
    """
    frame = table.frame[table.frame["split"] == "test"]
    return frame.drop(columns="split")
