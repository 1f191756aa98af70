"""Declarations of data sets: what is read of them, and what is said of a wrong line."""

import ast
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest
import yaml

from declared import DECLARED
from rule_files import rules
from selcn.workflow.code_digest import SCRIPTS, modules_of
from selcn.workflow.declarations import DeclarationError, read_declarations, require_roles
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.named_targets import targets_of
from selcn.workflow.study import Study
from studies import PROJECT

CLINIC = {
    "name": "Clinic",
    "roles": ["external"],
    "folder": "data/clinic",
    "table": "labels.csv",
    "columns": {"image": "file", "diagnosis": "dx"},
    "diagnoses": {"naevus": "nv", "melanoma": "mel"},
}
CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"demo": None}


def study_with(data: dict | None = None, **clinic) -> Study:
    """Return the default study with a declared data set, some lines of it changed, and some keys of `data`."""
    declared = {"datasets": CONFIG["datasets"] | {"clinic": CLINIC | clinic}, "data": CONFIG["data"] | (data or {})}
    return Study.from_config(CONFIG | declared)


def test_the_thesis_s_data_sets_are_declared_in_the_order_in_which_they_are_divided():
    assert {dataset: (declared.name, declared.roles) for dataset, declared in DECLARED.items()} == {
        "ham10000": ("HAM10000", ("segmentation", "lesion")),
        "symderm": ("SymDerm v2.0", ("symmetry",)),
        "isic2019": ("ISIC2019", ("external",)),
        "isic2016": ("ISIC2016", ("lesion",)),
    }
    assert list(DECLARED) == ["ham10000", "symderm", "isic2019", "isic2016"]
    assert DECLARED["ham10000"].classes == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
    assert DECLARED["isic2016"].classes == ("benign", "malignant")
    assert [dataset for dataset, declared in DECLARED.items() if declared.balanced] == ["ham10000"]


def test_every_file_that_ships_is_valid():
    files = sorted((PROJECT / "resources/datasets").glob("*.yaml"))
    assert read_declarations({path.stem: str(path) for path in files}).keys() == {path.stem for path in files}


def test_classes_are_in_the_order_of_the_alphabet_whatever_the_declaration_s():
    """A network's logits keep their meaning where the lines of a declaration change places."""
    declared = {"name": "HAM10000", "reader": "ham10000", "roles": ["lesion"], "classes": ["nv", "mel"]}
    assert read_declarations({"ham": declared})["ham"].classes == ("mel", "nv")


def test_a_declared_table_flows_through_every_list_of_the_study():
    study = study_with(outside={"SCC": "scc"}, shards=2)
    assert study.datasets == ["ham10000", "symderm", "isic2019", "isic2016", "clinic"]
    assert (study.external_sets, study.further_sets) == (["isic2019", "clinic"], ["clinic"])
    assert study.test_sets == {"ham10000": "isic2019", "isic2016": "official_test"}
    assert (study.shards["clinic"], study.gpu_shards["clinic"], study.names["clinic"]) == (2, 1, "Clinic")
    assert study.splits["clinic"] == {"folds": 0, "balance": False}
    assert {source for dataset, source in study.cams if dataset == "clinic"} >= {"none", "seg", "lae", "zeros"}
    targets = targets_of(study)
    assert targets["clinic"] == [
        f"results/{protocol}/tables/external-clinic.{kind}" for kind in ("md", "html") for protocol in study.protocols
    ]
    assert set(targets["clinic"]) <= set(targets["tables"])
    assert "results/hair/clinic/manifest.parquet" in targets["hair"]
    results = ResultInputs(NetworkInputs(ImageInputs(study, PROJECT)))
    assert {network.model for network, subset in results.predicted_subsets() if subset == "clinic"} == set(study.cells)
    source = results.images.source_settings(SimpleNamespace(dataset="clinic"))
    assert source["table"]["diagnoses"] == {"naevus": "nv", "melanoma": "mel", "SCC": "scc"}
    assert "table" not in results.images.source_settings(SimpleNamespace(dataset="ham10000"))


def test_the_order_of_keys_which_overlays_change_says_nothing():
    config = {"clinic": CLINIC, **CONFIG["datasets"]}
    assert list(read_declarations(config)) == [*CONFIG["datasets"], "clinic"]


def test_data_of_the_configuration_comes_before_the_declaration_s():
    assert study_with({"clinic": {"folder": "$HOME/x"}}, shards=3).config["data"]["clinic"] == {
        "folder": os.path.expandvars("$HOME/x"),
        "image_folders": [],
        "limit_per_class": None,
        "shards": 3,
        "gpu_shards": 1,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"klasses": ["nv"]}, "datasets.clinic: unknown key klasses; expected some of name, roles, "),
        ({"name": None}, "datasets.clinic: name: None is not of type 'string'; expected: Name in prose."),
        ({"roles": ["test"]}, "datasets.clinic: roles.0: 'test' is not one of ['segmentation', "),
        ({"roles": ["lesion"]}, "datasets.clinic: roles.0: 'external' was expected"),
        ({"balanced": 1}, "datasets.clinic: balanced: 1 is not of type 'boolean'"),
        ({"reader": "isic"}, "datasets.clinic: reader: 'isic' is not one of "),
        ({"reader": "isic2019"}, "datasets.clinic: 'table' is not one of ['name', 'reader', "),
        ({"table": 1}, "datasets.clinic: table: 1 is not of type 'string'; expected: File name of the label table"),
        ({"columns": {"image": "file"}}, "datasets.clinic: columns: 'diagnosis' is a required property"),
        ({"columns": CLINIC["columns"] | {"patient": "id"}}, "datasets.clinic: columns: unknown key patient; expected"),
        ({"columns": {"image": 1, "diagnosis": "dx"}}, "datasets.clinic: columns.image: 1 is not of type 'string'"),
        ({"diagnoses": {}}, "datasets.clinic: diagnoses: {} should be non-empty"),
        ({"outside": {"SCC": "Carcinoma!"}}, "datasets.clinic: outside.SCC: 'Carcinoma!' does not match"),
        ({"left_out": "other"}, "datasets.clinic: left_out: 'other' is not of type 'array'"),
        ({"delimiter": "||"}, "datasets.clinic: delimiter: '||' is too long"),
        ({"shards": 0}, "datasets.clinic: shards: 0 is less than the minimum of 1"),
        ({"diagnoses": {"naevus": "naevi"}}, "datasets.clinic: diagnoses.naevus: naevi is no class of the lesion "),
        ({"outside": {"SCC": "mel"}}, "datasets.clinic: outside.SCC: mel is a class of the lesion networks"),
        ({"folder": None}, "datasets.clinic: folder: None is not of type 'string'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_line_is_named_with_what_was_expected(change, message):
    with pytest.raises(DeclarationError) as refused:
        study_with(**change)
    assert str(refused.value).startswith(message)


def test_a_data_set_without_a_folder_or_without_a_declaration_is_refused():
    homeless = {key: value for key, value in CLINIC.items() if key != "folder"}
    with pytest.raises(DeclarationError, match=r"datasets\.clinic: no folder; .*data\.clinic\.folder"):
        Study.from_config(CONFIG | {"datasets": CONFIG["datasets"] | {"clinic": homeless}})
    with pytest.raises(DeclarationError, match=r"data\.clinc: no such data set; expected one of ham10000"):
        study_with({"clinc": {"folder": "x"}})


def test_a_missing_key_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "clinic.yaml"
    with pytest.raises(DeclarationError, match=r"clinic\.yaml: cannot be read .* datasets\.clinic names it"):
        read_declarations({"clinic": str(path)})
    path.write_text(yaml.safe_dump({"name": "Clinic"}))
    with pytest.raises(DeclarationError, match=r"clinic\.yaml: 'roles' is a required property"):
        read_declarations({"clinic": str(path)})
    path.write_text("name: [")
    with pytest.raises(DeclarationError, match=r"clinic\.yaml: cannot be read"):
        read_declarations({"clinic": str(path)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symderm": ("external",)}, "the role symmetry is given to none; expected one data set"),
        (
            {"isic2016": ("segmentation",)},
            "the role segmentation is given to ham10000, isic2016; expected one data set",
        ),
        ({"isic2019": ("lesion",)}, "the role external is given to none; expected at least one data set"),
        ({"isic2019": ("external", "lesion")}, "datasets.isic2019: no classes"),
    ],
)
def test_a_role_that_no_network_can_be_trained_by_is_refused(change, message):
    changed = {name: replace(declared, roles=change.get(name, declared.roles)) for name, declared in DECLARED.items()}
    with pytest.raises(DeclarationError, match=message):
        require_roles(changed)


def test_no_data_set_is_named_by_rules_workflow_or_design():
    places = [PROJECT / "Snakefile", *(PROJECT / "rules").glob("*.smk")]
    places += [path for name in ("workflow", "design") for path in (SCRIPTS / "selcn" / name).rglob("*.py")]
    naming = {(path.name, name) for path in places for name in DECLARED if name in path.read_text().lower()}
    assert len(places) > 40
    assert naming == set()


def names_data_sets(module) -> bool:
    """Return whether a module has the data sets' names in prose."""
    imports = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ImportFrom)]
    return any(
        node.module == "selcn.design.datasets" and "DATASETS" in {a.name for a in node.names} for node in imports
    )


def test_a_rule_has_the_names_of_data_sets_among_its_parameters_where_its_script_writes_them():
    scripts = {path.name for path in SCRIPTS.glob("*.py") if any(map(names_data_sets, modules_of(path)))}
    assert {"write_tables.py", "write_report.py"} <= scripts
    texts = [(name, text) for name, _, text in rules() if "script:\n" in text]
    without = {
        name
        for name, text in texts
        if any(f'workflow_scripts/{script}"' in text for script in scripts) and "names=study.names" not in text
    }
    assert without == set()


def test_patients_and_sources_change_only_what_asks_for_them():
    """The data sets whose tables name patients, the cells trained without sources, and their table's target."""
    assert study_with().patient_sets == []
    declared = study_with().declarations
    known = replace(
        declared["clinic"], table={**declared["clinic"].table, "columns": {"image": "file", "patient": "id"}}
    )
    study = replace(study_with(), declarations={**declared, "clinic": known})
    assert study.patient_sets == ["clinic"]
    cells = ["cls-none_sym-off"]
    lesion = {**CONFIG["lesion"], "leave_source_out": cells}
    asked = Study.from_config({**CONFIG, "lesion": lesion})
    settings = [NetworkInputs(ImageInputs(each, PROJECT)).network_settings("lesion") for each in (asked, study_with())]
    assert settings[0] == settings[1]
    assert asked.source_cells == cells
    files = ["results/leakfree/tables/sources.md", "results/leakfree/tables/sources.html"]
    assert targets_of(asked)["sources"] == files
    assert set(targets_of(asked)["tables"]) - set(targets_of(Study.from_config(CONFIG))["tables"]) == set(files)
    assert targets_of(study_with())["sources"] == []
