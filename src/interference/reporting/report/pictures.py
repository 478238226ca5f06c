"""The test images behind the cells of a CCTM, and pictures of some of them."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from interference.confusion import shared_mistakes
from interference.io.tables import Table, visible_channels
from interference.reporting.report.packing import Arrays
from interference.study.matching import is_numbered
from interference.study.study import Study
from interference.vocabulary import Array

Row = Mapping[Any, Any]  # a row of a list of images
Describe = Callable[[Row], str]

EACH = 24  # the greatest number of pictures of a cell
TILES = 3000  # the greatest number of pictures: about 2 MB of 32 x 32 pixels each
HEAVIEST = 3_000_000  # the greatest size of the sheet in bytes; large pictures are fewer
SIDE = 64  # pixels: the greatest side of a picture
NAMED = 20_000  # the greatest number of errors whose image is named by its file: about 1 MB
COLUMNS = 50  # pictures a row of the sheet
QUALITY = 82  # of WebP


def gather(study: Study, arrays: Arrays) -> dict[str, Any] | None:
    """Every error on the test set, and a sheet with pictures of some of them.

    Args:
        study: The study.
        arrays: Takes up the errors.

    Returns:
        None if no run has predictions. Otherwise `index`, `label` and `predicted` (errors,), those
        that most runs make first; `made` (errors, runs), 1 if the run makes the error; `tile`
        (errors,), the place on the sheet counted from 1, or 0 without a picture; the sheet; the
        files of the images of the first errors, if they are known; and whether `index` is the
        user's own number of the image.
    """
    tables = study.of_runs("predictions")
    if not tables:
        return None
    errors = shared_mistakes.shared(list(tables.values()))
    errors = errors[errors["split"] == "test"].reset_index(drop=True)
    names = _image_names(study, errors.head(NAMED), tables)
    pictured, sheet = _choose_pictures(study, errors, names)
    tile = np.zeros(len(errors), int)
    tile[pictured] = 1 + np.arange(len(pictured))
    columns = {name: arrays.add(errors[name].to_numpy()) for name in shared_mistakes.KEYS[1:]}
    return {
        "runs": list(tables),
        **columns,
        "made": arrays.add(_errors_by_run(errors, tables)),
        "tile": arrays.add(tile),
        "pictures": len(pictured),
        "sheet": sheet,
        "names": names,
        "numbered": all(map(is_numbered, tables.values())),
    }


def _image_names(study: Study, errors: pd.DataFrame, tables: dict[str, Table]) -> list[str]:
    """The file of the image of each error, empty where it is not known; [] if none is."""
    if study.image_paths:
        return [study.image_paths[index] for index in errors["index"]]
    parts = [
        table.frame.loc[table.frame["split"] == "test", ["index", "image"]]
        for table in tables.values()
        if "image" in table.frame
    ]
    if not parts:
        return []
    files = pd.concat(parts).drop_duplicates("index").set_index("index")["image"]
    names: list[str] = errors["index"].map(files).fillna("").tolist()
    return names if any(names) else []


def _errors_by_run(errors: pd.DataFrame, tables: dict[str, Table]) -> Array:
    """Whether each run makes each error (errors, runs), 0 or 1."""
    columns = []
    for table in tables.values():
        tested = table.frame[table.frame["split"] == "test"]
        by_index = tested.set_index("index")["predicted"]
        predicted = errors["index"].map(by_index)
        is_made = predicted.to_numpy() == errors["predicted"].to_numpy()
        columns.append(is_made)
    return np.stack(columns, 1).astype(np.uint8)


def _choose_pictures(
    study: Study, errors: pd.DataFrame, names: Sequence[str]
) -> tuple[Array, dict[str, Any] | None]:
    """The rows (k,) of the errors that have a picture, and a sheet of at most `HEAVIEST` bytes."""
    order = _picture_order(errors)[:TILES]
    if study.images is None:
        has_picture = [row < len(names) and names[row] in study.thumbnails for row in order]
        order = order[np.array(has_picture, bool)]
    while len(order):
        rows = np.sort(order)
        tiles = _tiles(study, errors, names, rows)
        content = _sheet(tiles)
        if len(content) <= HEAVIEST:
            return rows, {
                "uri": _data_uri(content),
                "width": tiles[0].width,
                "height": tiles[0].height,
                "columns": COLUMNS,
            }
        fitting = int(0.95 * len(order) * HEAVIEST / len(content))
        order = order[:fitting]
    return order, None


def _tiles(
    study: Study, errors: pd.DataFrame, names: Sequence[str], rows: Array
) -> list[Image.Image]:
    """The pictures of some errors."""
    if study.images is None:
        return [Image.fromarray(study.thumbnails[names[row]]) for row in rows]
    indices = errors["index"].to_numpy()
    return [thumbnail(image) for image in study.images[indices[rows]]]


def wanted_files(study: Study) -> list[str]:
    """The files of the images that a page would show, those of the first pictures first.

    Args:
        study: The study.
    """
    tables = study.of_runs("predictions")
    if not any("image" in table.frame for table in tables.values()):
        return []
    errors = shared_mistakes.shared(list(tables.values()))
    errors = errors[errors["split"] == "test"].reset_index(drop=True)
    names = _image_names(study, errors.head(NAMED), tables)
    order = _picture_order(errors)[:TILES]
    files = [names[row] for row in order if row < len(names) and names[row]]
    return [*_changed_files(study), *_confidence_files(study), *files]


def _changed_files(study: Study) -> list[str]:
    """The files of the images that the comparison of two runs shows."""
    if study.comparison is None or "image" not in study.comparison.images:
        return []
    files: list[str] = shown_changes(study.comparison.images)["image"].tolist()
    return files


def _confidence_files(study: Study) -> list[str]:
    """The files of the images in the lists of the section on confidence."""
    files: list[str] = []
    for confidence in study.confidences:
        for rows in (confidence.errors, confidence.near_misses, confidence.label_errors):
            if "image" in rows:
                files += rows["image"].head(EACH).tolist()
    return [name for name in files if name]


def name_of(row: Row) -> str:
    """The file of an image, or its number; empty if neither is known.

    Args:
        row: The row of the image, with `image` or `index` if they are known.
    """
    return str(row.get("image") or row.get("index", ""))


def uri_of(study: Study, row: Row) -> str:
    """The picture of an image as a data URI.

    Args:
        study: The study.
        row: The row of the image, with `image` or `index` if they are known.

    Returns:
        The URI; empty if the page does not show the image.
    """
    if study.images is not None and "index" in row and row["index"] < len(study.images):
        return webp_uri(thumbnail(study.images[row["index"]]))
    name = name_of(row)
    if name in study.thumbnails:
        return webp_uri(Image.fromarray(study.thumbnails[name]))
    return ""


def shown_changes(images: pd.DataFrame) -> pd.DataFrame:
    """The changed images that the page shows: the first `EACH` of each kind of change.

    Args:
        images: The changed images of a comparison.
    """
    return images.groupby("change", sort=False).head(EACH)


def _picture_order(errors: pd.DataFrame) -> Array:
    """The rows that may have a picture: every cell's first error, then every cell's second."""
    cells = errors.groupby(["label", "predicted"])
    place = cells.cumcount().to_numpy()
    order: Array = np.argsort(place, kind="stable")
    is_pictured = place[order] < EACH
    return order[is_pictured]


def _sheet(tiles: Sequence[Image.Image]) -> bytes:
    """Pictures of one size on one sheet, row by row, as WebP."""
    width, height = tiles[0].size
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width, rows * height))
    for place, picture in enumerate(tiles):
        row, column = divmod(place, COLUMNS)
        sheet.paste(picture, (column * width, row * height))
    return _webp(sheet)


def _webp(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "webp", quality=QUALITY, method=4)
    return content.getvalue()


def _data_uri(content: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"


def webp_uri(picture: Image.Image) -> str:
    """Write a picture as a data URI.

    Args:
        picture: The picture.

    Returns:
        The URI, in WebP.
    """
    return _data_uri(_webp(picture))


def thumbnail(image: Array) -> Image.Image:
    """Make a picture of an image.

    Args:
        image: (C, H, W) uint8.

    Returns:
        The picture in colour, of at most `SIDE` pixels a side.
    """
    visible = visible_channels(image)
    channels = visible if len(visible) == 3 else np.repeat(visible, 3, 0)
    pixels = np.ascontiguousarray(channels.transpose(1, 2, 0))  # (H, W, 3)
    picture = Image.fromarray(pixels)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return picture
