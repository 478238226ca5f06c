"""Joins the ES modules of `assets` into one script for the page.

A browser loads no module from a file on disk, so the page carries all modules in one script. Each
module becomes an object of its exports; its other names stay private:

    const baseModule = await (async () => { "use strict"; ... return {study, createElement}; })();

A module stands after the modules that it imports. Two forms are supported: `import {name, other}
from "./module.js";`, which may run over several lines, and `export` before a declaration.
"""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|class|function|async function) (\w+))", re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(modules: Mapping[str, str]) -> str:
    """Join modules into one script.

    Args:
        modules: The text of each module by its name, without `.js`.

    Returns:
        A script in which each module runs once, after the modules that it imports.

    Raises:
        ValueError: If a module imports a name that the other module does not export, or if it uses
            another form of import or export.
        graphlib.CycleError: If modules import each other.
    """
    imports = {name: _imported(modules[name]) for name in sorted(modules)}
    exports = {name: EXPORT.findall(text) for name, text in modules.items()}
    lines = ["(async () => {"]
    for name in TopologicalSorter(imports).static_order():
        lines.append(_wrapped(name, modules[name], exports))
    lines.append("})();")
    return "\n".join(lines)


def _imported(text: str) -> list[str]:
    """The modules from which a module imports, in the order of its imports."""
    return [module for _, module in IMPORT.findall(text)]


def _wrapped(name: str, text: str, exports: Mapping[str, list[str]]) -> str:
    """A module as an object of its exports."""
    for names, module in IMPORT.findall(text):
        unknown = sorted(set(_names(names)) - set(exports[module]))
        if unknown:
            raise ValueError(
                f"{name}.js: found an import of {', '.join(unknown)} from {module}.js, "
                f"expected one of its exports: {', '.join(exports[module])}"
            )
    body = EXPORT.sub("", IMPORT.sub(_declaration, text))
    unsupported = LEFT_OVER.search(body)
    if unsupported:
        raise ValueError(
            f"{name}.js: found {unsupported[0]!r}, expected "
            'import {name} from "./module.js"; or export before a declaration'
        )
    lines = [
        f"const {name}Module = await (async () => {{",
        '"use strict";',
        body.strip(),
        f"return {{{', '.join(exports[name])}}};",
        "})();",
    ]
    return "\n".join(lines)


def _declaration(match: re.Match[str]) -> str:
    """The declaration that takes the place of an import."""
    names = ", ".join(_names(match[1]))
    return f"const {{{names}}} = {match[2]}Module;\n"


def _names(text: str) -> list[str]:
    """The names in the braces of an import."""
    return [name.strip() for name in text.split(",") if name.strip()]
