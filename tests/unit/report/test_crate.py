"""The run's RO-Crate, written by the rule's script, read back with rocrate, has what its profile requires.

The official validator needs the network for the JSON-LD contexts; public CI runs it on the demo's crate.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate

from jobs import run_script
from selcn.storage.checksums import record
from studies import PROJECT

WORKFLOW = "https://w3id.org/ro/wfrun/workflow/0.5"
RUN = {
    "demo": False,
    "protocols": ["thesis", "leakfree"],
    "command": "snakemake all --cores 2",
    "commit": "abc123",
    "started": "2026-11-27T10:00:00+00:00",
    "ended": "2026-11-27T12:00:00+00:00",
    "versions": {"snakemake": "9.27.1"},
    "configuration": {
        "pack": {"size": 64, "fit": "stretch"},
        "lesion": {"dropout": 0.4, "seeds": [1, 2]},
        "allow_cpu": True,
        "demo": None,
    },
    "data": {
        "ham10000": {
            "name": "HAM10000",
            "images_sha256": "f" * 64,
            "masks_sha256": None,
            "label_tables": {"HAM10000_metadata.csv": "e" * 64},
        }
    },
}
OUTPUTS = {
    "tables": ["results/thesis/tables/table-05.md", "results/thesis/tables/table-05.csv"],
    "figures": ["results/thesis/figures/figure-03.png"],
    "metrics": ["results/thesis/lesion/ham10000/cls-none_sym-off/metrics.json"],
    "report": ["results/report/run/run.json", "results/report/run/jobs.parquet", "results/report/index.html"],
}


def write_crate(folder: Path, monkeypatch, **changes: object) -> ROCrate:
    monkeypatch.chdir(folder)
    for path in (path for paths in OUTPUTS.values() for path in paths):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(f"content of {path}")
    Path("results/report/run/run.json").write_text(json.dumps(RUN | changes))
    Path("results/report/run/configuration.yaml").write_text("pack: {size: 64}\n")
    for path in [*(path for paths in OUTPUTS.values() for path in paths), "results/report/run/configuration.yaml"]:
        record(path)
    run_script(
        "package_run",
        folder,
        {
            **OUTPUTS,
            "run": "results/report/run/run.json",
            "config": "results/report/run/configuration.yaml",
            "workflow": str(PROJECT / "Snakefile"),
            "citation": str(PROJECT / "CITATION.cff"),
        },
        {"metadata": "results/ro-crate-metadata.json", "workflow": "results/report/run/Snakefile"},
        {"kinds": list(OUTPUTS)},
    )
    return ROCrate(folder / "results")


@pytest.fixture
def crate(tmp_path, monkeypatch) -> ROCrate:
    return write_crate(tmp_path, monkeypatch)


def ids(entities: object) -> set[str]:
    return {entity.id for entity in (entities if isinstance(entities, list) else [entities])}


def of_type(crate: ROCrate, kind: str) -> list:
    return [entity for entity in crate.get_entities() if kind in (entity.type, *entity.type)]


def test_the_root_has_what_ro_crate_1_1_requires_and_names_the_profiles(crate):
    root = crate.root_dataset
    assert crate.version == "1.1"
    assert root["name"]
    assert "not a medical device" in root["description"]
    assert datetime.fromisoformat(root["datePublished"]) == datetime.fromisoformat(RUN["ended"])
    assert ids(root["conformsTo"]) == {
        "https://w3id.org/ro/wfrun/process/0.5",
        WORKFLOW,
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    }
    assert all(crate.get(name).type == "CreativeWork" for name in ids(root["conformsTo"]))
    assert root["license"].type == "CreativeWork"
    assert "https://w3id.org/workflowhub/workflow-ro-crate/1.0" in json.dumps(crate.metadata.properties())


def test_the_main_entity_is_the_workflow_in_its_language(crate):
    workflow = crate.mainEntity
    assert workflow.type == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert (Path("results") / workflow.id).read_bytes() == (PROJECT / "Snakefile").read_bytes()
    language = workflow["programmingLanguage"]
    assert (language.type, language["name"], language["version"]) == ("ComputerLanguage", "Snakemake", "9.27.1")
    assert workflow["version"].endswith("abc123")
    assert {parameter.type for way in ("input", "output") for parameter in workflow[way]} == {"FormalParameter"}


def test_the_action_ran_the_workflow_from_settings_and_data_to_results(crate):
    (action,) = of_type(crate, "CreateAction")
    assert ids(crate.root_dataset["mentions"]) == {action.id}
    assert action["instrument"].id == crate.mainEntity.id
    assert (action["startTime"], action["endTime"]) == (RUN["started"], RUN["ended"])
    assert action["description"] == RUN["command"]
    # Nobody is named who is not known.
    assert action.get("agent") is None
    assert ids(action["result"]) == {path.removeprefix("results/") for paths in OUTPUTS.values() for path in paths}
    values = {entity["name"]: entity["value"] for entity in action["object"] if entity.type == "PropertyValue"}
    assert values == {
        "pack.size": "64",
        "pack.fit": "stretch",
        "lesion.dropout": "0.4",
        "lesion.seeds": "[1, 2]",
        "allow_cpu": "true",
        "demo": "null",
        "sha256.ham10000.images": "f" * 64,
        "sha256.ham10000.HAM10000_metadata.csv": "e" * 64,
    }
    assert "report/run/configuration.yaml" in ids(action["object"])


def test_every_parameter_has_a_type_and_is_realised(crate):
    parameters = of_type(crate, "FormalParameter")
    assert ids(crate.mainEntity["input"]) | ids(crate.mainEntity["output"]) == {entity.id for entity in parameters}
    kinds = {entity["name"]: entity["additionalType"] for entity in parameters}
    assert {name: kinds[name] for name in ("pack.size", "pack.fit", "lesion.dropout", "allow_cpu", "lesion.seeds")} == {
        "pack.size": "Integer",
        "pack.fit": "Text",
        "lesion.dropout": "Float",
        "allow_cpu": "Boolean",
        "lesion.seeds": "Text",
    }
    assert {kinds[name] for name in ("configfile", *OUTPUTS)} == {"File"}
    (action,) = of_type(crate, "CreateAction")
    for entity in [*action["object"], *action["result"]]:
        assert entity.id in ids(entity["exampleOfWork"]["workExample"])


def test_every_file_is_there_with_its_size_and_checksum_and_none_outside(crate):
    files = of_type(crate, "File")
    assert {entity.id for entity in files} == ids(crate.root_dataset["hasPart"])
    assert len(files) == 2 + sum(map(len, OUTPUTS.values()))
    for entity in files:
        path = Path("results") / unquote(entity.id)
        assert not Path(entity.id).is_absolute()
        assert ".." not in Path(entity.id).parts
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entity["sha256"]
        assert entity["contentSize"] == str(path.stat().st_size)
        assert "/" in entity["encodingFormat"]


def test_every_reference_is_described_or_an_address(crate):
    known = {entity.id for entity in crate.get_entities()}
    text = json.loads(Path("results/ro-crate-metadata.json").read_text())
    wanted = {reference["@id"] for entity in text["@graph"] for reference in references_in(entity)}
    assert {name for name in wanted - known if not name.startswith("https://")} == set()


def references_in(value: object) -> list[dict]:
    if isinstance(value, list):
        return [found for item in value for found in references_in(item)]
    if isinstance(value, dict):
        own = [value] if set(value) == {"@id"} else []
        return own + [found for item in value.values() for found in references_in(item)]
    return []


def test_a_crate_written_twice_is_the_same(crate, tmp_path, monkeypatch):
    first = Path("results/ro-crate-metadata.json").read_bytes()
    write_crate(tmp_path, monkeypatch)
    assert Path("results/ro-crate-metadata.json").read_bytes() == first


def test_the_demo_s_crate_has_the_workflow_s_licence_and_a_study_of_real_images_theirs(crate, tmp_path, monkeypatch):
    assert "by-nc" in crate.root_dataset["license"].id
    demo = write_crate(tmp_path, monkeypatch, demo=True)
    assert demo.root_dataset["license"].id == "https://spdx.org/licenses/MIT"
    assert "synthetic" in demo.root_dataset["description"]


def test_the_crate_of_other_data_does_not_have_the_licence_of_the_thesis_s(tmp_path, monkeypatch):
    data = {"clinic": RUN["data"]["ham10000"] | {"name": "Clinic"}}
    other = write_crate(tmp_path, monkeypatch, data=data)
    assert other.root_dataset["license"]["name"] == "Terms of the data sets' owners"


def test_what_is_not_known_is_not_said(tmp_path, monkeypatch):
    crate = write_crate(tmp_path, monkeypatch, started=None, ended=None, command=None, commit=None, versions={})
    (action,) = of_type(crate, "CreateAction")
    assert {action.get("startTime"), action.get("endTime")} == {None}
    assert "unknown" in action["description"]
    assert crate.mainEntity["programmingLanguage"].get("version") is None
