"""Studies in which tables of one's own take the roles of the thesis's data sets."""

from itertools import chain
from types import SimpleNamespace

import pytest
import yaml

from own_data import DECLARATIONS, THESIS
from selcn.design.datasets import DATASETS, ROLES, tell_datasets
from selcn.report.html.page import SECTIONS
from selcn.report.tables.study_specs import spec_of
from selcn.workflow.configuration import searches_refusal
from selcn.workflow.declaration_checks import taken_names
from selcn.workflow.declaration_errors import DeclarationError
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.page import PageInputs
from selcn.workflow.inputs.report_images import ReportImageInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.run import RunInputs
from selcn.workflow.inputs.tables import metrics_files, table_files
from selcn.workflow.named_targets import targets_of
from selcn.workflow.study import Study
from studies import PROJECT

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"demo": None}
OWN = {name: yaml.safe_load(text.format(folder="data/own")) for name, text in DECLARATIONS.items()}
HAM = {"name": "HAM10000", "reader": "ham10000"}
CLASSES = {"classes": ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]}
# The clinic's diagnoses as classes of HAM10000's networks.
AS_HAM = {"Nävus": "nv", "Melanom": "mel"}

REPLACED = {
    "segmentation": {
        "ham10000": HAM | CLASSES | {"roles": ["lesion"]},
        "clinic": {key: value for key, value in OWN["clinic"].items() if key not in ("classes", "left_out", "balanced")}
        | {"roles": ["segmentation"]},
    },
    "symmetry": {"symderm": None, "clinicsym": OWN["clinicsym"]},
    "lesion in place of HAM10000": {
        "ham10000": HAM | {"roles": ["segmentation"]},
        "isic2016": None,
        "clinic": OWN["clinic"] | {"roles": ["lesion"]},
    },
    "lesion beside": {"second": OWN["second"]},
    "external": {"archive": OWN["archive"] | {"diagnoses": AS_HAM}},
    "no external": {"isic2019": None},
    "all": dict.fromkeys(THESIS) | OWN,
}
"""The configuration's `datasets` beside the default's, by what is replaced."""

# The tables with printed values that are left: those that rest on the thesis's data sets alone.
PRINTED = {
    "segmentation": set(),
    "symmetry": {"05"},
    "lesion in place of HAM10000": {"05", "06a", "06b", "07"},
    "lesion beside": {"05", "06a", "06b", "07", "08a", "08b", "09", "10", "11", "12", "13", "14", "15"},
    "external": {"05", "06a", "06b", "07", "08a", "08b", "09", "10", "11", "12", "13", "14", "15"},
    "no external": {"05", "06a", "06b", "07", "08a", "08b", "09", "11", "12", "13", "14", "15"},
    "all": set(),
}


def study_of(replaced: str, **sections) -> Study:
    """Return the default study with some data sets replaced."""
    return Study.from_config(CONFIG | {"datasets": CONFIG["datasets"] | REPLACED[replaced]} | sections)


@pytest.fixture
def told():
    """Tell this process the data sets of a study, as a job is told them; forget them afterwards."""
    before = dict(DATASETS), dict(ROLES)
    yield lambda study: tell_datasets(**study.told)
    tell_datasets(*before)


@pytest.mark.parametrize("replaced", REPLACED)
def test_thesis_values_stand_beside_the_thesis_s_data_alone(replaced, told):
    results = ResultInputs(NetworkInputs(ImageInputs(study_of(replaced), PROJECT)))
    told(results.study)
    tables = list(chain.from_iterable(results.study.tables.values()))
    assert {table for table in tables if results.thesis_values(table)} == PRINTED[replaced]
    assert {table for table in tables if spec_of(table).in_thesis} == PRINTED[replaced]


@pytest.mark.parametrize("replaced", REPLACED)
def test_no_list_names_a_data_set_that_the_study_does_not_have(replaced):
    study = study_of(replaced)
    results = ResultInputs(NetworkInputs(ImageInputs(study, PROJECT)))
    images, run = ReportImageInputs(results), RunInputs(results)
    tables = list(chain.from_iterable(study.tables.values()))
    assert set(tables) <= set(metrics_files(study))
    listed = [targets_of(study), table_files(results, tables), PageInputs(study).files(), images.galleries()]
    listed += [run.model_tables(), run.metrics(), results.all_predictions(), results.symmetry_cams()]
    absent = set(THESIS) - set(study.datasets)
    assert not [name for name in absent if f"/{name}" in str(listed) or f"-{name}" in str(listed)]


@pytest.mark.parametrize("replaced", REPLACED)
def test_the_data_set_of_segmentation_alone_has_masks_and_folds(replaced):
    study = study_of(replaced)
    images = ImageInputs(study, PROJECT)
    masked = [name for name in study.datasets if images.source_settings(SimpleNamespace(dataset=name))["masked"]]
    assert masked == [study.segmentation_set]
    folds = {dataset: split["folds"] for dataset, split in study.splits.items()}
    lesion = {study.segmentation_set, *study.cells_of}
    assert {dataset for dataset, count in folds.items() if count == 4} == lesion
    assert {dataset for dataset, count in folds.items() if count == 3} == {study.symmetry_set}


def test_a_study_of_one_s_own_has_tables_of_each_lesion_set_and_of_the_external_one(told):
    study = study_of("all")
    assert study.roles == {
        "segmentation": ["clinic"],
        "symmetry": ["clinicsym"],
        "lesion": ["clinic", "second"],
        "external": [],
        "further": ["archive"],
    }
    assert (study.further_sets, study.test_sets) == (["archive"], dict.fromkeys(("clinic", "second"), "official_test"))
    assert study.splits["clinic"] == {"folds": 4, "balance": True}
    assert study.tables["second"] == ["second-validation", "second-test", "second-localisation"]
    targets = targets_of(study)
    assert {"clinic", "clinicsym"}.isdisjoint(targets)
    assert targets["second"][0] == "results/thesis/tables/table-second-validation.md"
    assert targets["archive"][0] == "results/thesis/tables/external-archive.md"
    told(study)
    spec = spec_of("second-localisation")
    assert spec.title == "Localisation of the CAMs of the lesion models trained on Second clinic"
    assert spec.dataset == "Clinic"
    assert spec.notes[-1] == "The lesion networks were trained on Second clinic."
    assert spec_of("second-test").dataset == "Second clinic"
    assert spec_of("08b").notes == ()


def test_without_diagnoses_of_the_symmetry_set_the_sham_control_malignancy_alone_is_left_out():
    study = study_of("symmetry")
    assert [cell for cell in study.cells if "malignancy" in cell] == study.sham_models == []
    assert {"cls-none_sym-zeros", "cls-none_sym-shuffled", "cls-none_sym-mask"} <= set(study.cells)
    assert "malignancy" not in study.tables["symmetry"]
    diagnosed = OWN["clinicsym"] | {"diagnoses": {"Nävus": "benign", "Melanom": "malignant"}}
    diagnosed["columns"] = diagnosed["columns"] | {"diagnosis": "Befund"}
    datasets = CONFIG["datasets"] | {"symderm": None, "clinicsym": diagnosed}
    with_control = Study.from_config(CONFIG | {"datasets": datasets})
    assert with_control.sham_models == ["malignancy"]
    assert "cls-none_sym-malignancy" in with_control.cells


def test_a_collection_declared_twice_shares_its_images_by_its_prefix():
    study = study_of("all")
    assert study.declarations["clinic"].table["prefix"] is None
    assert study.declarations["clinicsym"].table["prefix"] == "clinic_"
    assert study.declarations["archive"].table["prefix"] == "second_"


@pytest.mark.parametrize("name", ["all", "report", "tables", "thesis", "leakfree", "validation", "lesion", "truth"])
def test_a_name_that_something_else_has_is_refused(name):
    with pytest.raises(DeclarationError, match=rf"datasets\.{name}: .* has this name; expected another key: rename"):
        Study.from_config(CONFIG | {"datasets": CONFIG["datasets"] | {name: OWN["archive"]}})


def test_every_target_and_network_of_the_default_study_is_a_taken_name():
    study = Study.from_config(CONFIG | {"search": CONFIG["search"] | {"trials": 1}})
    targets, settings = targets_of(study), {name.split("/")[0] for name in study.search.settings}
    assert {*targets, *settings} - set(study.datasets) <= taken_names(study.protocols)


def test_the_key_of_a_thesis_s_data_set_is_refused_for_other_data():
    message = r"datasets\.isic2016: this is the key of one of the thesis's data sets, .*; expected another key"
    with pytest.raises(DeclarationError, match=message):
        Study.from_config(CONFIG | {"datasets": CONFIG["datasets"] | {"isic2016": OWN["second"]}})


def test_a_search_of_a_network_that_the_study_does_not_have_is_refused():
    study = study_of("all", search=CONFIG["search"] | {"trials": 1})
    assert study.search.networks == ["segmentation", "symmetry", "lesion"]
    searchable, datasets = study.search.dataset_of, study.config["datasets"]
    assert searches_refusal(["lesion", "second", "isic2016"], searchable, datasets) is None
    message = searches_refusal(["clinic"], searchable, datasets)
    assert message.startswith("search.networks names clinic, which is no network of this study; expected some of segm")


def test_no_data_set_is_named_like_a_section_of_the_page():
    named_after_sets = {"tested", "further"}
    assert {"summary", *SECTIONS} - named_after_sets <= taken_names(["thesis", "leakfree"])
