"""What a module of ours imports, read from its source."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "interference"


def file_of(module: str) -> Path | None:
    """The source of `interference.x` or `stages.x`, None where that is no module of ours."""
    base = (ROOT / "src" if module.startswith("interference") else ROOT).joinpath(
        *module.split(".")
    )
    return next(
        (path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None
    )


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules of ours that a file imports, anywhere in it; blocks for the type checker alone are
    left out.
    """
    nodes = list(ast.walk(ast.parse(path.read_text())))
    blocks = [
        node
        for node in nodes
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    hidden = {id(node) for block in blocks for node in ast.walk(block)}
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in hidden:
            found |= {
                f"{node.module}.{alias.name}"
                if file_of(f"{node.module}.{alias.name}")
                else node.module
                for alias in node.names
            }
        elif isinstance(node, ast.Import) and id(node) not in hidden:
            found |= {alias.name for alias in node.names}
    return frozenset(
        name for name in found if name.split(".")[0] in ("interference", "stages") and file_of(name)
    )


def reached(path: Path, stop: frozenset[str] = frozenset()) -> set[str]:
    """All modules of ours that a file imports, directly or not, going no further at those in
    `stop`.
    """
    seen: set[str] = set()
    todo = list(imports(path))
    while todo:
        module = todo.pop()
        if module in seen or module in stop:
            continue
        seen.add(module)
        source = file_of(module)
        assert source
        todo += imports(source)
    return seen


def name_of(path: Path) -> str:
    """The module, `interference.x.y`, of a file of the library."""
    return ".".join(("interference", *path.relative_to(SRC).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def room(module: str) -> str:
    """`interference.nets.small` is in the room `nets`; a module on the ground floor is a room of
    its own.
    """
    return module.removeprefix("interference.").split(".")[0]


def is_face(path: Path) -> bool:
    """Whether a package's `__init__.py` only shows names of its modules: it holds imports and
    `__all__`, no code.
    """
    body = ast.parse(path.read_text()).body
    shown = all(isinstance(node, ast.ImportFrom | ast.Expr | ast.Assign) for node in body)
    assigned = {
        ast.unparse(target)
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    return path.name == "__init__.py" and shown and assigned <= {"__all__"}
