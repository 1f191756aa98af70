"""Section "run": the record of the run, and the cards of the models and the data."""

from typing import Any

from selcn.report.html.markdown import blocks
from selcn.report.html.results import Results


def run(results: Results) -> dict[str, Any]:
    """Return the data of the section."""
    return {
        "record": results.run,
        "cards": [(title, blocks(text, title, shift=2)) for title, text in results.cards.items()],
    }
