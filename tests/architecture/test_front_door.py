"""The front door: one name, every verb, nothing loaded before it is used."""

import ast
import subprocess
import sys

from tests.conftest import ROOT

import cycles as cy


def test_every_verb_opens_and_documents_itself():
    for name in cy.__all__:
        assert getattr(cy, name).__doc__, name


def test_the_lists_of_verbs_agree():
    tree = ast.parse((ROOT / "src/cycles/__init__.py").read_text())
    typed = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cycles.")
        for alias in node.names
    }
    assert typed == set(cy.__all__) == set(dir(cy))


def test_importing_the_front_door_loads_no_table_library():
    code = (
        "import sys, cycles; print(sorted({'pandas', 'numpy', 'great_expectations', 'matplotlib'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"
