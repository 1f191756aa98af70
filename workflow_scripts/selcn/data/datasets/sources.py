"""Files of each data set, and how to get those that are missing. Standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from selcn.data.datasets.table_layout import TableLayout

# Role of each label table -> its possible file names, the preferred one first.
LABEL_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "ham10000": {"metadata": ("HAM10000_metadata.csv", "HAM10000_metadata", "HAM10000_metadata.tab")},
    "symderm": {"labels": ("SymDerm_v2_labels.csv",)},
    "isic2019": {
        "truth": ("ISIC_2019_Training_GroundTruth.csv",),
        "metadata": ("ISIC_2019_Training_Metadata.csv",),
        "test_truth": ("ISIC_2019_Test_GroundTruth.csv",),
        "test_metadata": ("ISIC_2019_Test_Metadata.csv",),
    },
    "isic2016": {
        "train": ("ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "ISBI2016_ISIC_Part3B_Training_GroundTruth.csv"),
        "test": ("ISBI2016_ISIC_Part3_Test_GroundTruth.csv", "ISBI2016_ISIC_Part3B_Test_GroundTruth.csv"),
    },
}
OPTIONAL_TABLES = {("isic2016", "test"), ("isic2019", "test_truth"), ("isic2019", "test_metadata")}
DATASETS = tuple(LABEL_TABLES)
MASK_FOLDER = "HAM10000_segmentations_lesion_tschandl"

EXPECTED_IMAGES = {
    "ham10000": f"HAM10000_images_part_1/*.jpg, HAM10000_images_part_2/*.jpg and {MASK_FOLDER}/*_segmentation.png",
    "symderm": "images/*.jpg; those of other data sets may stay where they are, in folders named in image_folders",
    "isic2019": "ISIC_2019_Training_Input/*.jpg and, where wanted, ISIC_2019_Test_Input/*.jpg; those of HAM10000 may "
    "stay in a folder named in image_folders",
    "isic2016": "ISBI2016_ISIC_Part3_Training_Data/*.jpg and, where wanted, ISBI2016_ISIC_Part3_Test_Data/*.jpg",
}
HOW_TO_GET = {
    "ham10000": "from Harvard Dataverse, https://doi.org/10.7910/DVN/DBW86T: HAM10000_metadata, "
    f"HAM10000_images_part_1.zip, HAM10000_images_part_2.zip and {MASK_FOLDER}.zip; unpack them there",
    "symderm": "the labels from the authors of SymDerm v2.0 (Talavera-Martinez et al. 2023); the images of its "
    "HAM10000 rows from Harvard Dataverse, https://doi.org/10.7910/DVN/DBW86T, those of its ISIC rows with isic-cli "
    "(`isic image download FOLDER`), the rest from PH2, EDRA, dermis and dermquest",
    "isic2019": "from https://challenge.isic-archive.com/data/#2019 the tables and ISIC_2019_Training_Input.zip; "
    "or the images with isic-cli: `isic collection list`, then `isic image download --collections ID FOLDER`",
    "isic2016": "from https://challenge.isic-archive.com/data/#2016 the tables and images of part 3; or the images "
    "with isic-cli: `isic collection list`, then `isic image download --collections ID FOLDER`",
}


# The archive of each label table's images, where there is one.
ARCHIVES = {
    "ISIC_2019_Training_GroundTruth.csv": "ISIC_2019_Training_Input.zip",
    "ISIC_2019_Test_GroundTruth.csv": "ISIC_2019_Test_Input.zip",
    "ISBI2016_ISIC_Part3_Training_GroundTruth.csv": "ISBI2016_ISIC_Part3_Training_Data.zip",
    "ISBI2016_ISIC_Part3_Test_GroundTruth.csv": "ISBI2016_ISIC_Part3_Test_Data.zip",
    "ISBI2016_ISIC_Part3B_Training_GroundTruth.csv": "ISBI2016_ISIC_Part3B_Training_Data.zip",
    "ISBI2016_ISIC_Part3B_Test_GroundTruth.csv": "ISBI2016_ISIC_Part3B_Test_Data.zip",
}
UNLABELLED = "unlabelled"
"""Label of the images of a table without diagnoses, which segmentation networks alone are trained on."""

_TABLE_SUFFIXES = (".csv", ".tab", ".tsv", ".txt", ".xlsx")
# Why a table of another source cannot stand in for a data set's own.
_WHY_NOT = {
    "ham10000": "; only HAM10000_metadata has lesion_id, image_id and dx",
    "symderm": "; only SymDerm's own has File and labels_symmetry",
    "isic2019": "; the challenge's own have the columns image, MEL, NV, ... and image, lesion_id",
    "isic2016": "; the challenge's own have two columns, id and class",
}


class MissingDatasetError(RuntimeError):
    """A data set, or a folder of it, is not where the configuration says."""


@dataclass(frozen=True)
class SourceSettings:
    """Location of a data set, and how it is read.

    Parameters
    ----------
    dataset
        One of `DATASETS`, or any data set that has a `table` or a `reader`.
    folder
        Folder of the label tables; images are searched in it and all its sub-folders.
    image_folders
        Further folders to search for images, in this order.
    mask_folders
        The only folders of masks, in this order; None: masks are searched where images are, by name.
    limit_per_class
        Maximum number of images per class (of each part), for a trial run; None for all.
    on_rejected
        "stop" or "drop": whether a rejected image stops the run.
    minimum_size
        Minimum width and height of an image, in pixels.
    maximum_pixels
        Maximum number of pixels of an image or mask; larger ones are not decoded.
    table
        The layout of its label table; None where it has a reader of its own.
    reader
        The data set for whose layout the reader is, one of `DATASETS`; empty: its own.
    masked
        Whether every image needs a lesion mask: segmentation networks are trained on them, and CAMs are compared with
        them.
    """

    dataset: str
    folder: str
    image_folders: tuple[str, ...] = ()
    mask_folders: tuple[str, ...] | None = None
    limit_per_class: int | None = None
    on_rejected: str = "stop"
    minimum_size: int = 32
    maximum_pixels: int = 100_000_000
    table: TableLayout | None = None
    reader: str = ""
    masked: bool = False

    def __post_init__(self) -> None:
        """Reject values that later code would not detect."""
        if self.table is None and self.layout not in LABEL_TABLES:
            raise ValueError(f"unknown data set {self.layout!r}; expected one of {', '.join(DATASETS)}")
        if self.on_rejected not in ("stop", "drop"):
            raise ValueError(f"{self.dataset}: on_rejected is {self.on_rejected!r}; expected stop or drop")
        if self.limit_per_class is not None and self.limit_per_class < 1:
            raise ValueError(f"{self.dataset}: limit_per_class is {self.limit_per_class}; expected at least 1, or null")

    @classmethod
    def of_job(cls, source: Mapping) -> "SourceSettings":
        """Return the settings of the parameter `source` of the job that indexes a data set."""
        masks, table = source.get("mask_folders"), source.get("table")
        typed = {
            "image_folders": tuple(source.get("image_folders") or ()),
            "mask_folders": None if masks is None else tuple(masks),
            "table": None if table is None else TableLayout(**table),
        }
        return cls(**{**source, **typed})

    @property
    def layout(self) -> str:
        """The data set in whose layout it is; of a declared table its own name."""
        return self.reader or self.dataset

    @property
    def searched(self) -> str:
        """The folders that are searched for images, for messages."""
        return ", ".join((self.folder, *self.image_folders))


def what_to_add(dataset: str, table: str) -> str:
    """Return what to do about a label table, by its file name, none of whose images is there."""
    roles = [role for role, names in LABEL_TABLES.get(dataset, {}).items() if table in names]
    images = f"unpack {ARCHIVES[table]} there" if table in ARCHIVES else "add them"
    if any((dataset, role) in OPTIONAL_TABLES for role in roles):
        return f"{images}, name their folder in image_folders, or remove the table"
    return f"{images}, or name their folder in image_folders"


def label_tables(dataset: str, folder: str | Path) -> dict[str, Path]:
    """Return the label tables of a data set by their role.

    Raises
    ------
    MissingDatasetError
        The folder or a table that is not optional is missing.
    """
    found, missing = {}, []
    for role, names in LABEL_TABLES[dataset].items():
        existing = [path for path in (Path(folder) / name for name in names) if path.is_file()]
        if existing:
            found[role] = existing[0]
        elif (dataset, role) not in OPTIONAL_TABLES:
            missing.append(" or ".join(names))
    if missing:
        raise MissingDatasetError(_missing_message(dataset, folder, missing))
    return found


def lesion_tables(image_folders: Sequence[str]) -> list[Path]:
    """Return the HAM10000 metadata found in, or right above, the given image folders."""
    found = []
    for folder in (place for given in image_folders for place in (Path(given), Path(given).parent)):
        existing = [path for name in LABEL_TABLES["ham10000"]["metadata"] if (path := folder / name).is_file()]
        found += [path for path in existing[:1] if path not in found]
    return found


def declared_tables(dataset: str, folder: str | Path, file: str | Sequence[str]) -> list[Path]:
    """Return the label tables of a data set without a reader of its own.

    Parameters
    ----------
    file
        Its file name, or several.

    Raises
    ------
    MissingDatasetError
        One is not there.
    """
    files = [file] if isinstance(file, str) else file
    paths = [Path(folder) / name for name in files]
    if not (missing := [name for name, path in zip(files, paths, strict=True) if not path.is_file()]):
        return paths
    state = "" if Path(folder).is_dir() else " (a file)" if Path(folder).is_file() else " (no such folder)"
    raise MissingDatasetError(
        f"{dataset}: no label table {', '.join(missing)} in {folder}{state}; correct table or folder in its "
        f"declaration, or data.{dataset}.folder in the configuration"
    )


def label_files(
    dataset: str, folder: str | Path, image_folders: Sequence[str] = (), declared: str | Sequence[str] | None = None
) -> list[Path]:
    """Return all tables that the index of a data set is built from, in a fixed order.

    Parameters
    ----------
    dataset
        Its name or, with a reader, that of the data set for whose layout this is.
    declared
        The declared file name of its table, or several; None where it has a reader of its own.

    Raises
    ------
    MissingDatasetError
        The folder or a table that is not optional is missing.
    """
    if declared is not None:
        return declared_tables(dataset, folder, declared)
    tables = list(label_tables(dataset, folder).values())
    return tables + (lesion_tables(image_folders) if dataset == "symderm" else [])


def _missing_message(dataset: str, folder: str | Path, missing: list[str]) -> str:
    state = "" if Path(folder).is_dir() else " (no such folder)"
    optional = [
        " or ".join(names) for role, names in LABEL_TABLES[dataset].items() if (dataset, role) in OPTIONAL_TABLES
    ]
    return "\n".join(
        [
            f"{dataset}: data set missing. Searched in {folder}{state}.",
            f"  Not found: {', '.join(missing)}",
            *(f"  Optional: {names}" for names in optional),
            *_other_tables(dataset, folder),
            f"  Images expected (all sub-folders are searched): {EXPECTED_IMAGES[dataset]}",
            f"  How to get it: {HOW_TO_GET[dataset]}.",
            f"  If it is elsewhere, set data.{dataset}.folder in the configuration.",
        ]
    )


def _other_tables(dataset: str, folder: str | Path) -> list[str]:
    """Return what to say of tables that are there in place of the ones expected, or in a sub-folder."""
    roles = LABEL_TABLES[dataset].items()
    expected = {name for _, names in roles for name in names}
    required = {name for role, names in roles if (dataset, role) not in OPTIONAL_TABLES for name in names}
    tables = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in _TABLE_SUFFIXES)
    others = [path.name for path in tables if path.name not in expected]
    below = (path for depth in ("*/*", "*/*/*") for path in sorted(Path(folder).glob(depth)))
    deeper = next((path for path in below if path.name in required and path.is_file()), None)
    lines = [f"  Found in a sub-folder: {deeper}; set folder to {deeper.parent}"] if deeper else []
    if others:
        lines.append(f"  Other tables there are not read: {', '.join(others[:5])}{_WHY_NOT[dataset]}")
    return lines
