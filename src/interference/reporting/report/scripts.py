"""The page's scripts as one text: the ES modules of `assets`, each after those that it imports.

A browser loads no module from a file on disk, so that the page carries all of them in one script. A
module becomes one object of its exports, and everything else in it is its own:

    const baseModule = await (async () => { "use strict"; ... return {study, createElement}; })();

The order follows from the imports alone. Two forms are known: `import {name, other} from
"./module.js";`, which may run over several lines, and `export` before a declaration.
"""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|class|function|async function) (\w+))", re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(modules: Mapping[str, str]) -> str:
    """One script of all modules.

    Args:
        modules: The text of each module by its name, without `.js`.

    Returns:
        A script for a page, in which each module runs once and after all that it imports.

    Raises:
        ValueError: If a module imports a name that the other does not export, or in another form.
        graphlib.CycleError: If modules import each other.
    """
    order = TopologicalSorter({name: _imported(text) for name, text in sorted(modules.items())})
    exports = {name: EXPORT.findall(text) for name, text in modules.items()}
    parts = [_wrapped(name, modules[name], exports) for name in order.static_order()]
    return "\n".join(["(async () => {", *parts, "})();"])


def _imported(text: str) -> list[str]:
    """The modules that a module imports from, in its order, so that equal modules give equal scripts."""
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
    body = IMPORT.sub(
        lambda found: f"const {{{', '.join(_names(found[1]))}}} = {found[2]}Module;\n", text
    )
    body = EXPORT.sub("", body)
    unread = LEFT_OVER.search(body)
    if unread:
        raise ValueError(
            f"{name}.js: found {unread[0]!r}, expected "
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


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
