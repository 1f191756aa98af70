"""The RO-Crate of a run: which workflow made which results of which data and settings, for machines to read.

Its profile is Workflow Run Crate 0.5, <https://w3id.org/ro/wfrun/workflow/0.5>, one of those of Workflow Run RO-Crate.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from selcn.design.terms import RESEARCH_USE
from selcn.report.run.record import flattened
from selcn.report.run.terms import TERMS
from selcn.storage.artifacts import sha256_of

RO_CRATE = "1.1"
"""Version of RO-Crate that the profile is of."""

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
"""The profiles that a crate conforms to, by their addresses."""

_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_COMPUTATIONAL_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".yaml": "application/yaml",
    "": "text/plain",
}
_TYPES = {bool: "Boolean", int: "Integer", float: "Float"}

SYNTHETIC = {
    "@id": "https://spdx.org/licenses/MIT",
    "name": "MIT License",
    "description": "Made from synthetic images, which the workflow generates.",
}
"""Licence of the demo's crate."""

OF_THE_DATA = {
    "@id": "https://creativecommons.org/licenses/by-nc/4.0/",
    "name": "Creative Commons Attribution-NonCommercial 4.0 International",
    "description": (
        "The terms of HAM10000 and ISIC2019, of which figures show images. ISIC2016 has the terms of each image in the "
        "ISIC Archive; SymDerm v2.0 states none."
    ),
}
"""Licence of the crate of a study of the thesis's data sets."""

OF_OTHER_DATA = {
    "@id": "#terms-of-the-data",
    "name": "Terms of the data sets' owners",
    "description": "Figures show images of the study's data sets, which have terms of their own.",
}
"""Licence of the crate of a study with other data sets."""


@dataclass(frozen=True)
class Contents:
    """Files of a crate, in or below its folder.

    Attributes
    ----------
    workflow
        A copy of the Snakefile.
    config
        The configuration after all overlays.
    outputs
        The results, by the kind of output.
    """

    workflow: Path
    config: Path
    outputs: Mapping[str, Iterable[Path]]


def crate_of(root: Path, run: Mapping, citation: Mapping, contents: Contents) -> dict:
    """Return the metadata of a crate, the content of its ro-crate-metadata.json.

    Parameters
    ----------
    root
        The crate's folder.
    run
        The record (`selcn.report.run.record`).
    citation
        The workflow's CITATION.cff.
    """
    crate = ROCrate(version=RO_CRATE)
    crate.metadata.extra_contexts.append(_TERMS)
    workflow = _workflow_of(crate, root, run, citation, contents.workflow)
    action = _add(
        crate,
        "#run",
        "CreateAction",
        name="Run of the study",
        description=run["command"] or "Snakemake's command line is unknown.",
        instrument=workflow,
    )
    for name, key in (("startTime", "started"), ("endTime", "ended")):
        if run[key]:
            action[name] = run[key]
    action["object"] = [*_settings(crate, root, run, workflow, contents.config), *_data(crate, run, workflow)]
    action["result"] = [
        file for kind, paths in contents.outputs.items() for file in _outputs(crate, root, workflow, kind, paths)
    ]
    _describe_root(crate, run, citation, action)
    return crate.metadata.generate()


def _describe_root(crate: ROCrate, run: Mapping, citation: Mapping, action: Entity) -> None:
    root, demo = crate.root_dataset, run["demo"]
    images = "synthetic images" if demo else "dermoscopic images"
    root["name"] = f"A study with SE-LCN on {images}"
    root["description"] = (
        f"Tables, figures and metrics of a run of the workflow '{citation['title']}' on {images}, in the protocols "
        f"{', '.join(run['protocols'])}. {RESEARCH_USE}"
    )
    # The date of the results: the crate of one run is the same whenever it is made.
    if run["ended"]:
        root["datePublished"] = run["ended"]
    terms = SYNTHETIC if demo else OF_THE_DATA if run["data"].keys() <= TERMS.keys() else OF_OTHER_DATA
    root["license"] = _add(crate, terms["@id"], "CreativeWork", name=terms["name"], description=terms["description"])
    root["conformsTo"] = [
        _add(crate, address, "CreativeWork", name=name, version=address.rsplit("/", 1)[1])
        for address, name in PROFILES.items()
    ]
    root["mentions"] = action


def _workflow_of(crate: ROCrate, root: Path, run: Mapping, citation: Mapping, path: Path) -> Entity:
    workflow = crate.add_workflow(
        dest_path=path.relative_to(root),
        main=True,
        lang="snakemake",
        lang_version=run["versions"].get("snakemake"),
        properties={
            "name": citation["title"],
            "version": " ".join(filter(None, [citation["version"], run["commit"]])),
            "license": f"https://spdx.org/licenses/{citation['license']}",
            "conformsTo": {"@id": _COMPUTATIONAL_WORKFLOW},
            "input": [],
            "output": [],
            "encodingFormat": _FORMATS[path.suffix],
            **_bytes_of(path),
        },
    )
    _add(crate, _COMPUTATIONAL_WORKFLOW, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE")
    return workflow


def _settings(crate: ROCrate, root: Path, run: Mapping, workflow: Entity, path: Path) -> Iterator[Entity]:
    """Add the configuration, as a file and value by value."""
    file = _file(crate, root, path)
    _realise(crate, workflow, "configfile", "File", [file], "The configuration after all overlays (--configfile)")
    yield file
    for key, value in flattened(run["configuration"]).items():
        text = value if isinstance(value, str) else json.dumps(value)
        yield _value(crate, workflow, key, _TYPES.get(type(value), "Text"), text, "A key of the configuration")


def _data(crate: ROCrate, run: Mapping, workflow: Entity) -> Iterator[Entity]:
    """Add the data by their checksums: the files themselves are not part of the crate."""
    for dataset, entry in run["data"].items():
        found = {"images": entry["images_sha256"], "masks": entry["masks_sha256"], **entry["label_tables"]}
        for name, digest in found.items():
            if digest:
                about = f"SHA-256 of {entry['name']}: {name} (run.json says of which bytes)"
                yield _value(crate, workflow, f"sha256.{dataset}.{name}", "Text", digest, about)


def _outputs(crate: ROCrate, root: Path, workflow: Entity, kind: str, paths: Iterable[Path]) -> list[Entity]:
    files = [_file(crate, root, path) for path in paths]
    _realise(crate, workflow, kind, "File", files, f"Output of the workflow: {kind}", way="output")
    return files


def _file(crate: ROCrate, root: Path, path: Path) -> Entity:
    place = path.relative_to(root)
    properties = {"name": place.as_posix(), "encodingFormat": _FORMATS[path.suffix], **_bytes_of(path)}
    return crate.add_file(dest_path=place, properties=properties)


def _bytes_of(path: Path) -> dict[str, str]:
    return {"contentSize": str(path.stat().st_size), "sha256": sha256_of(path)}


def _value(crate: ROCrate, workflow: Entity, name: str, kind: str, value: str, about: str) -> Entity:
    entity = _add(crate, f"#value/{name}", "PropertyValue", name=name, value=value)
    _realise(crate, workflow, name, kind, [entity], about)
    return entity


def _realise(
    crate: ROCrate, workflow: Entity, name: str, kind: str, entities: list[Entity], about: str, way: str = "input"
) -> None:
    """Add a parameter of the workflow, and say which entities it had the value of in this run."""
    parameter = _add(crate, f"#parameter/{name}", "FormalParameter", name=name, additionalType=kind, description=about)
    parameter["workExample"] = entities[0] if len(entities) == 1 else entities
    workflow.append_to(way, parameter)
    for entity in entities:
        entity["exampleOfWork"] = parameter


def _add(crate: ROCrate, identifier: str, kind: str, **properties: object) -> Entity:
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **_plain(properties)}))


def _plain(properties: Mapping[str, object]) -> dict[str, object]:
    return {key: {"@id": value.id} if isinstance(value, Entity) else value for key, value in properties.items()}
