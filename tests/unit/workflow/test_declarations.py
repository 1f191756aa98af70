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
from selcn.workflow.declaration_checks import require_roles
from selcn.workflow.declaration_errors import DeclarationError
from selcn.workflow.declarations import read_declarations
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
    assert sorted(targets["clinic"]) == sorted(
        f"results/{protocol}/tables/{table}-clinic.{kind}"
        for table in ("external", "thresholds", "subgroups", "comparisons")
        for kind in ("md", "html")
        for protocol in study.protocols
    )
    assert set(targets["clinic"]) <= set(targets["tables"])
    assert "results/hair/clinic/manifest.parquet" in targets["hair"]
    assert "results/report/sheets/clinic/manifest.parquet" in targets["report"]
    assert "results/report/matrices/thesis-clinic-clinic.js" in targets["report"]
    results = ResultInputs(NetworkInputs(ImageInputs(study, PROJECT)))
    assert {network.model for network, subset in results.predicted_subsets() if subset == "clinic"} == set(study.cells)
    of_clinic = SimpleNamespace(protocol="leakfree", external="clinic")
    assert results.skin_of(of_clinic) == "results/leakfree/skin/clinic.parquet"
    clinic = study.declarations["clinic"]
    typed = replace(clinic, table=clinic.table | {"columns": {**clinic.table["columns"], "skin_type": "fst"}})
    of_typed = Study(study.config, {**study.declarations, "clinic": typed})
    assert ResultInputs(NetworkInputs(ImageInputs(of_typed, PROJECT))).skin_of(of_clinic) == []
    assert results.external_settings == {"sensitivities": [0.9, 0.95], "resamples": 2000, "seed": 42}
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


SYMMETRY = {
    "roles": ["symmetry"],
    "columns": {"image": "file", "symmetry": "axes"},
    "symmetry": {0: "asymmetric", 1: "symmetric"},
    "diagnoses": {"naevus": "benign", "melanoma": "malignant"},
}
LESION = {"roles": ["lesion"], "classes": ["nv", "mel"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"klasses": ["nv"]}, "unknown key klasses; expected some of name, roles, "),
        ({"name": None}, "name: found None; expected a text (Name in prose): correct it"),
        ({"name": "HAM10000"}, "name: found 'HAM10000', which is the name of ham10000 too; expected one of its own"),
        ({"name": "Ham10000"}, "name: found 'Ham10000', which is the name of ham10000 too; expected one of its own"),
        ({"roles": ["test"]}, "roles.0: found 'test'; expected one of segmentation, symmetry, lesion, external "),
        ({"roles": []}, "roles: found []; expected at least 1 of them ([segmentation], [lesion], "),
        ({"roles": ["external", "lesion"]}, "roles: found ['external', 'lesion']; expected at most 1 of them "),
        ({"roles": "external"}, "roles: found 'external'; expected a list ([segmentation], "),
        ({"roles": ["lesion"]}, "no key classes; expected: with the role lesion, the key classes; add it"),
        (LESION | {"classes": ["nv"]}, "classes: found ['nv']; expected at least 2 of them (Classes of the lesion "),
        (LESION | {"classes": ["nv", "Mel"]}, "classes.1: found 'Mel'; expected a text of the form ^[a-z]"),
        (LESION | {"classes": ["nv", "mel", "bcc"]}, "classes: found bcc, onto which no diagnosis is mapped; expected"),
        (
            LESION | {"classes": ["nv", "bcc"]},
            "diagnoses.melanoma: found mel, which is no class of the lesion networks",
        ),
        (LESION | {"outside": {"SCC": "scc"}}, "outside: found {'SCC': 'scc'}; expected at most 0 of them (no images "),
        (SYMMETRY | {"roles": ["symmetry", "lesion"]}, "roles: found ['symmetry', 'lesion']; expected at most 1 of"),
        (
            SYMMETRY | {"symmetry": {0: "no", 1: "symmetric"}},
            "symmetry.0: found 'no'; expected one of asymmetric, symm",
        ),
        (
            SYMMETRY | {"symmetry": {False: "asymmetric", 1: "symmetric"}},
            "symmetry: found False, as which YAML reads no",
        ),
        (SYMMETRY | {"columns": CLINIC["columns"]}, "columns: no key symmetry; expected: with the role symmetry, the "),
        (
            SYMMETRY | {"diagnoses": {"naevus": "nv"}},
            "diagnoses.naevus: found 'nv'; expected one of benign, malignant ",
        ),
        ({"roles": ["symmetry"]}, "no key symmetry; expected: with the role symmetry, columns.symmetry and the key "),
        (
            {"balanced": 1},
            "balanced: found 1; expected true or false (Whether its development set is balanced): correct",
        ),
        ({"reader": "isic"}, "reader: found 'isic'; expected one of ham10000, symderm, isic2019, isic2016 (Reader of "),
        ({"reader": "isic2019"}, "found the key columns; expected a key that may stand beside reader, which knows its"),
        ({"table": []}, "table: found []; expected at least 1 of them (File name of the label table in the folder "),
        ({"format": "pdf"}, "format: found 'pdf'; expected one of ph2 (Format of a label table that is no plain one)"),
        (
            {"join": {"table": "more.csv"}},
            "join: no key by; expected: Further columns of each row, from another table;",
        ),
        ({"rows": {"type": "("}}, "rows.type: found '('; expected a regular expression (What the cell "),
        ({"table": 1}, "table: found 1; expected a text or a list (File name of the label table in the folder "),
        ({"columns": {"image": "file"}}, "columns: no key diagnosis; expected: with the role lesion or external, the "),
        ({"columns": {"diagnosis": "dx"}}, "columns: no key image; expected: The table's columns; add it"),
        (
            {"columns": CLINIC["columns"] | {"device": "x"}},
            "columns: unknown key device; expected some of image, diagn",
        ),
        (
            {"columns": {"image": 1, "diagnosis": "dx"}},
            "columns.image: found 1; expected a text (Id or file name of the",
        ),
        ({"one_hot": "yes"}, "one_hot: found 'yes'; expected true or false (Whether each diagnosis is a column "),
        (
            {"diagnoses": {}},
            "diagnoses: found {}; expected at least 1 of them (For each diagnosis of the table a class",
        ),
        (
            {"diagnoses": {"naevus": "naevi"}},
            "diagnoses.naevus: found naevi, which is no class of the lesion networks;",
        ),
        (
            {"diagnoses": {True: "nv"}},
            "diagnoses: found True, as which YAML reads yes, on or true; expected a value of",
        ),
        ({"outside": {"SCC": "Carcinoma!"}}, "outside.SCC: found 'Carcinoma!'; expected a text of the form ^[a-z]"),
        (
            {"outside": {"SCC": "mel"}},
            "outside.SCC: found mel, which is a class of the lesion networks; expected anoth",
        ),
        ({"left_out": "other"}, "left_out: found 'other'; expected a list (Diagnoses whose images are left out): corr"),
        ({"prefix": "../"}, "prefix: found '../'; expected a text of the form "),
        ({"delimiter": "||"}, "delimiter: found '||'; expected at most 1 character (What separates the table's cells;"),
        ({"folder": None}, "folder: found None; expected a text (Folder of the label table; images are searched in it"),
        ({"image_folders": "x"}, "image_folders: found 'x'; expected a list (Further folders to search for images): "),
        ({"mask_folders": []}, "mask_folders: found []; expected at least 1 of them (Folders of masks only; null: "),
        ({"limit_per_class": 0}, "limit_per_class: found 0; expected at least 1 (Maximum images per class; null takes"),
        (
            {"shards": 0},
            "shards: found 0; expected at least 1 (Number of jobs of hair removal and packing): correct it",
        ),
        ({"gpu_shards": 1.5}, "gpu_shards: found 1.5; expected a whole number (Number of jobs of masks and CAMs): "),
        (
            {"unverified": True},
            "unverified: found True; expected a text (What of the declaration could not be checked ",
        ),
        ({"how_to_get": ""}, "how_to_get: found ''; expected at least 1 character (How to get the data set): correct"),
    ],
    ids=str,
)
def test_a_wrong_line_is_named_with_its_file_and_key_what_was_found_and_what_was_expected(tmp_path, change, message):
    path = tmp_path / "clinic.yaml"
    path.write_text(yaml.safe_dump(CLINIC | change))
    config = CONFIG | {"datasets": CONFIG["datasets"] | {"clinic": str(path)}}
    if change.get("roles") == ["symmetry"]:
        config["datasets"]["symderm"] = None
    with pytest.raises(DeclarationError) as refused:
        Study.from_config(config)
    assert str(refused.value).startswith(f"{path}: {message}")
    assert any(word in str(refused.value) for word in ("correct", "add", "remove", "quotation marks", "rename"))


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
    with pytest.raises(DeclarationError, match=r"clinic\.yaml: no key roles; expected: .*; add it"):
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
        (
            {"ham10000": ("segmentation",), "isic2016": ("external",)},
            "the role lesion is given to none; expected at least one data set",
        ),
        ({"isic2019": ("external", "lesion")}, r"isic2019\.yaml: no classes"),
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


TOLD = {"DATASETS", "ROLES", "set_of", "name_of_set", "with_names"}


def names_data_sets(module) -> bool:
    """Return whether a module has the names or roles of the data sets that its process was told."""
    imports = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ImportFrom)]
    return any(node.module == "selcn.design.datasets" and TOLD & {a.name for a in node.names} for node in imports)


def test_a_rule_has_the_data_sets_names_and_roles_among_its_parameters_where_its_script_uses_them():
    scripts = {path.name for path in SCRIPTS.glob("*.py") if any(map(names_data_sets, modules_of(path)))}
    assert {"write_tables.py", "write_report.py"} <= scripts
    texts = [(name, text) for name, _, text in rules() if "script:\n" in text]
    without = {
        name
        for name, text in texts
        if any(f'workflow_scripts/{script}"' in text for script in scripts) and "**study.told" not in text
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
