"""Circles whose areas, and whose common area, are given numbers."""

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["distance", "intersection", "lens"]

Point = tuple[float, float]


def _segment(r: float, x: float) -> float:
    """The area of a disk of radius r to the right of the chord at x."""
    x = min(max(x, -r), r)
    return r * r * math.acos(x / r) - x * math.sqrt(r * r - x * x) if r else 0.0


def lens(r: float, s: float, d: float) -> float:
    """The area that two disks share whose centers are d apart."""
    if d >= r + s:
        return 0.0
    if d <= abs(r - s):
        return math.pi * min(r, s) ** 2
    # Where the line of the two crossings cuts the line of the centers.
    x = (d * d + r * r - s * s) / (2 * d)
    return _segment(r, x) + _segment(s, d - x)


def distance(r: float, s: float, area: float) -> float:
    """How far apart the centers are of disks that share this area."""
    near, far = abs(r - s), r + s
    if area <= 0:
        return far
    for _ in range(60):
        middle = (near + far) / 2
        if lens(r, s, middle) > area:
            near = middle
        else:
            far = middle
    # One within the other is reached exactly.
    return near


def intersection(centers: Sequence[Point], radius: float) -> np.ndarray:
    """Corners of the region that disks of one radius share, in order around it."""
    turn = np.linspace(0, 2 * np.pi, 721)
    circle = radius * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    edges = np.concatenate([np.asarray(center) + circle for center in centers])
    gaps = np.linalg.norm(edges[:, None] - np.asarray(centers)[None], axis=-1)
    inside = edges[(gaps <= radius * (1 + 1e-9)).all(axis=-1)]
    middle = inside.mean(axis=0)
    angle = np.arctan2(*(inside - middle).T[::-1])
    return inside[np.argsort(angle)]
