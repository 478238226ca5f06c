"""Links to the user's own files of a run, through which DVC notices their changes."""

import os
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.errors import BadInput
from interference.io import files
from stages import ParamsFile, run, say

Name = Annotated[str, typer.Argument(help="The name of a run in the parameters.")]
Weights = Annotated[Path, typer.Argument(help="The link to the file of initial weights, to make.")]
Factory = Annotated[Path, typer.Argument(help="The link to the file of the factory, to make.")]
NO_FILE = "This run has no such file.\n"


def main(
    name: Name, weights: Weights, factory: Factory, parameters: ParamsFile = Path("params.yaml")
) -> None:
    """Make WEIGHTS a link to the initial weights of the run NAME, and FACTORY one to its factory.

    `train` depends on both, so that DVC trains the run again if one of the files changes. The file
    of the factory is linked if it lies below the current folder, as a `mine.py` does; an installed
    package is not followed. A run that has no such file gets a file that says so.
    """
    files.prepare(weights, factory)
    settings = params.load(parameters)
    chosen = settings.run(name)
    link(weights, Path(chosen.init) if chosen.init else None, f"{parameters}: runs.{name}.init")
    link(factory, source_file(chosen.factory or ""), f"{parameters}: runs.{name}.factory")
    say(f"{name}: weights {chosen.init or 'none'}, factory {chosen.factory or 'none'}")


def source_file(factory: str) -> Path | None:
    """The file of a factory below the current folder; None if it is an installed package's."""
    module, _, _ = factory.partition(":")
    place = module.replace(".", "/")
    for file in (Path(f"{place}.py"), Path(place, "__init__.py")):
        if place and file.is_file():
            return file
    return None


def link(place: Path, file: Path | None, key: str) -> None:
    """Make `place` a link to a file, or a text file that says that the run has none.

    Args:
        place: The link.
        file: The file, None if the run has none.
        key: The key of the parameters that names the file, for the error.

    Raises:
        BadInput: The file does not exist.
    """
    if file is None:
        place.unlink(missing_ok=True)
        files.write_text(place, NO_FILE)
        return
    if not file.is_file():
        raise BadInput(f"{key}: found {str(file)!r}, no such file; put it there or name another")
    target = file if file.is_absolute() else os.path.relpath(file, place.parent)
    with files.replacing(place) as temporary:
        temporary.symlink_to(target)


if __name__ == "__main__":
    run(main)
