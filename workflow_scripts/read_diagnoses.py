"""Read the diagnoses of SymDerm's images from HAM10000's metadata."""

from selcn.data.datasets.symderm import read_diagnoses
from selcn.jobs.job import job
from selcn.storage.artifacts import read_table, write_table


def main(snakemake, log) -> None:
    folders, index = tuple(snakemake.params.image_folders), read_table(snakemake.input.index)
    diagnoses = read_diagnoses(folders)
    ours = diagnoses[diagnoses["image_id"].isin(index["image_id"])].reset_index(drop=True)
    if ours.empty:
        named = ", ".join(folders) or "none are named"
        raise ValueError(
            f"{snakemake.input.index}: of none of its {len(index)} images is a diagnosis known, which the network of "
            "the sham `malignancy` is trained on; expected HAM10000_metadata.csv in, or right above, one of the image "
            f"folders ({named}): name HAM10000's in data.symderm.image_folders, or set lesion.sham: false"
        )
    log.info("%d of %d images have a diagnosis", len(ours), len(index))
    write_table(ours, snakemake.output.diagnoses)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
