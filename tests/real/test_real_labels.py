"""Labels of the real data sets that contradict each other, from their label tables alone."""

import os
from pathlib import Path

import pandas as pd
import pytest

from selcn.data.datasets.ham10000 import read_ham10000
from selcn.data.datasets.isic2016 import read_isic2016
from selcn.data.datasets.isic2019 import read_isic2019
from selcn.data.datasets.sources import SourceSettings
from selcn.data.duplicates.groups import lesion_groups
from selcn.evaluation.label_audit.conflicts import label_conflicts

pytestmark = pytest.mark.real
FOLDERS = {"ham10000": "ham10000_200x150", "isic2019": "isic2019", "isic2016": "isic2016"}
READERS = {"ham10000": read_ham10000, "isic2019": read_isic2019, "isic2016": read_isic2016}


@pytest.fixture(scope="module")
def conflicts() -> pd.DataFrame:
    data = Path(os.environ.get("SELCN_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    missing = [str(data / folder) for folder in FOLDERS.values() if not (data / folder).is_dir()]
    if missing:
        pytest.skip(f"no real data in {', '.join(missing)}; set SELCN_REAL_DATA to their folder")
    tables = {name: READERS[name](SourceSettings(name, str(data / folder))) for name, folder in FOLDERS.items()}
    no_pairs = pd.DataFrame({"image_id_a": [], "image_id_b": []}, dtype="str")
    labels = pd.concat([table["label"] for table in tables.values()], ignore_index=True)
    images = lesion_groups(tables, no_pairs).assign(label=labels)
    return images.join(label_conflicts(images))


def test_197_images_of_ham10000_have_another_label_in_isic2019_and_three_of_isic2016(conflicts):
    shared = conflicts[conflicts["shared_label"] != ""]
    assert shared.groupby(["dataset", "label", "shared_label"]).size().to_dict() == {
        ("ham10000", "akiec", "scc"): 197,
        ("isic2019", "scc", "akiec"): 197,
        ("isic2016", "benign", "mel"): 3,
        ("isic2019", "mel", "benign"): 3,
    }


def test_every_lesion_id_has_one_diagnosis_but_for_these(conflicts):
    lesions = conflicts[conflicts["lesion_label"] != ""]
    assert set(zip(lesions["label"], lesions["lesion_label"], strict=True)) <= {
        ("akiec", "scc"),
        ("scc", "akiec"),
        ("mel", "benign"),
        ("benign", "mel"),
    }
