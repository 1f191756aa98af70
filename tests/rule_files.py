"""The rules as they are written, without Snakemake: their names and their text."""

import re
from collections.abc import Iterator

from studies import PROJECT

# Of a rule that is written once and made for each data set or stage, `name` follows instead of a name.
_RULE = re.compile(r"^ *(?:use rule (?P<base>\w+) as (?P<copy>\w+) with|rule ?(?P<name>\w*)):\n", re.MULTILINE)
_NAME = re.compile(r'\s+name:\s+f"([^"]+)"')


def rules() -> Iterator[tuple[str, str, str]]:
    """Yield name, the rule that it is a copy of or "", and text of every rule.

    The name of rules that are made in a loop has the loop's variable in it, in braces.
    """
    for path in sorted(PROJECT.glob("rules/*.smk")):
        text = path.read_text()
        for match in _RULE.finditer(text):
            following = _RULE.search(text, match.end())
            body = text[match.end() : following.start() if following else len(text)]
            yield match["copy"] or match["name"] or _NAME.match(body)[1], match["base"] or "", body


def rules_with_gpu() -> set[str]:
    """Return the rules that ask for a GPU, and those that are used as another that does."""
    asking = {name for name, _, body in rules() if "**gpu_job(" in body}
    asking |= {name for name, base, _ in rules() if base in asking}
    made = ({"lesion_dataset": "ham10000", "network": "lesion"}, {"lesion_dataset": "isic2016", "network": "isic2016"})
    return {name.format(**values) for name in asking for values in made}
