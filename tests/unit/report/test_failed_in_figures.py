"""Figures leave failed cells and models out, and say why."""

import numpy as np
from matplotlib.figure import Figure

from drawn_inputs import disc, inputs_of, picture, some_cam, some_history, texts
from selcn.design.cells import CELLS
from selcn.evaluation.localisation import LocalisationSettings
from selcn.report.figures import lesion_cams, localisation, shams, symmetry_cams, training_curves


def test_a_failed_cell_s_training_is_not_drawn():
    figure, histories = Figure(), {cell: some_history(5, 3) for cell in CELLS[4:8]}
    histories[CELLS[4]] = some_history(1, 1).assign(train_loss=np.nan, validation_loss=np.nan)
    training_curves.draw(figure, histories, {CELLS[4]: "fold 0: its predictions"})
    panels = np.reshape(figure.axes, (2, 4))
    assert [text.get_text() for text in panels[0, 0].texts] == ["failed"]
    assert not [*panels[0, 0].get_lines(), *panels[1, 0].get_lines()]
    assert [text.get_text() for text in figure.legends[0].texts] == ["training", "validation", "weights kept"]
    assert f"Left out: {CELLS[4]}, failed (fold 0: its predictions)." in " ".join(texts(figure).split())
    training_curves.draw(Figure(), histories, dict.fromkeys(histories, "all folds"))


def test_a_failed_cell_s_cam_is_not_drawn():
    cams, figure, inputs = {cell: some_cam(0, "mel") for cell in CELLS[1:]}, Figure(), inputs_of(picture())
    failed = {CELLS[0]: "fold 0: its predictions"}
    lesion_cams.draw(figure, lesion_cams.LesionImage("img1", "mel", disc(16, 16, 6), inputs, cams, failed))
    assert figure.axes[1].texts[0].get_text() == "model 1: failed"
    assert f"Left out: {CELLS[0]}, failed (fold 0: its predictions)." in " ".join(texts(figure).split())


def test_maps_of_a_failed_symmetry_model_are_not_drawn():
    failed, image, lesion = {"none": "fold 0: its predictions"}, picture(), disc(16, 16, 6)
    maps = {source: some_cam(0, "symmetric") for source in ("none", "seg", "lae")}
    said = "Left out: symmetry model none, failed (fold 0: its predictions)."
    symmetry = Figure()
    symmetry_cams.draw(symmetry, [symmetry_cams.SymmetryImage("i", "symmetric", inputs_of(image), maps)], failed)
    assert [bool(panel.images) for panel in symmetry.axes[:6]] == [True, False, True, True, True, True]
    sources = maps | {"zeros": some_cam(0, ""), "shuffled": some_cam(0, "symmetric")}
    given = Figure()
    shams.draw(given, [shams.ShownImage("i", "mel", image, lesion, sources)], failed)
    # The image, then the sources; another lesion's CAM is of the same model.
    assert [bool(panel.images) for panel in given.axes[:6]] == [True, False, True, True, True, False]
    located = Figure()
    one = localisation.LocatedImage("i", "symmetric", image, maps["none"].map, lesion)
    localisation.draw(located, one, LocalisationSettings(), failed)
    assert not located.axes
    for figure in (symmetry, given, located):
        assert said in " ".join(texts(figure).split())
