"""Studies of two cells whose true difference is known, to try intervals and tests on.

A network recognises a class with a probability that depends on the luck of its training. Which images it recognises is
drawn from that probability: each compares a normal variable of its own with a threshold, and the variables of a
lesion's images, of a cell's networks and of both cells share parts. So a network's expected confusion matrix over all
lesions is known exactly, however much errors go together.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from selcn.evaluation.comparisons.confusion import scores_of
from selcn.evaluation.comparisons.measured import Predictions

CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
PREVALENCE = np.array([0.033, 0.051, 0.11, 0.012, 0.111, 0.669, 0.014])
RECOGNISED = np.array([0.5, 0.65, 0.6, 0.45, 0.55, 0.9, 0.75])
IMAGES_OF_A_LESION = np.array([0.72, 0.16, 0.07, 0.03, 0.02])
"""Share of lesions with 1 to 5 images."""

# Shares of the variance: what makes a lesion hard for every network, an image, a lesion for one cell; the rest is a
# network's own.
LESION, IMAGE, LESION_FOR_CELL = 0.35, 0.15, 0.2
# Networks to average over where the truth is that of all trainings.
TRAININGS = 200_000


@dataclass(frozen=True)
class Study:
    """A kind of study.

    Attributes
    ----------
    seeds, folds, lesions
        How many.
    effect
        How much better the first cell recognises each class, on the scale of logits.
    seed_luck, fold_luck
        Standard deviations on the same scale: of what all folds of a seed have in common, and of each network.
    """

    seeds: int
    folds: int
    lesions: int
    effect: float
    seed_luck: float
    fold_luck: float

    def confusions(self, trainings: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
        """Return expected confusion matrices (2, seeds, folds, K, K) of networks trained anew; each sums to 1."""
        seeds, folds = trainings
        luck = self.seed_luck * generator.standard_normal((2, seeds, 1, len(CLASSES)))
        luck = luck + self.fold_luck * generator.standard_normal((2, seeds, folds, len(CLASSES)))
        effect = np.array([self.effect, 0])[:, None, None, None]
        right = expit(logit(RECOGNISED) + effect + luck)
        matrices = (1 - right)[..., None] * _mistakes()
        matrices[..., np.arange(len(CLASSES)), np.arange(len(CLASSES))] = right
        return matrices * PREVALENCE[:, None]

    def run(self, generator: np.random.Generator) -> tuple[Predictions, np.ndarray]:
        """Return predictions, and these networks' own difference on all lesions (4 metrics)."""
        confusions = self.confusions((self.seeds, self.folds), generator)
        lesion = np.repeat(np.arange(self.lesions), 1 + generator.choice(5, self.lesions, p=IMAGES_OF_A_LESION))
        label = generator.choice(len(CLASSES), self.lesions, p=PREVALENCE)[lesion]
        predicted = _predict(confusions, label, self._hardness(lesion, generator))
        study = Predictions(("cls-none_sym-none", "cls-none_sym-off"), CLASSES, lesion, label, predicted)
        return study, difference(confusions)

    def _hardness(self, lesion: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return uniform variables (2, S, F, N), which networks share in part."""
        normal, images = generator.standard_normal, len(lesion)
        shared = LESION**0.5 * normal(self.lesions)[lesion] + IMAGE**0.5 * normal(images)
        cell = LESION_FOR_CELL**0.5 * normal((2, 1, 1, self.lesions))[..., lesion]
        own = (1 - LESION - IMAGE - LESION_FOR_CELL) ** 0.5 * normal((2, self.seeds, self.folds, images))
        return ndtr(shared + cell + own)

    def difference_of_trainings(self, generator: np.random.Generator) -> np.ndarray:
        """Return the difference (4 metrics) expected on all lesions from networks trained anew."""
        return difference(self.confusions((TRAININGS, 1), generator))


def difference(confusions: np.ndarray) -> np.ndarray:
    """Return the difference of the two cells' metrics, averaged over networks."""
    first, second = scores_of(confusions).mean(axis=(1, 2))
    return first - second


def _mistakes() -> np.ndarray:
    """Return for each class (row) the shares of the classes that it is mistaken for: they go with the prevalence."""
    shares = np.tile(PREVALENCE, (len(CLASSES), 1))
    np.fill_diagonal(shares, 0)
    return shares / shares.sum(axis=1, keepdims=True)


def _predict(confusions: np.ndarray, label: np.ndarray, hardness: np.ndarray) -> np.ndarray:
    right = np.diagonal(confusions, axis1=-2, axis2=-1)[..., label] / PREVALENCE[label]
    missed = hardness > right
    rest = (hardness - right)[missed] / (1 - right)[missed]
    predicted = np.broadcast_to(label, hardness.shape).astype(np.int16)
    # A missed image's class: where the rest of its variable falls among the shares of the mistakes.
    upper = np.cumsum(_mistakes(), axis=1)[predicted[missed]]
    predicted[missed] = np.minimum((rest[:, None] > upper).sum(axis=1), len(CLASSES) - 1)
    return predicted
