"""Generation of the demo data: four synthetic data sets in native layouts, and the ground truth of every image."""

from pathlib import Path

from selcn.demo.folder import DemoFolder
from selcn.demo.native_ham10000 import ham10000_shots, write_ham10000
from selcn.demo.native_isic2016 import write_isic2016
from selcn.demo.native_isic2019 import write_isic2019
from selcn.demo.native_symderm import write_symderm
from selcn.demo.settings import DemoSettings


def generate_demo_data(folder: Path, settings: DemoSettings) -> dict[str, str]:
    """Write ham10000/, symderm/, isic2019/, isic2016/ and truth/ below a folder.

    truth/truth.csv has a row for every synthetic image (HAM10000's once): image_id, dataset, has_hair, symmetry (0, 1
    or 2 axes), label (as in that data set), hair_colour, diagnosis. truth/hair/<image_id>.png is the
    mask of the hair, 0/255, truth/clean/<image_id>.png the image without it; only images with hair have them.

    Returns
    -------
    The SHA-256 of every file written, by its path below the folder. Other files in the folder are left unchanged.
    """
    target = DemoFolder(folder, settings)
    ham = ham10000_shots(settings)
    write_ham10000(target, ham)
    write_symderm(target, ham)
    write_isic2019(target, ham)
    write_isic2016(target)
    target.write_truth()
    return target.digests()
