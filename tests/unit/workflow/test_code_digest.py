"""The code that a script depends on, and its digest."""

import ast

import pytest

from selcn.workflow.code_digest import SCRIPTS, described, digest_of, imported_by, modules_of

SCRIPT = '''"""Of a script."""

x = 1


def f(a):
    """Of a function."""
    return a + x
'''


@pytest.fixture
def digest(tmp_path):
    """The digest of a script of its own."""

    def digest_of_text(text):
        file = tmp_path / f"script-{len(list(tmp_path.iterdir()))}.py"
        file.write_text(text)
        return digest_of([file])

    return digest_of_text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Of a script", "Other words"),
        ("Of a function", "Other words"),
        ("x = 1", "# why\n\nx = (1)"),
        ('    """Of a function."""\n', ""),
    ],
)
def test_the_digest_does_not_see_comments_docstrings_or_layout(digest, old, new):
    assert digest(SCRIPT.replace(old, new)) == digest(SCRIPT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = None"),
        ("x = 1", "x = '1'"),
        ("x = 1", "x = -1"),
        ("a + x", "a - x"),
        ("f(a)", "f(*a)"),
        ("f(a)", "f(a, b=None)"),
        ("return a + x", "a + x"),
        ("return a + x", "return"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = [1]"),
        ("x = 1", "'words'\nx = 1"),
    ],
)
def test_the_digest_sees_what_a_script_does(digest, old, new):
    assert digest(SCRIPT.replace(old, new)) != digest(SCRIPT)


def test_the_digest_of_several_files_does_not_see_their_order_but_each_of_them(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("x = 1\n")
    other.write_text("x = 2\n")
    assert digest_of([one, other]) == digest_of([other, one])
    assert len({digest_of([one, other]), digest_of([one]), digest_of([other])}) == 3


def test_the_digest_is_the_same_whatever_python_finds_it(digest):
    """Python 3.12 and 3.13 have syntax trees with further fields, which are empty here."""
    assert digest(SCRIPT) == "7bc314df86698ad1b83c383c6da5355fade0b70e5dcbb896854cf583e9f409c3"


def by_the_library(node) -> str:
    """A syntax tree by Python's own functions: the definition of what is digested, slower."""
    if not isinstance(node, ast.AST):
        return f"[{','.join(map(by_the_library, node))}]" if isinstance(node, list) else repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value is not None and value != []}
    documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    if documented and ast.get_docstring(node) is not None:
        fields["body"] = node.body[1:]
    return f"{type(node).__name__}({' '.join(f'{name}={by_the_library(value)}' for name, value in fields.items())})"


SYNTAX = (
    SCRIPT
    + """
class A:
    '''Of a class.'''

    y: int | None = None


async def g(*args, b=lambda: [], **kwargs):
    '''Alone.'''


match f(1):
    case {"a": [1, *_]} if not x:
        z = f"{x!r:>3}" if x else [i for i in (1, 2.0, b"3", ..., True) if i]
"""
)


def test_syntax_trees_are_described_field_by_field():
    files = sorted((SCRIPTS / "selcn/workflow").glob("*.py"))
    for text in (SYNTAX, *(file.read_text() for file in files)):
        assert described(ast.parse(text)) == by_the_library(ast.parse(text))


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "def f():\n  {}",
        "class A:\n  async def f(self):\n    {}",
        "if x:\n  pass\nelif y:\n  {}",
        "for x in y:\n  pass\nelse:\n  {}",
        "try:\n  pass\nexcept E:\n  {}",
        "try:\n  pass\nfinally:\n  {}",
        "with x:\n  {}",
        "match x:\n  case 1:\n    {}",
    ],
)
def test_imports_are_found_wherever_they_stand(around):
    statement = "from selcn.design import cells"
    found = {path.name for path in imported_by(ast.parse(around.format(statement)))}
    assert found == {"__init__.py", "cells.py"}


def names(script):
    return {path.relative_to(SCRIPTS).as_posix() for path in modules_of(SCRIPTS / script)}


def test_a_script_s_code_is_what_it_imports_transitively():
    code = names("train_symmetry.py")
    assert {
        "train_symmetry.py",
        "selcn/networks/symmetry.py",
        "selcn/training/fit.py",
        "selcn/training/losses.py",
    } <= code
    assert "selcn/__init__.py" in code


@pytest.mark.parametrize(
    "script",
    [
        "train_segmentation.py",
        "train_backbone.py",
        "select_backbone.py",
        "train_symmetry.py",
        # What the fingerprint of a lesion network's training has (rules/lesion.smk).
        "selcn/training/lesion.py",
        "selcn/training/cross_validation.py",
    ],
)
def test_training_does_not_depend_on_metrics_maps_tables_or_figures(script):
    foreign = ("selcn/evaluation", "selcn/masks", "selcn/cams", "selcn/report", "selcn/jobs")
    assert not [name for name in names(script) if name.startswith(foreign)]


def test_how_a_job_runs_is_no_part_of_its_code():
    for script in SCRIPTS.glob("*.py"):
        assert not [name for name in names(script.name) if name.startswith("selcn/jobs")]


def test_segmentation_and_masks_do_not_depend_on_cams():
    for script in ("train_segmentation.py", "evaluate_segmentation.py", "predict_masks.py"):
        assert not [name for name in names(script) if "cam" in name]
    assert "selcn/cams/grad_cam.py" in names("compute_cams.py")


def test_every_script_parses_and_imports_only_what_is_there():
    scripts = sorted(SCRIPTS.glob("*.py"))
    assert len(scripts) > 20
    for script in scripts:
        assert digest_of(modules_of(script))
