# Bundles: the trained cascade of a lesion cell in a folder, with all that its use on new images needs.

from selcn.prediction.web.digest import page_digest
from selcn.workflow.inputs.bundles import BUNDLE, BundleInputs

bundles = BundleInputs(results)
targets["bundle"] = bundles.targets()


# On a cluster this runs beside Snakemake, where there is internet access.
localrules:
    fetch_web_library,


rule fetch_web_library:
    input:
        archive=bundles.library_archive,
    output:
        archive="results/web-libraries/{library}.tgz",
    log:
        "logs/fetch_web_library/{library}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=10),
    params:
        source=bundles.library_source,
        code=code_of("fetch_web_library.py"),
    message:
        "Provide the library {wildcards.library} of the bundles' pages"
    script:
        "../workflow_scripts/fetch_web_library.py"


rule write_bundle:
    input:
        unpack(bundles.files),
    output:
        metadata=f"{BUNDLE}/metadata.json",
    log:
        "logs/write_bundle/{protocol}/{cell}.log",
    wildcard_constraints:
        cell="|".join(bundles.cells),
    conda:
        "../envs/torch.yaml"
    resources:
        **cpu_job(mem_mb=8000, runtime=60),
    params:
        **study.told,
        demo=study.demo,
        bundle=bundles.told,
        uses=bundles.uses,
        precision=config["bundle"]["precision"],
        libraries=bundles.libraries,
        # Not in the script's digest, which follows imports.
        page=page_digest(),
        code=code_of("write_bundle.py"),
    message:
        "Write the bundle of {wildcards.cell}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/write_bundle.py"
