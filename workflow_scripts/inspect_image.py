"""Draw every stage of one image on one sheet."""

from selcn.jobs.job import job
from selcn.report.figures.inspection import SheetInputs, draw_sheet, read_sheet
from selcn.report.figures.names import MASK_NAMES
from selcn.report.figures.style import drawn


def main(snakemake, log) -> None:
    files = snakemake.input
    inputs = SheetInputs(
        index=files.index,
        hair=files.hair,
        images=files.images,
        packed=files.packed,
        packed_masks=files.get("packed_masks"),
        splits=files.splits,
        masks=files.masks,
        masks_manifest=files.masks_manifest,
        cams=dict(zip(MASK_NAMES, files.cams, strict=True)),
        lesion_cams=dict(zip(snakemake.params.cells, files.lesion_cams, strict=True)),
    )
    sheet = read_sheet(snakemake.params.image_id, inputs)
    with drawn(snakemake.output.sheet, snakemake.params.demo) as figure:
        draw_sheet(figure, sheet)
    log.info("%s: %s, %s", sheet.image_id, sheet.label, sheet.parts)


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
