"""The page's folder of a bundle, and what the page says of the model."""

import pytest

from selcn.design.prediction_marks import TEXTS
from selcn.prediction.bundle import METADATA as METADATA_FILE
from selcn.prediction.pictures import BOX_COLOUR, MASK_COLOUR
from selcn.prediction.web.digest import PAGE, page_digest
from selcn.prediction.web.libraries import LIBRARIES
from selcn.prediction.web.write import settings_of, write_page
from selcn.storage.artifacts import read_json, write_json
from toy_bundle import METADATA


@pytest.fixture
def archives(tmp_path, monkeypatch):
    """Archives whose files are empty: the real ones are in tests/browser."""

    def unpack(library, archive, folder):
        for name in library.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()

    monkeypatch.setattr("selcn.prediction.web.write.unpack", unpack)
    return {name: tmp_path / f"{name}.tgz" for name in LIBRARIES}


def test_the_page_has_its_files_its_libraries_and_their_licences(archives, tmp_path):
    write_json(METADATA, tmp_path / METADATA_FILE)
    write_json({}, tmp_path / "known.json")
    write_page(tmp_path, archives)
    web = tmp_path / "web"
    written = {path.relative_to(web).as_posix() for path in web.rglob("*") if path.is_file()}
    page = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    unpacked = {name for library in LIBRARIES.values() for name in library.files}
    assert written == page | unpacked | {"report.css", "settings.json", "licences/README.md"}
    licences = (web / "licences/README.md").read_text()
    for library in LIBRARIES.values():
        assert f"{library.name} {library.version}" in licences
    assert read_json(web / "settings.json")["known"] == "../known.json"


def test_without_known_images_the_page_says_what_it_cannot_check(archives, tmp_path):
    write_json(METADATA, tmp_path / METADATA_FILE)
    write_page(tmp_path, archives)
    settings = read_json(tmp_path / "web/settings.json")
    assert settings["known"] is None
    assert "The page cannot check whether the networks were trained on an image." in settings["differences"]


def test_marks_have_the_texts_of_the_page_of_predictions():
    marks = settings_of(METADATA, knows=True)["marks"]
    for mark, text in TEXTS.items():
        assert marks[mark] == f"{text[0].upper()}{text[1:]}."
    script = (PAGE / "cards.js").read_text()
    assert "texts.unlike" in script
    assert "nlike the training data" not in script


def test_mask_and_box_have_the_colours_of_the_library_s_pictures():
    styles = (PAGE / "page.css").read_text()
    for name, colour in (("mask", MASK_COLOUR), ("box", BOX_COLOUR)):
        assert f"--{name}-line: #{bytes(colour).hex()};" in styles


def test_the_page_names_the_model():
    settings = settings_of(METADATA, knows=False)
    assert settings["summary"] == (
        "Ablation cell cls-lae_sym-seg, protocol leakfree. Trained on Toy lesions (9 images)."
    )
    facts = dict(settings["about"])
    assert facts["Ablation cell"] == (
        "cls-lae_sym-seg: lesion networks given the LAE box, the rest black, and symmetry CAMs"
    )
    assert facts["Classes"].startswith("actinic keratoses (akiec), ")
    assert facts["Packed image"] == "64 × 64 pixels (stretch)"


def test_hair_is_removed_by_the_one_method_that_the_browser_has():
    lines = METADATA | {"hair": {"method": "lines", "settings": {}}}
    assert settings_of(METADATA, knows=False)["removes_hair"]
    assert not settings_of(lines, knows=False)["removes_hair"]
    assert "No hair is removed" in settings_of(lines, knows=False)["differences"][0]


def test_a_change_of_the_page_changes_its_digest(tmp_path, monkeypatch):
    before = page_digest()
    assert page_digest() == before
    (tmp_path / "index.html").write_text("changed")
    monkeypatch.setattr("selcn.prediction.web.digest.PAGE", tmp_path)
    assert page_digest() != before


def test_the_page_names_no_address_that_it_could_request():
    """Those of the SVG namespace, and of how the page is served."""
    known = ("http://www.w3.org/2000/svg", "http://localhost")
    for path in PAGE.glob("*.*"):
        text = path.read_text()
        for address in known:
            text = text.replace(address, "")
        assert "http:" not in text, path
        assert "https:" not in text, path
