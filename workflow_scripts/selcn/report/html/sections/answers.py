"""Section "answers", and their first lines for the summary: Markdown of the study, rendered and not rewritten."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from selcn.report.html.headline import effects
from selcn.report.html.markdown import blocks, by_heading, inline, paragraphs
from selcn.report.html.notes import downloads, merged
from selcn.report.html.results import Results


@dataclass(frozen=True)
class Answer:
    """A protocol's answer to a question.

    Attributes
    ----------
    findings
        Its findings: the paragraphs at its beginning that start in bold, each as the part in bold and the rest.
    rest
        Everything after the findings.
    """

    protocol: str
    findings: tuple[tuple[Markup, Markup], ...]
    rest: Markup


@dataclass(frozen=True)
class Question:
    """A question of the thesis, with each protocol's answer."""

    name: str
    question: Markup
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        """The question's id in the page."""
        return self.name.lower().replace(" ", "-")


def answers(results: Results) -> dict[str, Any]:
    """Return the data of section "answers"."""
    parts = {protocol: by_heading(results.texts[protocol, "answers"]) for protocol in results.protocols}
    names = dict.fromkeys(name for sections in parts.values() for name in sections if name)
    return {
        "questions": [
            _question(name, {protocol: parts[protocol].get(name, "") for protocol in parts}) for name in names
        ],
        "about": [
            (protocol, blocks(_without_demo(sections[""]), f"how to read the answers, {protocol}"))
            for protocol, sections in parts.items()
        ],
        "effects": effects(results),
        "notes": merged(results, "answers"),
        "downloads": downloads(results, "answers"),
    }


def _question(name: str, texts: dict[str, str]) -> Question:
    quoted = next(block for text in texts.values() for block in paragraphs(text) if block.startswith(">"))
    question = inline(quoted.removeprefix(">").strip())
    return Question(name, question, tuple(_answer(name, protocol, text) for protocol, text in texts.items()))


def _answer(name: str, protocol: str, text: str) -> Answer:
    # The notes at the end of the file are the page's own.
    rest = [block for block in paragraphs(text) if not block.startswith((">", "- "))]
    findings = []
    while rest and rest[0].startswith("**"):
        findings.append(rest.pop(0))
    # Without a finding, such as where nothing was compared, the first paragraph says why.
    findings = findings or [f"**{rest.pop(0)}**"]
    return Answer(protocol, tuple(map(_divided, findings)), blocks("\n\n".join(rest), f"{name}, {protocol}", shift=3))


def _divided(finding: str) -> tuple[Markup, Markup]:
    """Return the part in bold at the beginning of a paragraph, and the rest."""
    _, lead, rest = finding.split("**", 2)
    return inline(lead), inline(rest.strip())


def _without_demo(text: str) -> str:
    """Return the text without the warning that the page has at its top."""
    return "\n\n".join(block for block in paragraphs(text) if not block.startswith(">"))
