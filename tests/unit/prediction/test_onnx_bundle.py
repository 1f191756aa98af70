"""A bundle's ONNX models, compared with the library."""

import re
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax

from drawn_inputs import picture
from random_bundle import SIZE, write_onnx_bundle
from selcn.data.packing import FITS, PackSettings, pack_image
from selcn.masks.lae import lae_box
from selcn.prediction.cascade import Cascade
from selcn.prediction.onnx import export, predict
from selcn.prediction.onnx.cost import cost_of_onnx
from selcn.prediction.onnx.export import export_onnx
from selcn.prediction.onnx.precision import store_weights
from selcn.storage.shards import shard_of

CELL = "cls-lae_sym-seg"
MODELS = ["segmentation-0", "segmentation-1", "symmetry-0", "symmetry-1", "lesion", "unlike"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The folder of a bundle with its ONNX models: masks, LAE boxes, symmetry CAMs and E-Layers are all used."""
    return write_onnx_bundle(tmp_path_factory.mktemp("onnx") / "bundle", CELL)


@pytest.fixture(scope="module")
def library(bundle):
    return Cascade.load(bundle, "cpu")


@pytest.fixture(scope="module")
def script(bundle):
    return predict.Cascade(bundle)


@pytest.fixture(scope="module")
def images():
    return [cv2.GaussianBlur(picture(seed, 90), (0, 0), 4) for seed in range(6)]


def test_the_metadata_names_every_model_and_the_script_is_a_copy(bundle, library):
    told = library.bundle.metadata["onnx"]
    files = told["files"]
    named = [*files["segmentation"].values(), *files["symmetry"].values(), files["lesion"], files["unlike"]]
    assert named == [f"onnx/{name}.onnx" for name in MODELS]
    assert (told["precision"], told["opset"]) == ("float32", 18)
    assert (bundle / "predict.py").read_text() == Path(predict.__file__).read_text()


@pytest.mark.parametrize("name", MODELS)
def test_models_have_one_file_without_paths_and_standard_operators_alone(bundle, name):
    content = (bundle / f"onnx/{name}.onnx").read_bytes()
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert not re.search(rb"site-packages|\.py", content)
    for value in chain(model.graph.input, model.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch"
    inputs = {"segmentation": ["images"], "symmetry": ["images", "masks"], "lesion": ["images", "masks", "cams"]}
    inputs["unlike"] = ["images"]
    assert [value.name for value in model.graph.input] == inputs[name.split("-")[0]]


def test_predictions_equal_the_librarys(library, script, images):
    prepared = [library.preparation.prepare(image) for image in images]
    for image, expected in zip(prepared, library.predict_prepared(prepared), strict=True):
        found = script.predict(image.packed, image.sha256)
        assert (found.mask != expected.mask).mean() < 1e-3
        np.testing.assert_allclose(found.symmetry, expected.symmetry, atol=1e-4)
        np.testing.assert_allclose(found.symmetry_cam, expected.symmetry_cam, atol=1e-3)
        np.testing.assert_allclose(found.networks, expected.networks, atol=1e-4)
        np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-4)
        np.testing.assert_allclose(found.lesion_cam, expected.lesion_cam, atol=1e-3)
        np.testing.assert_allclose(found.unlike_score, expected.unlike_score, rtol=1e-4)


def test_a_batch_of_any_size_gives_what_single_images_give(bundle, images):
    session = onnxruntime.InferenceSession(bundle / "onnx/symmetry-0.onnx")
    batch = np.stack([cv2.resize(image, (SIZE, SIZE)) for image in images])
    masks = np.ones(batch.shape[:3], np.uint8)
    together = session.run(["probabilities"], {"images": batch, "masks": masks})[0]
    for number in range(len(images)):
        alone = {"images": batch[number : number + 1], "masks": masks[:1]}
        np.testing.assert_allclose(session.run(["probabilities"], alone)[0][0], together[number], atol=1e-6)


@pytest.mark.parametrize(("precision", "share", "difference"), [("float16", 0.55, 2e-3), ("int8", 0.32, 0.05)])
def test_weights_in_fewer_bits_change_predictions_little(bundle, images, precision, share, difference):
    path = bundle / "onnx/lesion.onnx"
    model = onnx.load(path)
    store_weights(model, precision)
    onnx.checker.check_model(model, full_check=True)
    smaller = model.SerializeToString()
    assert len(smaller) < share * path.stat().st_size
    batch = np.stack([cv2.resize(image, (SIZE, SIZE)) for image in images])
    inputs = {"images": batch, "masks": np.ones(batch.shape[:3], np.uint8), "cams": np.ones((6, 3, 3), np.float32) / 2}
    expected, found = (
        onnxruntime.InferenceSession(content).run(["networks"], inputs)[0] for content in (path.read_bytes(), smaller)
    )
    assert 0 < np.abs(found - expected).max() < difference


def test_bytes_have_a_scale_for_each_channel():
    weights = np.array([[127.0, -63.4], [0.0, 0.0], [1e-3, 2e-3]], np.float32)
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("x", [3, 3]), ("y", [3, 2]))
    ]
    graph = onnx.helper.make_graph([node], "one", values[:1], values[1:], [onnx.numpy_helper.from_array(weights, "w")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)])
    model.ir_version = 10
    store_weights(model, "int8")
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": np.eye(3, dtype=np.float32)})[0]
    np.testing.assert_allclose(found, [[127, -63], [0, 0], [64 / 127 * 2e-3, 2e-3]], rtol=1e-6)


def test_the_score_of_unlike_images_stays_in_full_precision(library, monkeypatch):
    stored = {}
    monkeypatch.setattr(
        export, "write_onnx", lambda graphs, *given: stored.update({path.stem: given[-1] for path in graphs})
    )
    export_onnx(library.bundle, "int8")
    assert stored == dict.fromkeys(MODELS, "int8") | {"unlike": "float32"}


def test_an_unknown_precision_is_refused(library):
    with pytest.raises(ValueError, match="'int4'; expected one of float32, float16, int8"):
        export_onnx(library.bundle, "int4")


def test_the_cost_is_zero_where_models_equal_the_library_and_counts_what_changed(bundle, library, images, monkeypatch):
    packed = np.stack([library.preparation.prepare(image).packed for image in images])
    expected = cost_of_onnx(bundle, packed, ["nv"] * 6)
    assert expected["images"] == 6
    assert expected["largest_difference"] < 1e-4
    assert (expected["changed"], expected["accuracy_difference"]) == (0, 0)
    # Probabilities whose sum is 1, of a class that the library never predicts with certainty.
    certain = np.array([0.0, 0.0, 1.0])
    monkeypatch.setattr(predict, "with_temperature", lambda networks, temperature: certain)
    changed = cost_of_onnx(bundle, packed, ["nv"] * 6)
    assert changed["accuracy"] == expected["accuracy"]
    assert changed["accuracy_difference"] == changed["changed"] == 1 - expected["accuracy"]


@settings(max_examples=60)
@given(
    mask=arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    factor=st.sampled_from([1.0, 1.4, 2.0]),
    empty_masks=st.sampled_from(["whole_image", "black"]),
)
def test_the_box_equals_the_librarys(mask, factor, empty_masks):
    assert predict.lae_box(mask, factor, empty_masks) == lae_box(mask, factor, empty_masks)[0]


@pytest.mark.parametrize("shape", [(50, 80), (80, 50), (20, 30), (64, 64)])
@pytest.mark.parametrize("fit", FITS)
def test_packing_equals_the_librarys(fit, shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    np.testing.assert_array_equal(predict.fitted(image, 40, fit), pack_image(image, PackSettings(40, fit)))


def test_the_fold_is_the_studys_or_that_of_the_hash():
    networks = {3: "c", -1: "a", 0: "b"}
    for text in ("a", "b", "c", "0f" * 32):
        by_hash = ("a", "b", "c")[shard_of(text, 3)]
        assert [predict.of_fold(networks, text, own) for own in (None, 3, 7)] == [by_hash, "c", by_hash]


def test_temperature_scales_the_mean():
    networks = np.array([[0.2, 0.8, 0.0], [0.4, 0.6, 0.0]], np.float32)
    expected = softmax(np.log([0.3, 0.7, np.finfo(np.float32).tiny]) / 1.7)
    np.testing.assert_allclose(predict.with_temperature(networks, 1.7), expected, rtol=1e-6)
