"""The status of a study, by folders that are made up: results that are there, and logs as jobs write them."""

import contextlib
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from rule_files import rules
from selcn.design.trained_networks import TrainedNetwork
from selcn.status.__main__ import main
from selcn.status.configuration import overlaid
from selcn.status.networks import job_of
from selcn.status.page import SECTIONS, Status, ago
from selcn.workflow.configuration_file import write_configuration
from selcn.workflow.study import Study
from studies import PROJECT

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text())
NOW = 1_700_000_000.0
DONE = "10:09:00 done in 540.0 s, at most 900 MB of memory, 530.0 s of processor time"


def small(**sections) -> Study:
    """Return a study of one protocol, without backbones, sham controls and search, with some values changed."""
    changes = {
        "protocols": ["thesis"],
        "search": {"trials": 0},
        "segmentation": {"architectures": ["unet"]},
        "symmetry": {"backbones": []},
        "lesion": {"sham": False},
    }
    return Study.from_config(overlaid(overlaid(CONFIG, changes), sections))


def write(path: Path, *lines: str, age: float = 0.0) -> None:
    """Write a log, or an empty result, that changed some seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    os.utime(path, (NOW - age, NOW - age))


def epoch(number: int, train: str = "0.5", validation: str = "0.6") -> str:
    """Return a line as a training logs it."""
    return (
        f"10:0{number}:00 epoch {number}  train_loss {train}  train_accuracy 0.7  "
        f"validation_loss {validation}  validation_accuracy 0.7"
    )


def said(study: Study, folder: Path, width: int = 80) -> str:
    """Return the page as a terminal of some columns without colours shows it, without blanks at the ends of lines."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(Status(study, folder, NOW).page())
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def row(page: str, name: str) -> list[str]:
    """Return the marks or counts after a name."""
    return next(line.split()[1:] for line in page.splitlines() if line.split()[:1] == [name])


TRAINING = "10:00:00 training on the CPU in float32"


def test_the_page_of_a_study_that_has_begun(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study, folder = small(), Path("study")
    results, logs = folder / "results", folder / "logs"
    write(results / "thesis/segmentation/unet/fold-0/best.pt")
    write(logs / "train_segmentation/thesis/unet/fold-0.log", TRAINING, epoch(1), DONE, age=900)
    write(results / "thesis/symmetry/none/fold-0/best.pt")
    kept = "10:00:00 work/train_symmetry/thesis/symmetry/none/fold-0/0123456789abcdef: already finished"
    write(logs / "train_symmetry/thesis/none.log", kept, TRAINING, epoch(1), epoch(2, "0.4", "0.55"), age=12)
    error = ["10:00:30 failed", "Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: too [few]"]
    write(logs / "train_symmetry/thesis/seg.log", TRAINING, *error, "10:00:30 ValueError: too [few]", age=7300)
    for shard in (0, 2):
        write(results / f"hair/ham10000/shard-{shard}/manifest.parquet")
    write(logs / "remove_hair/ham10000/shard-0.log", DONE)
    write(logs / "remove_hair/ham10000/shard-1.log", age=3)
    page = said(study, folder)
    assert page.startswith("""\
study: 2 of 109 networks finished, 1 running, 1 failed, 105 waiting
# finished   > running   ! failed   s stopped   ? stopped?   . waiting

Running
  remove_hair/ham10000/shard-1, 3 s ago
    starting
  train_symmetry/thesis/none, 12 s ago
    fold 1, epoch 2/100, training loss 0.4, validation loss 0.55

Failed
  train_symmetry/thesis/seg, 2 h ago
    ValueError: too [few]

                        thesis
Segmentation
  unet                  #
Symmetry models
  scratch-none          ...
  none                  #>.
  seg                   !..
  lae                   ...
Lesion cells, HAM10000
""")
    assert page.endswith("""\
Data            ham10000  symderm  isic2019  isic2016
  index              0/1      0/1       0/1       0/1
  hair removal       2/4      0/1       0/8       0/1
  packing            0/4      0/1       0/8       0/1
  keypoints          0/4      0/1       0/8       0/1

Stages             thesis  shared
  splits              0/4
  near-duplicates             0/5
  masks               0/4
  CAMs               0/12
  evaluations        0/28
  tables             0/23     0/1
  figures            0/13     0/1
  report                     0/22
""")


CELL = "cls-none_sym-off"
CELL_LOG = f"logs/train_lesion_ham10000/thesis/{CELL}/seed-42.log"


@pytest.mark.parametrize(
    ("lines", "age", "marks"),
    [
        ([TRAINING, epoch(1), "10:02:00 training on the CPU in float32"], 899, "#>.."),
        ([TRAINING, epoch(1), "10:02:00 training on the CPU in float32"], 901, "#?.."),
        # Slower than that: an epoch took ten minutes, over midnight.
        (["23:55:00 training on the CPU in float32", epoch(1).replace("10:01", "00:05")], 1799, ">..."),
        (["23:55:00 training on the CPU in float32", epoch(1).replace("10:01", "00:05")], 1801, "?..."),
        ([], 5, ">..."),
        ([TRAINING, TRAINING, "10:02:00 stopped by SIGTERM: the next attempt resumes after epoch 2"], 5000, "#s.."),
        ([TRAINING, "10:02:00 failed", "Traceback:", "10:02:00 NoSpaceError: x: the disk is full"], 5000, "!..."),
        # Results of a finished job that were removed: its log says nothing of what comes.
        ([TRAINING, TRAINING, TRAINING, TRAINING, DONE], 5000, "...."),
        # A network that diverged is a result, and the next fold follows.
        ([TRAINING, "10:01:00 epoch 1: the loss is not finite; lower learning_rate", TRAINING, epoch(1)], 5, "#>.."),
    ],
)
def test_the_folds_that_one_job_trains_one_after_the_other(tmp_path, lines, age, marks):
    write(tmp_path / CELL_LOG, *lines, age=age)
    assert row(said(small(), tmp_path), CELL) == [marks]


def test_folds_that_are_handed_over_count_as_finished_whatever_the_log_says(tmp_path):
    for fold in (0, 1):
        write(tmp_path / f"results/thesis/lesion/ham10000/{CELL}/seed-42/fold-{fold}/best.pt")
    write(tmp_path / CELL_LOG, TRAINING, TRAINING, TRAINING, age=5000)
    assert row(said(small(), tmp_path), CELL) == ["##?."]


def test_a_segmentation_network_has_a_job_of_its_own(tmp_path):
    write(tmp_path / "logs/train_segmentation/leakfree/unet/fold-2.log", TRAINING, epoch(1), age=1)
    page = said(small(protocols=["leakfree"]), tmp_path)
    assert row(page, "unet") == ["..>."]
    assert (
        "  train_segmentation/leakfree/unet/fold-2, 1 s ago\n    epoch 1/100, training loss 0.5, validation loss 0.6\n"
    ) in page


def test_a_resumed_training_shows_its_epoch_before_it_has_trained_one(tmp_path):
    write(tmp_path / CELL_LOG, TRAINING, "10:00:00 resuming after epoch 7", age=1)
    assert "    fold 0, epoch 7/100\n" in said(small(), tmp_path)


def test_seeds_stand_apart_and_protocols_side_by_side_in_80_columns(tmp_path):
    seeds = {"lesion": {"seeds": {"none": [1, 2, 3, 4, 5], "seg": [1], "lae": [1]}, "sham": ["none"]}}
    study = small(protocols=["thesis", "leakfree"], **seeds)
    write(tmp_path / "results/leakfree/lesion/ham10000/cls-none_sym-malignancy/seed-5/fold-3/best.pt")
    page = said(study, tmp_path)
    assert row(page, "cls-none_sym-malignancy") == ["...."] * 9 + ["...#"]
    assert row(page, "cls-seg_sym-off") == ["...."] * 2
    assert row(page, "unet") == [".", "...."]
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 60, 200])
def test_no_name_is_cut_in_a_narrow_terminal(tmp_path, width):
    study = small(protocols=["thesis", "leakfree"], lesion={"seeds": [1, 2, 3, 4, 5]})
    page = said(study, tmp_path, width)
    assert f"  {CELL}  " in page
    assert max(map(len, page.splitlines())) <= width


def test_cells_that_failed_although_their_jobs_finished_are_named_with_the_reason(tmp_path):
    path = tmp_path / f"results/thesis/lesion/isic2016/{CELL}/metrics.json"
    write(path, json.dumps({"failed": "seed 42, fold 1: the logits are the same"}))
    write(tmp_path / "results/thesis/symmetry/none/metrics.json", json.dumps({"test": {}}))
    assert (
        "Finished, but failed: no values in any table\n"
        f"  thesis/lesion/isic2016/{CELL}: seed 42, fold 1: the logits are the same\n"
    ) in said(small(), tmp_path, width=120)


def test_a_search_shows_its_trial(tmp_path):
    pruned = [f"10:00:00 trial 2: {words}" for words in ("learning_rate 0.1  beta1 0.9", "pruned ")]
    lines = [pruned[0], TRAINING, epoch(1), pruned[1], pruned[0].replace("trial 2", "trial 5"), TRAINING, epoch(2)]
    write(tmp_path / "logs/search_isic2016/leakfree/cls-none_sym-off/worker-1.log", *lines)
    study = small(search={"trials": 30}, protocols=["leakfree"])
    page = said(study, tmp_path)
    assert "    trial 5, epoch 2/100, training loss 0.5, validation loss 0.6\n" in page
    assert re.search(r"^  search workers +0/16$", page, re.MULTILINE)


def test_frozen_features_are_of_three_data_sets_and_three_masks(tmp_path):
    page = said(small(lesion={"freeze_encoder": True}), tmp_path)
    assert re.search(r"^  frozen features +0/9$", page, re.MULTILINE)


def test_logs_are_named_as_the_rules_name_them():
    """A rule that is given another log would leave its networks waiting for ever."""
    logs = {re.search(r'log:\s+f?"logs/([^"]+)\.log"', text)[1] for name, _, text in rules() if "train_" in name}
    # Networks without a source are not among those whose states are shown.
    logs.remove("train_sources/{protocol}/{lesion_dataset}/{cell}")
    networks = [
        TrainedNetwork("segmentation", "ham10000", "{architecture}", "{segmentation_fold}"),
        TrainedNetwork("backbone", "symderm", "{backbone}", 0),
        TrainedNetwork("symmetry", "symderm", "{model}", 0),
        TrainedNetwork("lesion", "{lesion_dataset}", "{cell}", 0, "{seed}"),
    ]
    assert {job_of(network, "{protocol}") for network in networks} == logs


def test_every_rule_that_trains_shows_its_epochs():
    made = ({"lesion_dataset": "ham10000", "network": "lesion"}, {"lesion_dataset": "isic2016", "network": "isic2016"})
    training = [name for name, _, _ in rules() if name.startswith(("train_", "search_"))]
    named = {name.format(**values) for name in training for values in made}
    assert {name for name in named if not any(fnmatchcase(name, rule) for rule in SECTIONS)} == set()
    assert {rule for rule in SECTIONS if not any(fnmatchcase(name, rule) for name in named)} == set()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s ago"), (59.9, "59 s ago"), (60, "1 min ago"), (7199, "1 h ago"), (1e6, "11 d ago")],
)
def test_ages(seconds, text):
    assert ago(seconds) == text


def test_a_watched_page_ends_with_ctrl_c_and_stays_in_the_terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_configuration(small().config)
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "selcn.status", ".", "--watch"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "workflow_scripts"), "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env=environment) as process:
        os.close(inner)
        shown = b""
        while b"109 waiting" not in shown:
            shown += os.read(outer, 10_000)
        process.send_signal(signal.SIGINT)
        # On Linux, reading fails once the other end is closed.
        with contextlib.suppress(OSError):
            while part := os.read(outer, 10_000):
                shown += part
    os.close(outer)
    _, left, after = shown.partition(b"\x1b[?1049l")
    assert left
    assert b"109 waiting" in after
    assert b"Traceback" not in shown
    assert process.returncode == 0


def run(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["status", *arguments])
    return main()


def test_a_page_that_is_not_shown_in_a_terminal_is_plain_text(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_configuration(small().config)
    assert run(monkeypatch, ".") == 0
    said = capsys.readouterr()
    assert "0 of 109 networks finished, 109 waiting" in said.out
    assert said.out.isascii()
    assert "\x1b" not in said.out
    assert said.err == ""


def test_only_a_terminal_is_watched(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, str(tmp_path), "--watch")
    assert "--watch needs a terminal; without it the page is printed once" in capsys.readouterr().err


def test_a_refusal_is_one_sentence_without_a_traceback(tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, str(tmp_path)) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}: no study; expected a folder with ")


def test_metrics_that_cannot_be_read_and_a_folder_named_like_a_log_are_no_reason_to_stop(tmp_path):
    (tmp_path / "logs/odd.log").mkdir(parents=True)
    metrics = tmp_path / "results/thesis/symmetry/none/metrics.json"
    metrics.parent.mkdir(parents=True)
    metrics.write_text("{")
    page = said(small(), tmp_path, 200)
    assert "thesis/symmetry/none: " in page
    assert "not valid JSON" in page
