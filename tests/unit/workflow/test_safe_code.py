"""What no code of the workflow may do: run what a file holds, or build a command from names."""

import ast
import re
from pathlib import Path

import pytest

from selcn.workflow.code_digest import SCRIPTS

CLONE = SCRIPTS.parent
FORBIDDEN = re.compile(
    r"(eval|exec|compile|__import__|os\.(system|popen|exec\w*|spawn\w*)|(c?[pP]ickle|marshal|dill|joblib|shelve)\.\w+"
    r"|yaml\.(load|load_all|full_load|unsafe_load)|(pd|pandas)\.read_pickle|\w+\.to_pickle)"
)


def faults_of(source: str) -> list[str]:
    """Return the calls of a Python file that may run what they are given."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f"line {call.lineno}: {ast.unparse(call)}" for call in calls if is_unsafe(call)]


def is_unsafe(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if name.endswith("torch.load") and given.get("weights_only") != "True":
        return True
    return (
        FORBIDDEN.fullmatch(name) is not None
        or given.get("allow_pickle", "False") != "False"
        or given.get("shell", "False") != "False"
    )


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text, Loader)",
        "pickle.loads(content)",
        "eval(text)",
        "os.system(command)",
        "subprocess.run(command, shell=True)",
    ],
)
def test_an_unsafe_call_is_seen(line):
    assert faults_of(line)


@pytest.mark.parametrize("line", ["torch.load(path, weights_only=True)", "np.load(path)", "re.compile(text)"])
def test_a_safe_call_is_not(line):
    assert not faults_of(line)


def test_no_code_runs_what_a_file_holds():
    files = sorted(SCRIPTS.rglob("*.py"))
    assert len(files) > 100
    faults = {path.relative_to(CLONE).as_posix(): faults_of(path.read_text()) for path in files}
    assert not {path: found for path, found in faults.items() if found}


def rule_files() -> list[Path]:
    return [CLONE / "Snakefile", *sorted((CLONE / "rules").glob("*.smk"))]


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.name)
def test_rules_run_scripts_alone(path):
    """No command is built from an id or a path, so none can be read as another."""
    text = path.read_text()
    assert not re.findall(r"^\s+(?:shell|run|wrapper|notebook|cwl)\s*:|\bshell\s*\(", text, re.MULTILINE)
    # A rule that is made in a loop has its name in a line of its own.
    found = re.findall(r"^(?: {4})?rule(?: \w+)?:", text, re.MULTILINE)
    assert text.count("    script:") == len(found) or path.name == "Snakefile"
