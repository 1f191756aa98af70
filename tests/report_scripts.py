"""The report's script files, read without a browser."""

import json
from pathlib import Path

BEGIN, END = "selcn.add(", ");\n"


def read_script(path: str | Path) -> tuple[str, dict]:
    """Return the name and the value that a script of one line gives the viewer."""
    text = Path(path).read_text()
    assert text.startswith(BEGIN)
    assert text.endswith(END)
    assert text.count("\n") == 1
    name, value = json.loads(f"[{text[len(BEGIN) : -len(END)]}]")
    return name, value
