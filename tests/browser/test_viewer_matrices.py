"""Confusion matrices in a browser: counts, and the images behind a field."""

import re
from itertools import product

import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from browser.drawn_report import CLASSES, FAILED, FOLDS, WITHOUT_SHEET, double_loop

NETWORKS = ("mean", *(f"seed 42, fold {fold}" for fold in range(FOLDS)))


# Show a matrix and return the accessible name and the number of each field.
SHOW = """async ([name, cell, network]) => {
  await selcn.showMatrix(name.replace("matrices/", ""), cell, network);
  return [...document.querySelectorAll(".viewer-field")].map(
    (field) => [field.getAttribute("aria-label"), field.querySelector(".viewer-count").textContent]);
}"""


def counts(page, *matrix: str) -> dict[tuple[str, str], int]:
    """Return the number in each field of a matrix, which its accessible name repeats, by label and predicted class."""
    found = {}
    for name, text in page.evaluate(SHOW, matrix):
        label, predicted, number = re.fullmatch(
            r"label (\w+), predicted (\w+): (\d+) image(?: variant)?s?", name
        ).groups()
        assert number == text
        found[label, predicted] = int(number)
    return found


@pytest.mark.parametrize("subset", ["test", "validation"])
def test_fields_count_what_a_double_loop_counts(opened, report, subset):
    with opened() as visited:
        for name in (name for name in report.matrices if name.endswith(subset)):
            for model, network in product(report.matrices[name]["models"], NETWORKS):
                expected = double_loop(report.matrices[name], model, network)
                assert counts(visited.page, name, model, network) == {key: len(ids) for key, ids in expected.items()}


def test_selects_choose_the_matrix(opened, report):
    name, cell, network = "matrices/thesis-ham10000-validation", "cls-none_sym-lae", "seed 42, fold 3"
    fields = double_loop(report.matrices[name], cell, network)
    with opened() as visited:
        for select, value in (("protocol", "thesis"), ("set", name), ("model", cell), ("network", network)):
            visited.page.select_option(f"#viewer-{select}", value)
        for (label, predicted), ids in fields.items():
            named = re.compile(f"^label {label}, predicted {predicted}: {len(ids)} image variants?$")
            visited.page.get_by_label(named).wait_for()


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("network", ["mean", "seed 42, fold 2"])
def test_scores_are_those_of_scikit_learn(opened, report, network):
    name, cell = "matrices/leakfree-ham10000-validation", "cls-none_sym-lae"
    fields = double_loop(report.matrices[name], cell, network)
    label, predicted = zip(*[key for key, ids in fields.items() for _ in ids], strict=True)
    with opened() as visited:
        counts(visited.page, name, cell, network)
        text = visited.page.locator("#viewer-scores").inner_text()
    assert f"Accuracy {accuracy_score(label, predicted):.3f} (" in text
    assert f"Balanced accuracy {balanced_accuracy_score(label, predicted):.3f} (" in text
    assert ("(1 of 4)" in text) == (network == "mean")
    assert ("The tables give the mean of the networks' own accuracies instead" in text) == (network == "mean")
    not_predicted = len(report.labels) - len(label)
    assert (f"Not counted: {not_predicted} images" in text) == (not_predicted > 0)


# Open a field and return its title, the ids of its cards, all of them shown, and those of its list of ids.
OPEN = """async (field) => {
  const texts = (selector) => [...document.querySelectorAll(`#viewer-field ${selector}`)].map((e) => e.textContent);
  document.querySelector(`.viewer-field[aria-label^="${field}:"]`).click();
  document.querySelector("#viewer-field .viewer-more:not([hidden])")?.click();
  const details = document.querySelector("#viewer-field details");
  if (details) {
    const toggled = new Promise((resolve) => details.addEventListener("toggle", resolve));
    details.open = true;
    await toggled;
  }
  return [texts("h4")[0], texts(".viewer-id"), texts("summary")[0], texts(".viewer-ids li")];
}"""


@pytest.mark.parametrize(
    ("name", "cell", "network", "noun"),
    [
        ("matrices/thesis-ham10000-test", "cls-none_sym-lae", "seed 42, fold 1", "image"),
        ("matrices/thesis-ham10000-test", "cls-none_sym-zeros", "mean", "image"),
        ("matrices/thesis-ham10000-validation", "cls-none_sym-off", "mean", "image variant"),
        ("matrices/leakfree-symderm-test", "lae", "seed 42, fold 1", "image"),
    ],
)
def test_a_field_opens_exactly_its_images(opened, report, name, cell, network, noun):
    with opened() as visited:
        counts(visited.page, name, cell, network)
        for (label, predicted), ids in double_loop(report.matrices[name], cell, network).items():
            title, cards, summary, all_ids = visited.page.evaluate(OPEN, f"label {label}, predicted {predicted}")
            number = f"{len(ids)} {noun}{'' if len(ids) == 1 else 's'}"
            assert title == f"Label {label}, predicted {predicted}: {number}"
            assert sorted(cards) == sorted(ids)
            assert summary == ("Image ids" if ids else None)
            assert sorted(all_ids) == sorted(set(ids))


def test_images_are_listed_by_mean_probability_and_in_portions(opened, report):
    matrix = report.matrices["matrices/leakfree-ham10000-test"]
    model = matrix["models"]["cls-none_sym-zeros"]
    expected = [
        image_id
        for _, image_id in sorted(zip(model["probability"], matrix["images"], strict=True), reverse=True)
        if image_id in double_loop(matrix, "cls-none_sym-zeros", "mean")["nv", "nv"]
    ]
    with opened("matrix=leakfree-ham10000-test/cls-none_sym-zeros/mean") as visited:
        visited.page.get_by_label("label nv, predicted nv: 26 images").click()
        ids = visited.page.locator("#viewer-field .viewer-id")
        assert ids.all_inner_texts() == expected[:24]
        visited.page.get_by_role("button", name="Show the other 2").click()
        assert ids.all_inner_texts() == expected
        focused = visited.page.evaluate("document.activeElement.querySelector('.viewer-id').textContent")
        assert focused == expected[24]


def test_an_image_without_a_sheet_is_plain_text(opened, report):
    with opened() as visited:
        visited.page.evaluate(OPEN, "label mel, predicted mel")
        assert visited.page.locator("#viewer-field p").first.inner_text().endswith("Of 2 images, 1 has a sheet.")
        entry = visited.page.locator("#viewer-field .viewer-ids li", has_text=WITHOUT_SHEET)
        assert entry.get_by_role("link").count() == 0
        assert visited.page.locator("#viewer-field button", has_text=WITHOUT_SHEET).count() == 0


def test_a_failed_cell_is_offered_but_not_to_be_chosen(opened):
    with opened() as visited:
        option = visited.page.locator(f'#viewer-model option[value="{FAILED}"]')
        assert option.is_disabled()
        assert option.inner_text() == "model 5: segmentation mask, no CAMs (no predictions)"


def test_another_protocol_keeps_the_set_the_cell_and_the_network(opened):
    with opened("matrix=leakfree-ham10000-validation/cls-none_sym-lae/seed%2042%2C%20fold%202") as visited:
        title = visited.page.locator("#viewer-matrix-title")
        title.filter(has_text="leakfree · HAM10000, validation · model 4").wait_for()
        visited.page.select_option("#viewer-protocol", "thesis")
        title.filter(has_text="thesis").wait_for()
        assert title.inner_text() == (
            "Protocol thesis · HAM10000, validation · model 4: no mask, CAMs of LAE box · seed 42, fold 2"
        )
        visited.page.wait_for_url("**#matrix=thesis-ham10000-validation/cls-none_sym-lae/seed%2042%2C%20fold%202")


def test_the_share_is_a_number_and_a_length_as_well_as_a_shade(opened, report):
    fields = double_loop(report.matrices["matrices/leakfree-ham10000-test"], "cls-none_sym-off", "mean")
    total = sum(len(fields["nv", other]) for other in CLASSES)
    with opened() as visited:
        for other in CLASSES:
            field = visited.page.get_by_label(f"label nv, predicted {other}:")
            share = len(fields["nv", other]) / total
            assert field.locator(".viewer-share").inner_text() == f"{round(100 * share)} %"
            size = field.evaluate("field => getComputedStyle(field).backgroundSize")
            length = re.match(r"calc\(([\d.]+)%|([\d.]+)%", size)
            assert float(length[1] or length[2]) == pytest.approx(100 * share, abs=0.1)
