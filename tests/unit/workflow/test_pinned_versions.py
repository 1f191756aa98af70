"""Results made with other versions than those pinned."""

import json

from selcn.workflow.pinned_versions import other_versions, pins_of, records_in
from studies import PROJECT


def test_pins_are_read_with_and_without_hashes_and_markers(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        '# a comment\ntorch==2.14.1 \\\n    --hash=sha256:ab\ntriton==3.1 ; sys_platform == "linux"\nnumpy==2.4.6\n'
    )
    assert pins_of(lock) == {"torch": "2.14.1", "triton": "3.1", "numpy": "2.4.6"}
    assert {"torch", "timm", "numpy"} <= set(pins_of(PROJECT / "envs/requirements.lock"))


def test_results_with_the_pinned_versions_are_passed_over(tmp_path):
    (tmp_path / "environment.json").write_text(json.dumps({"torch": "2.14.1", "timm": None, "device": "CPU"}))
    assert other_versions(records_in(tmp_path), {"torch": "2.14.1", "timm": "1.0"}) is None
    assert other_versions(records_in(tmp_path / "none"), {"torch": "2.14.1"}) is None


def test_other_versions_are_named_once_with_the_number_of_folders(tmp_path):
    for fold, torch in enumerate(("2.11.0", "2.11.0", "2.14.1")):
        (tmp_path / f"fold-{fold}").mkdir()
        (tmp_path / f"fold-{fold}/environment.json").write_text(json.dumps({"torch": torch, "numpy": "2.4.6"}))
    said = other_versions(records_in(tmp_path), {"torch": "2.14.1", "numpy": "2.4.6"})
    assert said == (
        "2 folders of results were made with other versions than envs/requirements.lock pins: "
        "torch 2.11.0 (pinned: 2.14.1)"
    )


def test_records_beside_cams_are_read_and_folders_of_pictures_are_passed_over(tmp_path):
    for folder in ("thesis/cams/ham10000/seg/shard-0", "thesis/masks/ham10000/shard-0", "thesis/symmetry/lae/fold-1"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "environment.json").write_text(json.dumps({"place": folder}))
    for folder in ("thesis/masks/ham10000/seg", "hair/ham10000/images"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "environment.json").write_text("no record")
    assert len(list(records_in(tmp_path))) == 3
