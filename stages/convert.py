"""The weights of a checkpoint, saved by torch.save in any usual form, as a safetensors file."""

from pathlib import Path
from typing import Annotated

import typer

from interference.errors import BadInput
from interference.io import torch_files
from stages import run, say

Checkpoint = Annotated[
    Path, typer.Argument(metavar="IN", help="The checkpoint: a file of torch.save or safetensors.")
]
Written = Annotated[
    Path, typer.Argument(metavar="OUT", help="The file of weights to write (safetensors).")
]
Key = Annotated[
    str | None,
    typer.Option(
        help="The key of the net in the checkpoint, such as model_ema, if it has several."
    ),
]


def main(checkpoint: Checkpoint, output: Written, key: Key = None) -> None:
    """Write the tensors of the net in IN to OUT.

    Nothing but tensors is unpickled. Prefixes that DataParallel and torch.compile add to the names
    are taken off. A run can also name IN itself as its `init`.
    """
    if output.suffix != torch_files.SAFE:
        raise BadInput(f"OUT: found {str(output)!r}, allowed: a name that ends in .safetensors")
    if output.exists() and output.samefile(checkpoint):
        raise BadInput(f"OUT: found {str(output)!r}, the checkpoint itself; name another file")
    net = torch_files.convert(checkpoint, output, key)
    for line in net.notes:
        say(line)
    say(f"{output}: {len(net.tensors)} tensors")


if __name__ == "__main__":
    run(main)
