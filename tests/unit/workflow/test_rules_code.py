"""The digest of a rule's code is of the script that the rule runs."""

import re

from rule_files import rules

# `code` of a rule's parameters is what a script and all that it imports do; further digests have names of their own.
_CODE = re.compile(r'\bcode=code_of\("([^"]+)"\)')
_SCRIPT = re.compile(r'\bscript:\s+"\.\./workflow_scripts/([^"]+)"')
_PARAMS = re.compile(r"^ *params:", re.MULTILINE)
_OUTPUT = re.compile(r"^ *output:", re.MULTILINE)


def scripts_of(text: str) -> list[str]:
    return _SCRIPT.findall(text)


def test_every_rule_names_its_script_in_code_of():
    """But those without output: they run whenever they are asked for."""
    written = [(name, text) for name, base, text in rules() if not base and _OUTPUT.search(text)]
    running = {name: (_CODE.findall(text), scripts_of(text)) for name, text in written if scripts_of(text)}
    assert len(running) > 40
    assert {name: pair for name, pair in running.items() if pair[0] != pair[1]} == {}


def test_a_copy_of_a_rule_that_has_parameters_of_its_own_names_the_script_too():
    """`use rule ... with` replaces all parameters, so that the digest would go."""
    scripts = {name: scripts_of(text) for name, base, text in rules() if not base}
    copies = [(name, base, text) for name, base, text in rules() if base and _PARAMS.search(text)]
    assert copies
    assert {name: _CODE.findall(text) for name, base, text in copies if _CODE.findall(text) != scripts[base]} == {}
