"""Declarations of data sets: what is read of them, and what is said of a wrong line."""

import ast
from dataclasses import replace

import pytest
import yaml

from declared import DECLARED
from rule_files import rules
from selcn.workflow.code_digest import SCRIPTS, modules_of
from selcn.workflow.declarations import DeclarationError, read_declarations, require_roles
from studies import PROJECT

CLINIC = {"name": "Clinic", "roles": ["lesion"], "classes": ["nv", "mel"]}


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
    assert read_declarations({"clinic": CLINIC})["clinic"].classes == ("mel", "nv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clases": ["nv"]}, "datasets.clinic: unknown key clases; expected some of name, roles, "),
        ({"name": None}, "datasets.clinic: name: None is not of type 'string'; expected: Name in prose."),
        ({"roles": ["test"]}, "datasets.clinic: roles.0: 'test' is not one of ['segmentation', "),
        ({"classes": ["nv"]}, "datasets.clinic: classes: ['nv'] is too short"),
        ({"balanced": 1}, "datasets.clinic: balanced: 1 is not of type 'boolean'"),
        ({"reader": "isic"}, "datasets.clinic: reader: 'isic' is not one of "),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_line_is_named_with_what_was_expected(change, message):
    with pytest.raises(DeclarationError) as refused:
        read_declarations({"clinic": CLINIC | change})
    assert str(refused.value).startswith(message)


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
