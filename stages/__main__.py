"""All stages in one program: `python -m stages train ...` is `python -m stages.train ...`."""

import ast
import sys
from importlib import import_module
from pathlib import Path

import stages


def usage() -> str:
    """The stages and what each makes, without importing them."""
    sources = {name: Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in stages.NAMES}
    lines = [f"  {name:10} {ast.get_docstring(ast.parse(source))}" for name, source in sources.items()]
    return "\n".join(["usage: python -m stages STAGE --help", "", *lines])


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in stages.NAMES:
        del sys.argv[1]
        stages.run(import_module(f"stages.{name}").main)
    else:
        print(usage(), file=sys.stdout if name == "--help" else sys.stderr)
        sys.exit(0 if name == "--help" else 2)
