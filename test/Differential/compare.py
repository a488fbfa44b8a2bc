"""When is a result right? The rules of the project's numerics, as functions of NumPy arrays."""

from dataclasses import dataclass, replace

import numpy as np

from program import DTYPES

# Least size of a sum, relative to the sum of its terms' magnitudes, that errors are measured against.
CANCELLATION = 1.0 / 16.0
EPSILON = {"f64": 2.0**-52, "f32": 2.0**-23, "f16": 2.0**-10, "bf16": 2.0**-7}
# Relative Frobenius error allowed against float64 where the type itself is not the limit.
PLAIN = {"f64": 1e-12, "f32": 1e-5}


def round_to(element):
    """Rounding of every intermediate result to `element`: an unfused evaluation in that type."""
    return lambda x: np.asarray(x, np.float64).astype(DTYPES[element]).astype(np.float64)


@np.errstate(all="ignore")
def error(actual, expected):
    """Relative Frobenius error over the entries that are finite in both."""
    finite = np.isfinite(expected) & np.isfinite(actual)
    difference, size = np.where(finite, actual - expected, 0.0), np.where(finite, expected, 0.0)
    norm = np.sqrt((size * size).sum())
    return float(np.sqrt((difference * difference).sum()) / norm) if norm > 0 else float(np.abs(difference).max(initial=0))


def tolerance(element, largest_logit, unfused_error=0.0):
    """f32, f64: a fixed bound up to |logit| 45, then growing with the logit, whose own rounding limits the weights.
    16 bit: twice the error of the unfused evaluation, and never less than the rounding of the result itself."""
    if element in PLAIN:
        return PLAIN[element] * max(1.0, largest_logit / 45.0)
    return max(2.0 * unfused_error, EPSILON[element])


@dataclass
class Rule:
    """Which error is right. Errors are relative to the Frobenius norm of the expected result, or of CANCELLATION times
    `terms` per entry where that is larger. A sum of n terms is off by roundings of its terms, whatever it comes out as: terms of
    random signs leave 1/sqrt(n) of their magnitudes, which a result of many entries shows in its norm, but a result of
    one entry may be 0 by chance, and no arithmetic is then within 1e-5 of it. 1/16 is what 256 terms leave, so the bound
    in f32 is never below 5 roundings of the terms, while one lost or doubled term of 1000 is off by 100 such bounds."""

    bound: float  # of the relative error; single rows get 30 times as much
    log: bool = False  # a log-sum-exp: measured against at least 1 per entry, NaN may be +inf
    terms: float = 0.0  # typical sum of the magnitudes of what an entry is the sum of

    def twice(self):
        """For two results, each with an error of its own."""
        return replace(self, bound=2 * self.bound)


def _pattern(actual, expected, log):
    """Where the non-finite entries are wrong. An infinite result may come out as NaN when 0 times infinity is
    a matter of the type's range, but nothing finite may take the place of something that is not, or the reverse."""
    minus = np.isneginf(expected) if log else np.zeros(expected.shape, bool)
    wrong = minus & ~np.isneginf(actual)
    wrong |= np.isfinite(expected) & ~np.isfinite(actual)
    wrong |= ~np.isfinite(expected) & np.isfinite(actual)
    if not log:
        wrong |= np.isnan(expected) & np.isinf(actual)
    return wrong


@np.errstate(all="ignore")
def typical(array):
    """Root mean square of the finite entries."""
    finite = np.isfinite(array)
    return float(np.sqrt((np.where(finite, array, 0.0) ** 2).sum() / max(finite.sum(), 1)))


@np.errstate(all="ignore")
def mismatch(actual, expected, rule):
    """None if `actual` is right, otherwise what is wrong with it in one line."""
    expected = np.asarray(expected, np.float64)
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    if actual.size == 0:
        return None
    actual = actual.astype(np.float64)
    wrong = _pattern(actual, expected, rule.log)
    if wrong.any():
        where = tuple(int(k) for k in np.argwhere(wrong)[0])
        return f"{int(wrong.sum())} wrong non-finite entries, first at {list(where)}: got {actual[where]}, expected {expected[where]}"
    finite = np.isfinite(expected) & np.isfinite(actual)
    difference, size = np.where(finite, actual - expected, 0.0), np.where(finite, expected, 0.0)
    if rule.log:
        difference, size = difference.reshape(-1, 1), np.maximum(np.abs(size), 1.0).reshape(-1, 1)
    else:
        difference, size = (x.reshape(-1, x.shape[-1] if x.ndim else 1) for x in (difference, size))
    rows, row_sizes = np.sqrt((difference**2).sum(-1)), np.sqrt((size**2).sum(-1))
    norm = max(np.sqrt((row_sizes**2).sum()), CANCELLATION * rule.terms * np.sqrt(finite.sum()))
    if norm == 0.0:
        return None if rows.max() == 0.0 else f"got {rows.max():.3g} where everything is 0"
    relative = np.sqrt((rows**2).sum()) / norm
    by_row = rows / (row_sizes + norm / np.sqrt(len(rows)))
    worst = int(by_row.argmax())
    if relative > rule.bound:
        return f"relative error {relative:.3g} above {rule.bound:.3g}, worst in row {worst} of {len(rows)}"
    if by_row[worst] > 30 * rule.bound:
        return f"error {by_row[worst]:.3g} of row {worst} of {len(rows)} above {30 * rule.bound:.3g}"
    return None
