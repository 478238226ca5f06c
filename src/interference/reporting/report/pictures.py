"""The images behind the cells of a CCTM: which test images each run takes for what, and some of them to look at."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from interference.confusion import shared_mistakes
from interference.io.tables import Table
from interference.reporting.report.packing import Arrays
from interference.study.study import Study
from interference.vocabulary import Array

EACH = 24  # pictures a cell at most: those that most runs mistake alike
TILES = 3000  # pictures in all: some 2 MB of 32 x 32 pixels each
HEAVIEST = 3_000_000  # bytes of the sheet: of large pictures there are fewer
SIDE = 64  # pixels: larger images are shown at most so large
COLUMNS = 50  # tiles a row of the sheet
QUALITY = 82  # of WebP


def gather(study: Study, arrays: Arrays) -> dict[str, Any] | None:
    """Every mistake on the test set as index, label, predicted and which runs make it, and the sheet of pictures.

    Rows are mistakes, those of most runs first; `made` (rows, runs) is 0 or 1. `tile` (rows,) counts the tiles of the
    sheet from 1, and is 0 where there is no picture. None where there are no predictions.
    """
    tables = study.of_runs("predictions")
    if not tables:
        return None
    found = shared_mistakes.shared(list(tables.values()))
    found = found[found["split"] == "test"].reset_index(drop=True)
    chosen, sheet = _pictured(study, found)
    tile = np.zeros(len(found), int)
    tile[chosen] = 1 + np.arange(len(chosen))
    return {
        "runs": list(tables),
        **{name: arrays.add(found[name].to_numpy()) for name in ("index", "label", "predicted")},
        "made": arrays.add(_made(found, tables)),
        "tile": arrays.add(tile),
        "pictures": len(chosen),
        "sheet": sheet,
    }


def _made(found: pd.DataFrame, tables: dict[str, Table]) -> Array:
    """Whether each run makes each mistake (rows, runs), 0 or 1."""
    columns = []
    for table in tables.values():
        said = table.frame[table.frame["split"] == "test"].set_index("index")["predicted"]
        columns.append(found["index"].map(said).to_numpy() == found["predicted"].to_numpy())
    return np.stack(columns, 1).astype(np.uint8)


def _pictured(study: Study, found: pd.DataFrame) -> tuple[Array, dict[str, Any] | None]:
    """The rows that have a picture, (k,), and the sheet of these, of at most `HEAVIEST` bytes."""
    order = _order(found)[: TILES if study.images is not None else 0]
    while study.images is not None and len(order):
        rows = np.sort(order)
        tiles = [_thumbnail(image) for image in study.images[found["index"].to_numpy()[rows]]]
        content = _sheet(tiles)
        if len(content) <= HEAVIEST:
            uri = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
            return rows, {
                "uri": uri,
                "width": tiles[0].width,
                "height": tiles[0].height,
                "columns": COLUMNS,
            }
        order = order[: int(0.95 * len(order) * HEAVIEST / len(content))]
    return order, None


def _order(found: pd.DataFrame) -> Array:
    """The rows in the order in which they get a picture: the first of every cell, then every cell's second."""
    place = found.groupby(["label", "predicted"]).cumcount().to_numpy()
    order: Array = np.argsort(place, kind="stable")
    return order[place[order] < EACH]


def _sheet(tiles: Sequence[Image.Image]) -> bytes:
    """Pictures of one size on one sheet, row by row, as WebP."""
    width, height = tiles[0].size
    sheet = Image.new("RGB", (COLUMNS * width, -(-len(tiles) // COLUMNS) * height))
    for place, picture in enumerate(tiles):
        sheet.paste(picture, (place % COLUMNS * width, place // COLUMNS * height))
    content = io.BytesIO()
    sheet.save(content, "webp", quality=QUALITY, method=4)
    return content.getvalue()


def _thumbnail(image: Array) -> Image.Image:
    """An image (C, H, W) uint8, grey or in colour, as a picture of at most `SIDE` pixels a side."""
    planes = image if len(image) == 3 else np.repeat(image[:1], 3, 0)
    picture = Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return picture
