"""Say of each data set what of it is there, by its tables and file names, before anything is computed.

python -m selcn.status.data_check
python -m selcn.status.data_check --configfile my.yaml
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from selcn.data.datasets.files import find_images, find_masks, list_files
from selcn.data.datasets.index import read_labels
from selcn.data.datasets.sources import HOW_TO_GET, MissingDatasetError, SourceSettings
from selcn.data.datasets.tables import LabelTableError, shown
from selcn.status.configuration import DEFAULTS, NoStudyError, overlaid, read
from selcn.workflow.declaration_errors import DeclarationError
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.study import Study

EXAMPLES = 3
"""How many missing images and unusable rows are named."""


def check_data(settings: SourceSettings, name: str) -> tuple[bool, list[str]]:
    """Return whether a data set is complete, and lines that say what of it is there.

    No image is decoded: an unreadable one counts as there.

    Parameters
    ----------
    name
        The data set's name in prose.
    """
    try:
        rows = read_labels(settings)
        listing = list_files((settings.folder, *settings.image_folders), settings.mask_folders)
    except (MissingDatasetError, LabelTableError) as error:
        return False, [f"{name}: cannot be used", *(f"  {line}" for line in str(error).splitlines())]
    bad, usable = rows[rows["reason"].notna()], rows[rows["reason"].isna()]
    there = usable["file_name"].map(lambda file: bool(find_images(listing, file))).astype(bool)
    found, missing = usable[there], usable[~there]
    known = ", ".join(f"{column} of {found[column].notna().sum():,}" for column in ("age", "sex", "site", "source"))
    lines = [
        f"{name}: {len(found):,} of {len(rows):,} images found, of {found['lesion_id'].nunique():,} lesions",
        f"  classes: {', '.join(f'{label} {count:,}' for label, count in found['label'].value_counts().items())}",
        f"  known: {known}",
    ]
    unmasked = found.iloc[:0]
    if settings.masked:
        unmasked = found[[not find_masks(listing, name) for name in found["mask_name"]]]
        lines.append(f"  masks: {len(found) - len(unmasked):,}")
    lines += [
        f"  missing {what}: {_examples(table['image_id'])}"
        for what, table in (("images", missing), ("masks", unmasked))
        if len(table)
    ]
    lines += [f"  {shown(row.image_id)}: {row.reason}" for row in bad.head(EXAMPLES).itertuples()]
    lines += [f"  ... and {len(bad) - EXAMPLES:,} more unusable rows"] if len(bad) > EXAMPLES else []
    if (len(missing) or len(unmasked)) and settings.layout in HOW_TO_GET:
        lines.append(f"  How to get them: {HOW_TO_GET[settings.layout]}.")
    return not (len(bad) or len(missing) or len(unmasked)), lines


def _examples(image_ids: Sequence[str]) -> str:
    return f"{len(image_ids):,}, such as {', '.join(map(shown, list(image_ids)[:EXAMPLES]))}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m selcn.status.data_check", description=__doc__.splitlines()[0])
    parser.add_argument("--configfile", type=Path, nargs="+", default=[], help="the overlays of the run")
    config = read(DEFAULTS)
    try:
        for path in parser.parse_args().configfile:
            config = overlaid(config, read(path))
        study = Study.from_config(config)
    except (NoStudyError, DeclarationError) as error:
        print(error, file=sys.stderr)
        return 1
    images, complete = ImageInputs(study, DEFAULTS.parent), True
    for dataset, name in study.names.items():
        source = images.source_settings(SimpleNamespace(dataset=dataset))
        is_complete, lines = check_data(SourceSettings.of_job(source), name)
        complete = complete and is_complete
        print("\n".join(lines))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
