"""Section "run": what the run used, with what it was made, how to repeat it, and the cards of models and data."""

from collections.abc import Mapping
from typing import Any

from selcn.report.html.grid import Cell, Grid, columns_of, number_cell, text_cell
from selcn.report.html.markdown import blocks
from selcn.report.html.results import Results
from selcn.report.run.record import flattened
from selcn.report.tables.render import NONE


def run(results: Results) -> dict[str, Any]:
    """Return the data of the section; without a record of the run, its cards alone."""
    cards = [(title, blocks(_untitled(text), title, shift=2)) for title, text in results.cards.items()]
    record = results.run
    if not record:
        return {"record": {}, "cards": cards, "remarks": []}
    return {
        "record": record,
        "started": _moment(record["started"]),
        "ended": _moment(record["ended"]),
        "stages": _stages(record),
        "versions": _pairs("Versions", ("Package", "Version"), record["versions"]),
        "versions_differ": _pairs("What differed", ("What", "Values"), record["versions_differ"]),
        "seeds": _pairs("Seeds", ("Key", "Seed"), record["seeds"]),
        "differs": _differs(record),
        "configuration": _pairs("Configuration", ("Key", "Value"), flattened(record["configuration"])),
        "data": _data(record),
        "cards": cards,
        "remarks": record["configuration"].get("remarks", []),
        "charts": results.charts.get("run", ()),
    }


def _untitled(text: str) -> str:
    """Return a card without its title, which the page gives it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("# "))


def _moment(time: str | None) -> str | None:
    """Return a time, ISO 8601 in UTC, to the minute; None where it is unknown."""
    return f"{time[:10]}, {time[11:16]} UTC" if time else None


def _stages(record: Mapping[str, Any]) -> Grid:
    head = ("Stage", "Jobs", "Attempts", "Hours", "Processor hours", "GPU hours", "Memory, MB", "GPU memory, MB")
    rows = []
    for stage in (*record["stages"], {"stage": "All", **record["total"]}):
        counts = [number_cell(stage[name]) for name in ("jobs", "attempts")]
        hours = [number_cell(stage[name], 2) for name in ("hours", "processor_hours", "gpu_hours")]
        memory = [number_cell(stage[name]) for name in ("memory_mb", "gpu_memory_mb")]
        rows.append((text_cell(stage["stage"]), *counts, *hours, *memory))
    return Grid("What each stage used; memory is the most of a job", columns_of(head, head[1:]), tuple(rows))


def _pairs(caption: str, head: tuple[str, str], values: Mapping[str, Any]) -> Grid | None:
    """Return names and values as a table; None without any."""
    rows = tuple((text_cell(name), _value(value)) for name, value in values.items())
    return Grid(caption, columns_of(head), rows) if rows else None


def _differs(record: Mapping[str, Any]) -> Grid | None:
    head = columns_of(("Key", "Default", "Here"))
    rows = tuple(
        (text_cell(key), _value(values["default"]), _value(values["value"]))
        for key, values in record["differs"].items()
    )
    return Grid("Configuration where it differs from config.yaml", head, rows) if rows else None


def _data(record: Mapping[str, Any]) -> Grid:
    head = ("Data set", "Images", "SHA-256 of the images", "SHA-256 of the masks")
    rows = tuple(
        (
            text_cell(data["name"]),
            number_cell(data["images"]),
            _value(data["images_sha256"]),
            _value(data["masks_sha256"]),
        )
        for data in record["data"].values()
    )
    return Grid("Checksums of the data", columns_of(head, ("Images",)), rows)


def _value(value: Any) -> Cell:
    if isinstance(value, list):
        return text_cell(", ".join(map(str, value)) or NONE)
    return text_cell(NONE if value is None else value)
