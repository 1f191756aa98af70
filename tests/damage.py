"""What becomes of files on a failing disk."""

import random

CUTS, FLIPS = 20, 20


def damaged(content: bytes, seed: int = 0) -> list[bytes]:
    """A file's content cut at random places, and with one random byte flipped."""
    rng = random.Random(seed)
    cuts = [content[: rng.randrange(len(content))] for _ in range(CUTS)]
    flips = []
    for _ in range(FLIPS):
        flipped = bytearray(content)
        flipped[rng.randrange(len(content))] ^= rng.randrange(1, 256)
        flips.append(bytes(flipped))
    return cuts + flips
