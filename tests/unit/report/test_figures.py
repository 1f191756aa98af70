"""Figures show the right pixels under the right names and are the same bytes each time."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from drawn_inputs import SIZE, disc, inputs_of, picture, pixels, some_cam, some_history, texts
from selcn.design.cells import CELLS, mask_of
from selcn.design.class_names import class_name
from selcn.evaluation.localisation import LocalisationSettings, localise
from selcn.report.figures import (
    TITLES,
    class_balance,
    hair,
    lesion_cams,
    localisation,
    masks,
    shams,
    symmetry_cams,
    training_curves,
)
from selcn.report.figures.names import model_number
from selcn.report.figures.style import CAM_ALPHA, drawn, overlay, show, upsampled
from selcn.storage.artifacts import DamagedArtifactError

# What is drawn


def test_overlay_mixes_image_and_colour_evenly():
    image = picture()
    cam = np.float16([[0.0, 1.0], [0.5, 0.25]])
    full = upsampled(cam, SIZE, SIZE)
    result = overlay(image, cam)
    for y, x in ((0, 0), (SIZE - 1, 3), (10, 20)):
        colour = np.array(matplotlib.colormaps["inferno"](full[y, x])[:3]) * 255
        expected = (1 - CAM_ALPHA) * image[y, x] + CAM_ALPHA * colour
        assert np.abs(result[y, x] - expected).max() <= 1
    assert not np.array_equal(overlay(image, cam), overlay(image, cam[::-1]))


def test_masks_figure_shows_each_input_under_its_name():
    figure, image = Figure(), picture()
    masks.draw(figure, [masks.MaskedImage("img1", "nv", 0.25, inputs_of(image))] * 3)
    assert len(figure.axes) == 9
    assert [axes.get_title() for axes in figure.axes[:3]] == [
        "(a) Input image",
        "(b) Segmentation mask",
        "(c) LAE box",
    ]
    for axes, mask in zip(figure.axes[3:6], ("none", "seg", "lae"), strict=True):
        np.testing.assert_array_equal(pixels(axes), inputs_of(image)[mask])
    assert figure.axes[0].get_ylabel() == "img1\nnv, lesion 25%"


def test_hair_figure_shows_before_after_and_mask_from_top_to_bottom():
    figure, before, found = Figure(), picture(1)[:24], disc(10, 10, 4)[:24].astype(bool)
    hair.draw(figure, [hair.CleanedImage("img1", before, before // 2, found)])
    for axes, expected in zip(figure.axes, (before, before // 2, found), strict=True):
        np.testing.assert_array_equal(pixels(axes), expected)
    assert figure.axes[2].get_xlabel() == f"{found.mean():.1%} of the image"


def test_classes_are_counted_before_as_images_and_after_as_rows_to_train_on():
    rows = [
        ("a", "original", "nv", "pool", True),
        ("b", "original", "nv", "pool", False),
        ("c", "original", "nv", "pool", True),
        ("d", "original", "mel", "pool", True),
        ("d", "rot90", "mel", "pool", True),
        ("d", "vflip", "mel", "pool", True),
        ("e", "original", "df", "pool", False),
        ("f", "original", "mel", "test", False),
    ]
    counts = class_balance.count_classes(pd.DataFrame(rows, columns=["image_id", "variant", "label", "role", "train"]))
    assert counts.to_dict("index") == {
        "nv": {"before": 3, "after": 2},
        "df": {"before": 1, "after": 0},
        "mel": {"before": 1, "after": 3},
    }
    assert list(counts.index) == ["nv", "df", "mel"]
    figure = Figure()
    class_balance.draw(figure, counts)
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [class_name(label) for label in counts.index]
    assert [bar.get_width() for bar in axes.patches] == [3, 1, 1, 2, 0, 3]
    assert axes.get_xlim()[0] == 0


def test_overlap_map_colours_every_pixel_by_who_covers_it():
    active, region = disc(12, 16, 8).astype(bool), disc(20, 16, 8).astype(bool)
    colours = localisation.overlap_map(active, region)
    named = {
        (True, True): localisation.BOTH,
        (True, False): localisation.CAM_ONLY,
        (False, True): localisation.REGION_ONLY,
        (False, False): "black",
    }
    assert len({to_rgb(colour) for colour in named.values()}) == 4
    for y in range(SIZE):
        for x in range(SIZE):
            expected = to_rgb(named[bool(active[y, x]), bool(region[y, x])])
            np.testing.assert_allclose(colours[y, x] / 255, expected, atol=1 / 255)


@pytest.mark.parametrize("empty", [False, True])
def test_localisation_figure_shows_the_scores_of_the_localisation(empty):
    settings, truth, cam = LocalisationSettings(threshold=0.4), disc(14, 18, 7), some_cam(empty=empty).map
    figure = Figure()
    one = localisation.LocatedImage("img1", "symmetric", picture(), cam, truth)
    localisation.draw(figure, one, settings, {})
    scores = localise(cam, truth, settings)
    note = figure.axes[5].get_xlabel()
    assert f"IoU {scores['iou']:.3f}, overlap {scores['overlap']:.3f}" in note
    assert note.endswith("hit" if scores["hit"] else "miss")
    assert figure.axes[2].get_title().endswith("CAM > 0.4")
    np.testing.assert_array_equal(pixels(figure.axes[2]), upsampled(cam, SIZE, SIZE) > 0.4)
    stars = figure.axes[5].get_lines()
    assert len(stars) == (0 if empty else 1)
    if not empty:
        x, y = (round(float(place[0])) for place in stars[0].get_data())
        assert upsampled(cam, SIZE, SIZE)[y, x] == upsampled(cam, SIZE, SIZE).max()


def test_symmetry_figure_says_what_was_predicted_and_whether_it_is_true():
    cams = {
        "none": some_cam(0, "symmetric"),
        "seg": some_cam(1, "asymmetric"),
        "lae": some_cam(2, "symmetric", empty=True),
    }
    figure, inputs = Figure(), inputs_of(picture())
    symmetry_cams.draw(figure, [symmetry_cams.SymmetryImage("img1", "symmetric", inputs, cams)], {})
    notes = [axes.get_xlabel() for axes in figure.axes[:6]]
    assert notes == ["", "symmetric ✓", "", "asymmetric ✗", "", "symmetric ✓\n(empty CAM)"]
    assert figure.axes[0].get_ylabel() == "img1\nGT: symmetric"
    for place, mask in enumerate(cams):
        np.testing.assert_array_equal(pixels(figure.axes[2 * place]), inputs[mask])
        np.testing.assert_array_equal(pixels(figure.axes[2 * place + 1]), overlay(inputs[mask], cams[mask].map))


def test_shams_are_drawn_over_the_image_each_under_its_name():
    maps = {"none": some_cam(1, "symmetric"), "zeros": some_cam(2, "", empty=True), "mask": some_cam(3, "")}
    figure, image = Figure(), picture()
    shams.draw(figure, [shams.ShownImage("img1", "mel", image, disc(16, 16, 6), maps)], {})
    assert [axes.get_xlabel() for axes in figure.axes[:4]] == ["", "symmetric", "\n(empty CAM)", ""]
    titles = [axes.get_title().replace("\n", " ") for axes in figure.axes[:4]]
    assert titles == ["Image", "Symmetry CAM: No mask", "Sham control: zeros", "Sham control: segmentation mask"]
    np.testing.assert_array_equal(pixels(figure.axes[0]), image)
    for axes, cam in zip(figure.axes[1:4], maps.values(), strict=True):
        np.testing.assert_array_equal(pixels(axes), overlay(image, cam.map))


def test_shams_are_shown_of_one_test_image_of_each_class():
    rows = [(f"i{number}", "nv" if number % 2 else "mel", "test" if number < 6 else "pool") for number in range(9)]
    splits = pd.DataFrame(rows, columns=["image_id", "label", "role"])
    assert shams.choose(splits) == ["i2", "i3"]
    with pytest.raises(ValueError, match="no test image"):
        shams.choose(splits.assign(role="pool"))


def test_cells_are_named_and_numbered_as_in_the_thesis():
    assert [model_number(cell) for cell in ("cls-none_sym-off", "cls-none_sym-lae", "cls-lae_sym-lae")] == [1, 4, 12]
    with pytest.raises(ValueError, match="unknown cell 'cls-none_sym-zeros'"):
        model_number("cls-none_sym-zeros")


def test_lesion_figure_puts_each_cell_in_its_row_and_column():
    cams = {cell: some_cam(number, "nv" if number % 2 else "mel") for number, cell in enumerate(CELLS)}
    del cams["cls-seg_sym-none"]
    figure, inputs = Figure(), inputs_of(picture())
    lesion_cams.draw(figure, lesion_cams.LesionImage("img1", "mel", disc(16, 16, 6), inputs, cams))
    panels = np.reshape(figure.axes[:15], (3, 5))
    for number, cell in enumerate(CELLS):
        panel = panels[number // 4, 1 + number % 4]
        if cell == "cls-seg_sym-none":
            assert panel.texts[0].get_text().startswith("model 6: no CAM")
            continue
        assert panel.get_xlabel() == f"model {number + 1}: " + ("nv ✗" if number % 2 else "mel ✓")
        np.testing.assert_array_equal(pixels(panel), overlay(inputs[mask_of(cell)], cams[cell].map))
    assert "img1, true class mel" in texts(figure).replace("\n", " ")


def test_training_figure_marks_the_kept_epoch_on_axes_that_all_cells_share():
    figure = Figure()
    histories = {cell: some_history(5 + number, 3 + number) for number, cell in enumerate(CELLS[4:8])}
    training_curves.draw(figure, histories, {})
    assert figure.get_suptitle() == TITLES["12"]
    panels = np.reshape(figure.axes, (2, 4))
    for number, (column, (cell, history)) in enumerate(zip(panels.T, histories.items(), strict=True)):
        assert column[0].get_title().startswith(f"Model {model_number(cell)}\n")
        for axes, score in zip(column, ("loss", "accuracy"), strict=True):
            lines = {line.get_label(): line for line in axes.get_lines()}
            np.testing.assert_array_equal(lines["training"].get_ydata(), history[f"train_{score}"])
            np.testing.assert_array_equal(lines["validation"].get_ydata(), history[f"validation_{score}"])
            assert lines["weights kept"].get_xdata()[0] == 3 + number
    assert len({axes.get_ylim() for axes in panels[0]}) == 1
    assert panels[0, 0].get_ylim()[0] == panels[1, 0].get_ylim()[0] == 0


def test_a_history_that_is_none_is_refused(tmp_path):
    some_history(3, 1).drop(columns="validation_loss").to_csv(tmp_path / "history.csv", index=False)
    with pytest.raises(DamagedArtifactError, match=r"history\.csv: 3 epochs.*expected .*validation_loss"):
        training_curves.read_history(tmp_path / "history.csv")


# Writing


def test_the_same_drawing_is_the_same_bytes_and_names_no_time_or_version(tmp_path):
    for name in ("a.png", "b.png"):
        with drawn(tmp_path / name, demo=False) as figure:
            training_curves.draw(figure, {cell: some_history(4, 2) for cell in CELLS[:4]}, {})
    content = (tmp_path / "a.png").read_bytes()
    assert content == (tmp_path / "b.png").read_bytes()
    assert b"Software" not in content
    assert b"tIME" not in content


def test_the_users_own_settings_change_nothing(tmp_path):
    def draw(name: str) -> bytes:
        with drawn(tmp_path / name, demo=True) as figure:
            show(figure.subplots(), picture(), "a title")
        return (tmp_path / name).read_bytes()

    with matplotlib.rc_context({"font.size": 20, "savefig.facecolor": "red", "lines.linewidth": 9}):
        changed = draw("changed.png")
    assert changed == draw("default.png")


@pytest.mark.parametrize("demo", [True, False])
def test_only_demo_figures_say_so(tmp_path, demo):
    with drawn(tmp_path / "a.png", demo=demo) as figure:
        hair.draw(figure, [hair.CleanedImage("img1", picture(), picture(1), disc(9, 9, 3).astype(bool))])
    assert ("synthetic images (demo)" in texts(figure)) is demo
    assert "Chosen: the images" in texts(figure)


def test_a_figure_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), drawn(tmp_path / "a.png", demo=False):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
