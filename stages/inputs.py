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
Loss = Annotated[Path, typer.Argument(help="The link to the file of the loss, to make.")]
NO_FILE = "This run has no such file.\n"


def main(
    name: Name,
    weights: Weights,
    factory: Factory,
    loss: Loss,
    parameters: ParamsFile = Path("params.yaml"),
) -> None:
    """Link WEIGHTS to the initial weights of the run NAME, FACTORY and LOSS to the files of these.

    `train` depends on all three, so that DVC trains the run again if one of the files changes. The
    file of the factory or loss is linked if it lies below the current folder, as a `mine.py` does;
    an installed package is not followed. A run that has no such file gets a file that says so.
    """
    files.prepare(weights, factory, loss)
    settings = params.load(parameters)
    chosen = settings.run(name)
    link(weights, Path(chosen.init) if chosen.init else None, f"{parameters}: runs.{name}.init")
    link(factory, source_file(chosen.factory or ""), f"{parameters}: runs.{name}.factory")
    own_loss = settings.setups[chosen.optim].loss
    link(loss, source_file(own_loss or ""), f"{parameters}: {chosen.optim}.loss")
    say(
        f"{name}: weights {chosen.init or 'none'}, factory {chosen.factory or 'none'}, "
        f"loss {own_loss or 'cross-entropy'}"
    )


def source_file(path: str) -> Path | None:
    """The file of a factory or loss below the current folder; None for an installed package's."""
    module, _, _ = path.partition(":")
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
