"""The benchmark of ONNX models in float16 and int8."""

import json
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from benchmarks import onnx_precision
from drawn_inputs import picture
from random_bundle import write_onnx_bundle
from selcn.storage.artifacts import read_json, write_json


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_onnx_bundle(tmp_path_factory.mktemp("precision") / "bundle", "cls-none_sym-off")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for seed in range(3):
        cv2.imwrite(str(folder / f"{seed}.jpg"), cv2.GaussianBlur(picture(seed, 90), (0, 0), 4))
    cv2.imwrite(str(folder / "mask.png"), np.zeros((9, 9), np.uint8))
    return folder


def test_the_command_writes_what_each_precision_costs(bundle, images, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["onnx_precision.py", str(bundle), str(images), str(tmp_path / "results")])
    onnx_precision.main()
    found = json.loads((tmp_path / "results/precision.json").read_text())
    assert found["images"] == 3
    full, half, byte = (found["precisions"][name] for name in ("float32", "float16", "int8"))
    assert byte["megabytes"] < half["megabytes"] < full["megabytes"]
    assert 0 < half["probability_median"] < half["probability_largest"] < 2e-3
    assert half["probability_largest"] < byte["probability_largest"]
    assert half["unlike_score_largest_relative"] == byte["unlike_score_largest_relative"] == 0
    assert byte["mask_pixels_equal_least"] <= byte["mask_pixels_equal"] <= 1
    rows = (tmp_path / "results/precision.md").read_text().splitlines()[-3:]
    assert [row.split(" | ")[0] for row in rows] == ["| float32", "| float16", "| int8"]


def test_the_table_has_shares_with_intervals():
    cost = {
        "megabytes": 5.25,
        "predicted_class_changed": 0.065,
        "predicted_class_changed_interval": [0.0385, 0.108],
        "probability_median": 0.0123,
        "probability_largest": 0.31,
        "mask_pixels_equal": 0.9987,
        "mask_pixels_equal_least": 0.9,
    }
    text = onnx_precision.markdown({"images": 200, "precisions": {"float32": {"megabytes": 20}, "int8": cost}})
    assert text.splitlines()[-2:] == [
        "| float32 | 20.0 |  |  |  |  |  |",
        "| int8 | 5.2 | 6.5 % (3.9 to 10.8) | 0.012 | 0.31 | 99.87 % | 90.00 % |",
    ]


def test_differences_are_of_the_same_image_in_turn():
    def of(*probabilities):
        whole = {name: np.zeros((2, 2)) for name in ("networks", "symmetry", "symmetry_cam", "lesion_cam")}
        mask = np.array([[True, False], [False, False]])
        return SimpleNamespace(probabilities=np.array(probabilities), mask=mask, unlike_score=1.0, **whole)

    expected = [of(0.6, 0.4), of(0.9, 0.1), of(0.7, 0.3)]
    found = onnx_precision.differences([of(0.4, 0.6), of(0.9, 0.1), of(0.6, 0.4)], expected)
    assert found["predicted_class_changed"] == pytest.approx(1 / 3)
    assert found["probability_median"] == pytest.approx(0.1)
    assert found["probability_largest"] == pytest.approx(0.2)


def test_other_precisions_and_empty_folders_are_refused(bundle, images, tmp_path):
    metadata = read_json(bundle / "metadata.json")
    write_json(metadata | {"onnx": metadata["onnx"] | {"precision": "int8"}}, tmp_path / "metadata.json")
    with pytest.raises(SystemExit, match="models are in int8, expected float32; write"):
        onnx_precision.compare(tmp_path, [images / "0.jpg"])
    with pytest.raises(SystemExit, match=r"no \.jpg file"):
        onnx_precision.compare(bundle, [])
