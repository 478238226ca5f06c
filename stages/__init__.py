"""The pipeline's stages, one Typer command a file: load, compute, save. `interference` lists them.

A checkout runs its own code, whichever checkout an editable install points at: importing this package puts the `src`
beside it first on the path. Studies' clones and DVC's temporary copies rely on it.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

# Threads that wait for each other sleep in place of spinning, set before PyTorch loads OpenMP. Beside
# other work on the same cores, spinning made the evaluation of a small net five times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import typer

# What several stages take.
NetFile = Annotated[Path, typer.Argument(help="The trained net: data/nets/RUN.safetensors.")]
ImageTable = Annotated[Path, typer.Argument(help="The image table: data/images.parquet.")]
CountsFolder = Annotated[Path, typer.Argument(help="The folder of counts by epoch: data/counts.")]
CctmFolder = Annotated[
    Path, typer.Argument(help="The folder of counts of the final weights: data/cctm.")
]
GramFolder = Annotated[
    Path, typer.Argument(help="The folder of class gradients' dot products: data/grams.")
]
PredictionFolder = Annotated[
    Path, typer.Argument(help="The folder of every image's predictions: data/predictions.")
]
SurfaceFolder = Annotated[Path, typer.Argument(help="The folder of surfaces: data/surfaces.")]
VerdictsFile = Annotated[Path, typer.Argument(help="The claims' verdicts: data/claims.csv.")]
MetricsFolder = Annotated[
    Path | None, typer.Option(help="The folder of metrics, which say how long everything took.")
]
Spent = Annotated[Path, typer.Argument(help="The seconds it took, to write (JSON).")]
ParamsFile = Annotated[Path, typer.Option(help="The parameters' file.")]
Device = Annotated[
    str, typer.Option(envvar="INTERFERENCE_DEVICE", help="auto, cpu, cuda, cuda:1, ...")
]
Precision = Annotated[
    str, typer.Option(envvar="INTERFERENCE_PRECISION", help="auto, float32, bfloat16, float16")
]


def run(command: Callable[..., None]) -> None:
    """Run one stage as a program."""
    call(alone(command))


def alone(command: Callable[..., None], name: str | None = None) -> typer.Typer:
    """A stage as a Typer program of its own."""
    app = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
    )
    app.command(name)(command)
    return app


def call(program: Callable[[], object]) -> None:
    """Call a Typer program: a `BadInput` is one line and exit status 2, Ctrl-C is 130."""
    from interference.errors import BadInput

    try:
        program()
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


class Watch:
    """Progress of a long work: one line that moves for a person who is watching, a line a round in a log."""

    def __init__(self, what: str, total: int, done: int = 0) -> None:
        from rich.console import Console
        from rich.progress import Progress, TextColumn

        columns = TextColumn("{task.percentage:3.0f} % {task.description}")
        own = Console()  # the library's shared one may have been made when nobody was watching
        self.bar = (
            Progress(columns, console=own, refresh_per_second=2) if sys.stdout.isatty() else None
        )
        self.task = self.bar.add_task(what, total=total, completed=done) if self.bar else None

    def __enter__(self) -> "Watch":
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar:
            self.bar.stop()

    def tick(self, amount: int) -> None:
        """So much more of the total is done."""
        if self.bar and self.task is not None:
            self.bar.advance(self.task, amount)

    def say(self, line: str) -> None:
        """How a round ended."""
        if self.bar and self.task is not None:
            self.bar.update(self.task, description=line)
        else:
            say(line)


def say(*words: Any) -> None:
    """Print a line of progress at once, also into a pipe."""
    print(*words, flush=True)
