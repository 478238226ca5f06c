"""The stages of the pipeline: one Typer command in each file, which loads, computes and saves.

Importing this package puts the `src` folder beside it first on the path. So a checkout runs its own
code, even if an editable install points at another checkout. The clones of studies and DVC's
temporary copies rely on that.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

# Threads that wait for each other sleep in place of spinning, set before PyTorch loads OpenMP.
# Beside other work on the same cores, spinning made the evaluation of a small net five times
# slower.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import typer

HOME = Path(__file__).resolve().parent.parent  # the checkout, or the folder of the installed stages
# The folder of dvc.yaml, params.yaml and studies: a wheel holds them beside the installed stages.
PROJECT = HOME / "project" if (HOME / "project").is_dir() else HOME

# Arguments and options of several stages
NetFile = Annotated[Path, typer.Argument(help="The trained net: data/nets/RUN.safetensors.")]
ImageTable = Annotated[Path, typer.Argument(help="The image table: data/images.parquet.")]
CountsFolder = Annotated[Path, typer.Argument(help="The folder of counts by epoch: data/counts.")]
CctmFolder = Annotated[
    Path, typer.Argument(help="The folder of counts of the final weights: data/cctm.")
]
GramFolder = Annotated[
    Path, typer.Argument(help="The folder of the class gradients' dot products: data/grams.")
]
PredictionFolder = Annotated[
    Path, typer.Argument(help="The folder of the predictions of every image: data/predictions.")
]
SurfaceFolder = Annotated[Path, typer.Argument(help="The folder of surfaces: data/surfaces.")]
VerdictsFile = Annotated[Path, typer.Argument(help="The verdicts on the claims: data/claims.csv.")]
SecondsFolder = Annotated[
    Path | None,
    typer.Option(help="The folder of the times that the stages took: data/seconds."),
]
Seconds = Annotated[
    Path, typer.Argument(help="The file for the seconds that the work took, to write (JSON).")
]
StudyFolder = Annotated[
    Path, typer.Argument(help="A folder with a params.yaml, which receives the results.")
]
RunNames = Annotated[
    list[str] | None, typer.Argument(help="The runs to make; all if none is named.")
]
ParamsFile = Annotated[Path, typer.Option(help="The file of parameters.")]
Device = Annotated[
    str, typer.Option(envvar="INTERFERENCE_DEVICE", help="The device: auto, cpu, cuda, cuda:1, ...")
]
Precision = Annotated[
    str,
    typer.Option(
        envvar="INTERFERENCE_PRECISION", help="The precision: auto, float32, bfloat16 or float16."
    ),
]
FigureWidth = Annotated[
    str | None,
    typer.Option(
        "--width",
        metavar="LENGTH",
        help="The width of every figure, such as 8.5cm, 85mm or 3.35in: panels shrink or wrap, and "
        "no text is smaller than 6 points. By default each figure has the width that it needs.",
    ),
]
FigureFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="The format of the figures: svg, png or pdf. Repeat it for several; by default svg "
        "and png.",
    ),
]
NoTitle = Annotated[
    bool,
    typer.Option(
        "--no-title",
        help="Leave title and caption out of the pictures; the files' metadata have them.",
    ),
]


def run(command: Callable[..., None]) -> None:
    """Run one stage as a program.

    Args:
        command: The `main` of the stage.
    """
    call(single_program(command))


def single_program(command: Callable[..., None], name: str | None = None) -> typer.Typer:
    """Make a Typer program of one stage.

    Args:
        command: The `main` of the stage.
        name: The name of the command, by default the name of the function.

    Returns:
        The program.
    """
    app = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
    )
    app.command(name)(command)
    return app


def call(program: Callable[[], object]) -> None:
    """Call a Typer program.

    A `BadInput`, and a package that an extra installs but that is missing, is printed as one line,
    and the exit status is 2. After Ctrl-C it is 130, after SIGTERM 143.

    Args:
        program: The program.
    """
    from interference.errors import BadInput

    signal.signal(signal.SIGTERM, end)
    try:
        program()
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        from interference import extras

        missing = extras.hint(error)
        if missing is None:
            raise
        print(f"error: {missing}", file=sys.stderr)
        sys.exit(2)


def end(number: int, frame: FrameType | None) -> NoReturn:
    """End the program when a signal asks for it, so that its temporary files are removed."""
    print(f"stopped by {signal.Signals(number).name}", file=sys.stderr)
    sys.exit(128 + number)


def stage_code(stage: str) -> dict[str, Path]:
    """The code that makes a stage's result: the files that dvc.yaml lists as dependencies.

    Args:
        stage: The name of the stage.

    Returns:
        The files by their paths in the checkout, without those that depend on the run. Empty
        outside a checkout, where the version of the package stands for its code.
    """
    from ruamel.yaml import YAML

    pipeline = HOME / "dvc.yaml"
    if not pipeline.exists():
        return {}
    entry = YAML(typ="safe", pure=True).load(pipeline)["stages"][stage]
    dependencies = entry.get("do", entry)["deps"]
    code = [name for name in dependencies if name.endswith(".py") and "$" not in name]
    return {name: HOME / name for name in code if (HOME / name).exists()}


class Watch:
    """Shows the progress of long work.

    In a terminal it is one line that moves, in a log one line for each round.

    Args:
        title: The name of the work.
        total: The amount of all work, in any unit.
        done: The amount that is done already.
    """

    def __init__(self, title: str, total: int, done: int = 0) -> None:
        from rich.console import Console
        from rich.progress import Progress, TextColumn

        columns = TextColumn("{task.percentage:3.0f} % {task.description}")
        self.bar: Progress | None = None
        if sys.stdout.isatty():
            # Rich's shared console may have been made before standard output became a terminal.
            self.bar = Progress(columns, console=Console(), refresh_per_second=2)
            self.task = self.bar.add_task(title, total=total, completed=done)

    def __enter__(self) -> "Watch":
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar:
            self.bar.stop()

    def tick(self, amount: int) -> None:
        """Add an amount to the work that is done."""
        if self.bar:
            self.bar.advance(self.task, amount)

    def say(self, line: str) -> None:
        """Show a line about the last round."""
        if self.bar:
            self.bar.update(self.task, description=line)
        else:
            say(line)


def say(*values: Any) -> None:
    """Print a line of progress at once, also into a pipe, and whole if other threads print too."""
    sys.stdout.write(" ".join(map(str, values)) + "\n")
    sys.stdout.flush()
