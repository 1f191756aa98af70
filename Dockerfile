# The environment of the workflow, from the lock; docs/container.md says how to use it. The clone is not part of it.
FROM python:3.11-slim-bookworm

# A C compiler, for torch.compile and for packages without a wheel; make and git, for the make targets.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc git libc6-dev make \
    && rm -rf /var/lib/apt/lists/*

COPY envs/requirements.lock /opt/selcn/
RUN python -m pip install --no-cache-dir --require-hashes --requirement /opt/selcn/requirements.lock

# CUDA comes with torch's packages; the host has the driver, which NVIDIA's container toolkit or `apptainer --nv` adds.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    HOME=/tmp

CMD ["snakemake", "--help"]
