"""Say of each data set what of it is there, by its tables and file names, before anything is computed.

python -m selcn.status.data_check
python -m selcn.status.data_check --configfile my.yaml
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import yaml
from jsonschema import Draft202012Validator

from selcn.data.datasets.files import find_images, find_masks, list_files
from selcn.data.datasets.index import read_labels
from selcn.data.datasets.patients import COLUMNS as PATIENT_COLUMNS
from selcn.data.datasets.sources import HOW_TO_GET, MissingDatasetError, SourceSettings
from selcn.data.datasets.tables import LabelTableError, shown
from selcn.status.configuration import DEFAULTS, NoStudyError, overlaid, read
from selcn.workflow.declaration_errors import DeclarationError
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.study import Study

EXAMPLES = 3
"""How many missing images and unusable rows are named."""


def check_data(
    settings: SourceSettings, name: str, how_to_get: str = "", unverified: str = ""
) -> tuple[bool, list[str]]:
    """Return whether a data set is complete, and lines that say what of it is there.

    No image is decoded: an unreadable one counts as there.

    Parameters
    ----------
    name
        The data set's name in prose.
    how_to_get, unverified
        What its declaration says of these.
    """
    how_to_get = how_to_get or HOW_TO_GET.get(settings.layout, "")
    try:
        rows = read_labels(settings)
        listing = list_files((settings.folder, *settings.image_folders), settings.mask_folders)
    except (MissingDatasetError, LabelTableError) as error:
        said = str(error).splitlines()
        said += [f"How to get it: {how_to_get}."] if how_to_get and how_to_get not in str(error) else []
        return False, [f"{name}: cannot be used", *(f"  {line}" for line in said)]
    bad, usable = rows[rows["reason"].notna()], rows[rows["reason"].isna()]
    there = usable["file_name"].map(lambda file: bool(find_images(listing, file))).astype(bool)
    found, missing = usable[there], usable[~there]
    masked = found["mask_name"].map(lambda name: bool(find_masks(listing, name))).astype(bool)
    unmasked = found[~masked] if settings.masked else found.iloc[:0]
    columns = {name: name.replace("_", " ") for name in (*PATIENT_COLUMNS, "skin_type") if name in found}
    known = ", ".join(f"{what} of {found[name].notna().sum():,}" for name, what in columns.items())
    patients = f" and {found['patient_id'].nunique():,} patients" if "patient_id" in found else ""
    lines = [
        f"{name}: {len(found):,} of {len(rows):,} images found, of {found['lesion_id'].nunique():,} lesions{patients}",
        f"  classes: {', '.join(f'{label} {count:,}' for label, count in found['label'].value_counts().items())}",
        f"  known: {known}",
        *([f"  masks: {masked.sum():,}"] if settings.masked or masked.any() else []),
        *([f"  not verified: {unverified}"] if unverified else []),
    ]
    if len(usable) and found.empty:
        name = shown(usable["file_name"].iloc[0])
        lines[1:] = [f"  no image is in {settings.searched} or a sub-folder; expected files such as {name}"]
    lines += [
        f"  missing {what}: {_examples(table['image_id'])}"
        for what, table in (("images", missing), ("masks", unmasked))
        if len(table)
    ]
    lines += [f"  {shown(row.image_id)}: {row.reason}" for row in bad.head(EXAMPLES).itertuples()]
    lines += [f"  ... and {len(bad) - EXAMPLES:,} more unusable rows"] if len(bad) > EXAMPLES else []
    if (len(missing) or len(unmasked)) and how_to_get:
        lines.append(f"  How to get them: {how_to_get}.")
    return not (len(bad) or len(missing) or len(unmasked)), lines


def _examples(image_ids: Sequence[str]) -> str:
    return f"{len(image_ids):,}, such as {', '.join(map(shown, list(image_ids)[:EXAMPLES]))}"


def require_schema(config: Mapping) -> None:
    """Refuse a configuration that Snakemake would refuse: a mistyped key would be passed over here.

    Raises
    ------
    NoStudyError
        A key is unknown or has a wrong value.
    """
    schema = yaml.safe_load((DEFAULTS.parent / "schemas/config.schema.yaml").read_text())
    for error in Draft202012Validator(schema).iter_errors(config):
        key = ".".join(map(str, error.absolute_path))
        place = f"configuration: {key}" if key else "configuration"
        raise NoStudyError(f"{place}: {error.message}; expected keys and values as in config.yaml: correct the overlay")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.status.data_check", description=__doc__.splitlines()[0])
    parser.add_argument("--configfile", type=Path, nargs="+", default=[], help="the overlays of the run")
    config = read(DEFAULTS)
    try:
        for path in parser.parse_args().configfile:
            config = overlaid(config, read(path))
        require_schema(config)
        study = Study.from_config(config)
    except (NoStudyError, DeclarationError) as error:
        print(error, file=sys.stderr)
        return 1
    images, complete = ImageInputs(study, DEFAULTS.parent), True
    for dataset, name in study.names.items():
        source = images.source_settings(SimpleNamespace(dataset=dataset))
        declared = study.declarations[dataset]
        is_complete, lines = check_data(SourceSettings.of_job(source), name, declared.how_to_get, declared.unverified)
        complete = complete and is_complete
        print("\n".join(lines))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
