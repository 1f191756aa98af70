"""The trained cascade on new images: hair removal, mask, symmetry and lesion classes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch

from selcn.design.trained_networks import ALL_FOLDS
from selcn.jobs.parallel import in_order
from selcn.prediction.bundle import Bundle
from selcn.prediction.files import shown
from selcn.prediction.known import KnownImages
from selcn.prediction.networks import lesion_networks, segmentation_networks, symmetry_networks
from selcn.prediction.preparing import Image, Preparation, Prepared, UnusableImageError
from selcn.prediction.result import ImagePrediction
from selcn.prediction.stages import Lesion, Segmentation, Symmetry, input_masks
from selcn.prediction.unlike import Unlike
from selcn.storage.shards import shard_of

BATCH = 32
"""Images per batch."""

PREPARING = 2
"""Threads that prepare images while the networks predict."""


@dataclass(frozen=True)
class Cascade:
    """A bundle's networks on one device, and what it knows of the study's images.

    Use it as `Cascade.load("results/leakfree/bundle/cls-none_sym-off").predict(["image.jpg"])`.
    """

    bundle: Bundle
    device: torch.device
    preparation: Preparation
    known: KnownImages | None
    segmentation: Segmentation
    symmetry: Symmetry
    lesion: Lesion
    unlike: Unlike

    @classmethod
    def load(cls, bundle: str | Path, device: str | torch.device | None = None) -> "Cascade":
        """Open a bundle.

        Parameters
        ----------
        bundle
            Its folder.
        device
            None: the first GPU where there is one, else the CPU.

        Raises
        ------
        BundleError
            The folder is no bundle, or a damaged one.
        """
        return cls.of(Bundle.load(bundle), device)

    @classmethod
    def of(cls, bundle: Bundle, device: str | torch.device | None = None) -> "Cascade":
        """Open the networks of a bundle that is open already; `device` as in `load`."""
        device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        told = bundle.metadata
        return cls(
            bundle,
            device,
            Preparation.from_metadata(told),
            KnownImages.load(bundle) if told["known"] else None,
            Segmentation(
                segmentation_networks(bundle, device),
                bundle.input_of("segmentation"),
                told["segmentation"]["flips"],
                **told["lae"],
            ),
            Symmetry(symmetry_networks(bundle, device), bundle.input_of("symmetry")),
            Lesion(lesion_networks(bundle, device), bundle.input_of("lesion"), told["lesion"]["temperature"]),
            Unlike.open(bundle, device),
        )

    def predict(
        self, images: Iterable[Image], rejected: list[UnusableImageError] | None = None
    ) -> list[ImagePrediction]:
        """Return the predictions of images, in their order; see `stream`."""
        return list(self.stream(images, rejected=rejected))

    def stream(
        self, images: Iterable[Image], batch_size: int = BATCH, rejected: list[UnusableImageError] | None = None
    ) -> Iterator[ImagePrediction]:
        """Yield the predictions of images as they are computed, with no more than two batches in memory.

        Parameters
        ----------
        images
            Paths, contents of files, or pixels as uint8 (H, W, 3) RGB.
        batch_size
            Images per batch.
        rejected
            A list that images which cannot be read are added to, as errors that name them and their `position`; they
            have no prediction. None: the first of them ends the predictions.

        Raises
        ------
        UnusableImageError
            One of them is not an image that can be read, and `rejected` is None.
        """
        if isinstance(images, (str, Path, bytes, np.ndarray)):
            raise TypeError(f"expected several images, such as [{type(images).__name__}]; found one")
        # One image per thread: OpenCV's own threads would compete with these.
        cv2.setNumThreads(1)
        prepared = self._readable(images, rejected)
        while batch := list(islice(prepared, batch_size)):
            yield from self.predict_prepared(batch)

    def _readable(self, images: Iterable[Image], rejected: list[UnusableImageError] | None) -> Iterator[Prepared]:
        """Yield the images that can be read, prepared; raise the error of another, or add it to those rejected."""
        for outcome in in_order(self._outcome_of, enumerate(images), PREPARING):
            if isinstance(outcome, Prepared):
                yield outcome
            elif rejected is None:
                raise outcome
            else:
                rejected.append(outcome)

    def _outcome_of(self, numbered: tuple[int, Image]) -> Prepared | UnusableImageError:
        """Return an image of a sequence, prepared, or an error that names it."""
        position, source = numbered
        try:
            return self.prepare(source)
        except UnusableImageError as error:
            reason = str(error)
        except OSError as error:
            reason = f"cannot be read ({error.strerror}); expected an image file"
        name = f"image {position}, counted from 0" if isinstance(source, (bytes, np.ndarray)) else shown(source)
        unusable = UnusableImageError(f"{name}: {reason}: correct it, leave it out, or give a list as `rejected`")
        unusable.position = position
        return unusable

    def prepare(self, source: Image, sha256: str | None = None) -> Prepared:
        """Prepare an image as `Preparation.prepare` does, and look for it among the study's images.

        Parameters
        ----------
        sha256
            That of its file, where `source` is the pixels.
        """
        new = self.preparation.prepare(source)
        new = replace(new, sha256=sha256 or new.sha256)
        return replace(new, known=self.known.find(new.sha256, new.image, new.packed)) if self.known else new

    def predict_prepared(self, batch: Sequence[Prepared]) -> list[ImagePrediction]:
        """Return the predictions of one batch of prepared images."""
        # Convolutions in single precision use all of it instead of TF32.
        with torch.backends.cudnn.flags(allow_tf32=False):
            return self._predict(batch)

    def _predict(self, batch: Sequence[Prepared]) -> list[ImagePrediction]:
        images = torch.from_numpy(np.stack([image.packed for image in batch])).to(self.device)
        told = self.bundle.metadata
        segmentation_folds = self.folds_of(batch, "segmentation")
        masks = self.segmentation.masks(images, segmentation_folds)
        boxes, found = zip(*map(self.segmentation.box, masks), strict=True)
        over = partial(self._input_masks, masks=masks, boxes=boxes, found=found)
        symmetry_folds = self.folds_of(batch, "symmetry")
        symmetry, cams = self.symmetry.maps(images, over(told["symmetry"]["mask"]), symmetry_folds)
        given = cams if told["lesion"]["takes_cams"] else None
        lesion = self.lesion.classify(images, over(told["lesion"]["mask"]), given)
        scores = self.unlike.scores(images)
        return [
            ImagePrediction(
                sha256=image.sha256,
                packed=image.packed,
                hair_share=image.hair_share,
                mask=masks[k],
                box=boxes[k],
                lesion_found=found[k],
                segmentation_fold=int(segmentation_folds[k]),
                symmetry_fold=int(symmetry_folds[k]),
                symmetry=symmetry[k],
                symmetry_cam=cams[k].numpy(),
                networks=lesion.networks[k],
                probabilities=lesion.probabilities[k],
                low=lesion.low[k],
                high=lesion.high[k],
                lesion_cam=lesion.cams[k],
                unlike_score=float(scores[k]),
                unlike=bool(scores[k] > self.unlike.threshold),
                known=image.known,
                path=image.path,
            )
            for k, image in enumerate(batch)
        ]

    def _input_masks(self, mask: str, masks, boxes, found) -> torch.Tensor | None:
        over = input_masks(mask, masks, boxes, found)
        return None if over is None else over.to(self.device)

    def folds_of(self, batch: Sequence[Prepared], stage: str) -> np.ndarray:
        """Return the fold whose network serves each image, (B,) int64.

        An image of the study has the one that it has there; for a new one a hash of the image chooses.
        """
        part = self.bundle.metadata[stage]
        if part.get("averaged"):
            return np.full(len(batch), ALL_FOLDS)
        folds = sorted(map(int, part["networks"]))
        own = [image.known and getattr(image.known, f"{stage}_fold") for image in batch]
        chosen = [folds[shard_of(image.sha256, len(folds))] for image in batch]
        return np.array([fold if fold in folds else by_hash for fold, by_hash in zip(own, chosen, strict=True)])
