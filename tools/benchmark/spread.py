"""Medians and quartiles."""

import numpy as np


def quartiles(sample):
    """First quartile, median and third quartile of a sample, or None of an empty one."""
    if len(sample) == 0:
        return None
    first, median, third = np.percentile(sample, (25, 50, 75))
    return {"first_quartile": float(first), "median": float(median), "third_quartile": float(third)}


def median(sample):
    """The median of a sample."""
    return float(np.median(sample))
