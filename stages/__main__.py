"""All stages in one program: `python -m stages train ...` is `python -m stages.train ...`."""

import sys
from importlib import import_module

import stages

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in stages.NAMES:
        sys.exit(f"usage: python -m stages {{{','.join(stages.NAMES)}}} ...")
    stages.run(import_module(f"stages.{sys.argv.pop(1)}").main)
