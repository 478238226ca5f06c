"""The report's scripts: modules that say what they use, joined into one text without a tool that
users would need.
"""

import re
import shutil
import subprocess
from graphlib import CycleError
from pathlib import Path

import pytest

from interference.reporting.report.scripts import EXPORT, IMPORT, bundle
from tests.imports import SRC

MODULES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((SRC / "reporting" / "report" / "assets").glob("*.js"))
}
NODE = shutil.which("node")


def declared(text: str) -> list[str]:
    """The names that a module declares outside its functions."""
    return re.findall(
        r"^(?:export )?(?:const|let|class|function|async function) (\w+)", text, re.MULTILINE
    )


@pytest.mark.parametrize("name", MODULES)
def test_a_line_has_at_most_120_columns(name: str):
    assert [line for line in MODULES[name].splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_uses_all_that_it_imports_and_declares_none_of_it_anew(name: str):
    body = IMPORT.sub("", MODULES[name])
    for names, _ in IMPORT.findall(MODULES[name]):
        for imported in re.findall(r"\w+", names):
            assert re.search(rf"(?<!\w){imported}\b", body), imported
            assert imported not in declared(body)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_exports_is_imported_by_another(name: str):
    imported = [
        names
        for text in MODULES.values()
        for names, module in IMPORT.findall(text)
        if module == name
    ]
    assert set(EXPORT.findall(MODULES[name])) == set(re.findall(r"\w+", " ".join(imported)))


@pytest.mark.parametrize("name", MODULES)
def test_a_name_of_another_module_is_imported_where_it_is_used(name: str):
    body = re.sub(r"//.*|\"[^\"\n]*\"", "", IMPORT.sub("", MODULES[name]))
    known = set(re.findall(r"\w+", " ".join(names for names, _ in IMPORT.findall(MODULES[name]))))
    for module in MODULES.keys() - {name}:
        for exported in set(EXPORT.findall(MODULES[module])) - known:
            called = rf"(?<![\w.]){exported}\("
            assert not re.search(called, body) or re.search(rf"\b{exported}\b(?= =|\()", body), (
                exported
            )


def test_every_module_is_an_object_of_its_exports_in_strict_mode_after_those_that_it_imports():
    script = bundle(MODULES)
    order = re.findall(
        r'^const (\w+)Module = await \(async \(\) => \{\n"use strict";$', script, re.MULTILINE
    )
    assert sorted(order) == sorted(MODULES)
    for name, text in MODULES.items():
        for _, module in IMPORT.findall(text):
            assert order.index(module) < order.index(name)
    assert order[-1] == "main"
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)


def test_equal_modules_give_equal_scripts_in_whatever_order_they_are_read():
    assert bundle(dict(reversed(MODULES.items()))) == bundle(MODULES)


def test_an_import_of_a_name_that_is_not_exported_names_it():
    with pytest.raises(
        ValueError, match=r"b\.js: found an import of y from a\.js, expected one of its exports: x"
    ):
        bundle({"a": "export const x = 1;\n", "b": 'import {x, y} from "./a.js";\n'})


@pytest.mark.parametrize(
    "line",
    ['import x from "./a.js";', 'import * as a from "./a.js";', "export {x};", "export default x;"],
)
def test_another_form_of_import_or_export_is_refused(line: str):
    with pytest.raises(ValueError, match=r"b\.js: found .* expected import"):
        bundle({"a": "export const x = 1;\n", "b": f"{line}\n"})


def test_modules_that_import_each_other_are_refused():
    with pytest.raises(CycleError):
        bundle(
            {
                "a": 'import {y} from "./b.js";\nexport const x = 1;\n',
                "b": 'import {x} from "./a.js";\nexport const y = 1;\n',
            }
        )


@pytest.mark.skipif(NODE is None, reason="no node, which would check the syntax")
@pytest.mark.parametrize("name", [*MODULES, "bundle"])
def test_node_reads_the_syntax(name: str, tmp_path: Path):
    file = tmp_path / f"{name}.mjs"
    file.write_text({**MODULES, "bundle": bundle(MODULES)}[name], encoding="utf-8")
    subprocess.run([NODE, "--check", file], check=True)


@pytest.mark.skipif(NODE is None, reason="no node, which would run it")
def test_an_undeclared_name_is_an_error(tmp_path: Path):
    file = tmp_path / "script.mjs"
    file.write_text(bundle({"a": "undeclared = 1;\n"}), encoding="utf-8")
    done = subprocess.run([NODE, file], capture_output=True, text=True)
    assert done.returncode == 1
    assert "undeclared is not defined" in done.stderr
