# Bundles: the trained cascade of a lesion cell in a folder, with all that its use on new images needs.

from selcn.workflow.inputs.bundles import BUNDLE, BundleInputs

bundles = BundleInputs(results)


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
        code=code_of("write_bundle.py"),
    message:
        "Write the bundle of {wildcards.cell}, protocol {wildcards.protocol}"
    script:
        "../workflow_scripts/write_bundle.py"
