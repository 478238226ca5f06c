"""Checks that the tables of a study were made with its parameters and of its images."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from interference.errors import BadInput
from interference.io import tables
from interference.params import Params
from interference.study import select


def check_tables(
    settings: Params, paths: Iterable[Path], image_table: Path, source_file: Path
) -> None:
    """Check that tables were made with a study's parameters and images.

    Args:
        settings: The study's parameters.
        paths: The tables.
        image_table: The study's image table; it may be absent.
        source_file: The file that says which data the image table was made of.

    Raises:
        BadInput: One was made with other parameters or of other images.
    """
    has_images = image_table.exists()
    if has_images:
        check_source(settings.data.source, image_table, source_file)
    made = list(paths)
    images = tables.images_metadata(image_table) if made and has_images else {}
    for path in made:
        select.check_made(settings, path, images)


def check_source(source: Mapping[str, Any], image_table: Path, source_file: Path) -> None:
    """Check that an image table was made of the data that the study's parameters name.

    Args:
        source: The parameters of the data.
        image_table: The image table.
        source_file: The file that says which data the image table was made of.

    Raises:
        BadInput: It was made of other data.
    """
    earlier = read_source(source_file)
    now = json.loads(json.dumps(source))
    for key in sorted(earlier.keys() | now.keys()):
        if earlier and earlier.get(key) != now.get(key):
            raise BadInput(
                f"{image_table}: made with data.{key} {earlier.get(key, 'absent')}, now "
                f"{now.get(key, 'absent')}; expected the images of these parameters: delete it "
                f"and {source_file}, or restore the setting"
            )


def read_source(path: Path) -> dict[str, Any]:
    """Read which data the image table was made of.

    Args:
        path: The file that the stage `source` wrote.

    Returns:
        The parameters of the data; {} if there is no such file.

    Raises:
        BadInput: The file is not JSON.
    """
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: not readable ({error}); delete it") from error
