"""The parameters that other stages depend on although a params.yaml may lack them.

They are those that determine the image table, and the losses of the user's own.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from interference import params
from interference.io import files
from stages import ParamsFile, run, say

Source = Annotated[Path, typer.Argument(help="The file of the data set to write (JSON).")]
Losses = Annotated[Path, typer.Argument(help="The file of the losses to write (JSON).")]


def main(source: Source, losses: Losses, parameters: ParamsFile = Path("params.yaml")) -> None:
    """Check all parameters, and write the data set's name, path and size to SOURCE.

    LOSSES gets the loss of each training configuration that names one of the user's. This stage
    comes first, so that a wrong parameter ends `dvc repro` before any other command runs.
    `download` depends on SOURCE, and so runs again only if the images change. `inputs` depends on
    LOSSES.
    """
    settings = params.load(parameters)
    own_losses = {name: setup.loss for name, setup in settings.setups.items() if setup.loss}
    files.write_text(losses, json.dumps(own_losses, indent=2) + "\n")
    chosen = settings.data.source
    files.write_text(source, json.dumps(chosen, indent=2) + "\n")
    say(f"{source}: {', '.join(f'{key} {value}' for key, value in chosen.items())}")


if __name__ == "__main__":
    run(main)
