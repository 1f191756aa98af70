"""The README of a bundle."""

import re

import pytest

from random_bundle import write_random_bundle
from selcn.prediction.cascade import Cascade
from selcn.report.run.cards import render
from studies import PROJECT

TEMPLATE = PROJECT / "workflow_scripts/selcn/prediction/templates/model-card.md.j2"
METRICS = dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "macro_auc", "ece"), 0.5) | {"images": 3}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    # Renamed: commands of the card must not name the cell's folder.
    return write_random_bundle(tmp_path_factory.mktemp("card") / "renamed")


@pytest.fixture
def card(bundle):
    def card(page=True, repository=None, onnx=None):
        metadata = {**Cascade.load(bundle, "cpu").bundle.metadata, "metrics": METRICS, "onnx": onnx or {}}
        metadata["known"] = {"rephotographs": True}
        facts = {"metadata": metadata, "model": 1, "repository": repository, "uses": [], "leaking": 0, "page": page}
        sets = dict.fromkeys(("segmentation", "symmetry", "lesion"), "HAM10000")
        return render(TEMPLATE, facts | {"names": {}, "sets": sets})

    return card


def commands(text):
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def test_commands_run_in_the_bundles_folder(card, bundle, monkeypatch):
    found = commands(card())
    assert "selcn predict FOLDER --bundle . --out DIR" in found
    assert "python predict.py IMAGE... --out predictions.csv" in found
    loads = next(line for line in found if "Cascade.load" in line)
    monkeypatch.chdir(bundle)
    assert Cascade.load(*re.search(r'load\("(.*?)"\)', loads).groups(), "cpu").bundle.metadata["demo"]


def test_the_card_says_where_the_library_comes_from(card):
    assert "(ask whoever gave you this bundle for its address)" in card()
    assert "(<https://example.org/se-lcn>)" in card(repository="https://example.org/se-lcn")


@pytest.mark.parametrize(
    ("page", "licences", "recognised"),
    [
        (True, "`web/licences` has the licences", "and `predict.py` recognise files alone (`known.json`)."),
        (False, "under the MIT licence.\n", "`predict.py` recognises files alone (`known.json`)."),
    ],
)
def test_the_card_names_third_party_licences_and_who_recognises_the_studys_images(card, page, licences, recognised):
    text = card(page)
    assert "of timm or torchvision, or of a file, and keep their licences" in text
    assert licences in text
    assert recognised in text


def test_the_card_says_what_fewer_bits_cost(card):
    cost = {"images": 200, "changed": 0.065, "largest_difference": 0.3141}
    text = card(onnx={"precision": "int8", "cost": cost})
    assert "are stored in int8: of 200 test images, 6.5 % are\npredicted as another class" in text
    assert "probabilities differ by 0.31 at most" in text
    assert "are stored in" not in card(onnx={"precision": "float32"})
