"""Read the diagnoses of the symmetry set's images: from its own table, or for SymDerm from HAM10000's metadata."""

from selcn.data.datasets.declared import read_declared_diagnoses
from selcn.data.datasets.sources import SourceSettings
from selcn.data.datasets.symderm import read_diagnoses
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    source, index = SourceSettings.of_job(snakemake.params.source), read_table(snakemake.input.index)
    folders = source.image_folders
    diagnoses = read_diagnoses(folders) if source.table is None else read_declared_diagnoses(source)
    ours = diagnoses[diagnoses["image_id"].isin(index["image_id"])].reset_index(drop=True)
    if ours.empty:
        named = ", ".join(folders) or "none are named"
        where = (
            f"HAM10000_metadata.csv in, or right above, one of the image folders ({named}): name HAM10000's in "
            f"data.{source.dataset}.image_folders"
            if source.table is None
            else f"a diagnosis in column {source.table.columns['diagnosis']} of {source.table.file}: correct the column"
        )
        raise ValueError(
            f"{snakemake.input.index}: of none of its {len(index)} images is a diagnosis known, which the network of "
            f"the sham `malignancy` is trained on; expected {where}, or set lesion.sham: false"
        )
    log.info("%d of %d images have a diagnosis", len(ours), len(index))
    write_table(ours, snakemake.output.diagnoses)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
