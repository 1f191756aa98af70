"""The reliability diagram draws what the bins hold, and no bin that is empty."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from selcn.figures import reliability
from selcn.figures.style import drawn


def bins(right: list[float], images: list[int]) -> pd.DataFrame:
    edges = np.linspace(0, 1, len(right) + 1)
    claimed = np.where(np.array(images) > 0, (edges[1:] + edges[:-1]) / 2, np.nan)
    return pd.DataFrame({"lower": edges[:-1], "upper": edges[1:], "images": images, "claimed": claimed, "right": right})


TRAINED = bins([np.nan, 0.3, 0.5, 0.75], [0, 10, 20, 70])
SCALED = bins([np.nan, 0.375, 0.625, 0.875], [0, 40, 50, 10])


def test_each_curve_shows_its_filled_bins_and_its_error():
    figure = Figure()
    reliability.draw(figure, {"as trained": TRAINED, "scaled": SCALED}, "some network")
    above, below = figure.axes
    lines = {line.get_label(): line.get_xydata() for line in above.get_lines()}
    assert list(lines)[1:] == ["as trained (ECE 0.120)", "scaled (ECE 0.000)"]
    np.testing.assert_allclose(lines["as trained (ECE 0.120)"], [[0.375, 0.3], [0.625, 0.5], [0.875, 0.75]])
    assert [patch.get_data().values.tolist() for patch in below.patches] == [[0, 10, 20, 70], [0, 40, 50, 10]]
    assert figure.get_suptitle() == "some network"


def test_it_can_be_written_and_refuses_a_third_curve(tmp_path):
    with drawn(tmp_path / "a.png", demo=True) as figure:
        reliability.draw(figure, {"as trained": TRAINED}, "some network")
    assert (tmp_path / "a.png").stat().st_size > 0
    with pytest.raises(ValueError, match="3 reliability curves"):
        reliability.draw(Figure(), {"a": TRAINED, "b": SCALED, "c": SCALED}, "some network")


def test_no_point_is_drawn_for_an_empty_bin():
    figure = Figure()
    reliability.draw(figure, {"as trained": TRAINED}, "some network")
    assert len(figure.axes[0].get_lines()[1].get_xdata()) == 3
