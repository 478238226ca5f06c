"""All stages in one program: `python -m stages train ...` is `python -m stages.train ...`."""

import ast
import sys
from importlib import import_module
from pathlib import Path

import stages


def usage() -> str:
    """The stages and what each makes, without importing them."""
    here = Path(__file__).parent
    docs = {name: ast.get_docstring(ast.parse((here / f"{name}.py").read_text(encoding="utf-8"))) for name in stages.NAMES}
    return "usage: python -m stages STAGE --help\n\n" + "\n".join(f"  {name:9} {doc}" for name, doc in docs.items())


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in stages.NAMES:
        del sys.argv[1]
        stages.run(import_module(f"stages.{name}").main)
    else:
        print(usage(), file=sys.stdout if name == "--help" else sys.stderr)
        sys.exit(0 if name == "--help" else 2)
