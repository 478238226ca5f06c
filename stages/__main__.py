"""The program `interference`, the same as `python -m stages`: every stage is a command of it."""

import ast
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import stages

PANELS = {
    "The pipeline, from data to surfaces": (
        "source",
        "download",
        "inputs",
        "train",
        "cctm",
        "ego",
        "sweep",
    ),
    "The pipeline, from its tables to the report": (
        "mistakes",
        "claims",
        "plots",
        "figures",
        "reproduction",
        "report",
    ),
    "Beside the pipeline": (
        "new",
        "look",
        "convert",
        "export",
        "pieces",
        "run-array",
        "commit",
        "plots-page",
        "machine",
        "unfinished",
    ),
}
END = "interference COMMAND --help shows the files and options of a command."


class Lazy(TyperGroup):
    """A group of commands whose modules are imported only when they are called.

    `--help` lists the commands by the first lines of their files, so that it is quick.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the arguments call, and import its module."""
        name, placeholder, rest = super().resolve_command(ctx, args)
        return name, placeholder and command(str(name)), rest


def command(name: str) -> Any:
    """Import the module of a stage and make a command of it."""
    main = import_module(f"stages.{source(name).stem}").main
    return typer.main.get_command(stages.single_program(main, name))


def source(name: str) -> Path:
    """The file of the module of a command."""
    return Path(__file__).with_name(f"{name.replace('-', '_')}.py")


def summary(name: str) -> str:
    """The docstring of a command's module, read without importing it."""
    tree = ast.parse(source(name).read_text(encoding="utf-8"))
    return ast.get_docstring(tree) or ""


app = typer.Typer(
    cls=Lazy,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=END,
)
for panel, names in PANELS.items():
    for name in names:
        app.command(name, help=summary(name), rich_help_panel=panel)(lambda: None)


def show_version(requested: bool) -> None:
    """Print the version and end the program, if that is requested."""
    if requested:
        from interference.version import __version__

        stages.say(f"interference {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Which classes a classifier mixes up, and how that shows in its loss surface and its training.

    Each command of the pipeline is a stage: it reads files, computes, and writes files.

    `dvc repro` is the usual way to call the stages: it calls them in this order, with the paths of
    dvc.yaml, and only those whose inputs have changed. You can also call a stage by hand on files
    of your own; DVC does not record such a call.
    """


if __name__ == "__main__":
    stages.call(partial(app, prog_name="interference"))
