"""Position structures: how many leading columns a pair of positions uses."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Structure:
    """Nested levels, coarse to fine. Level l adds `ranks[l]` columns, each product scaled by 1 / ranks[l]."""

    ranks: tuple
    extents: tuple  # None is every position
    mean: bool = True  # divide by the number of levels that a pair shares

    def intervals(self, positions, low, high):
        """For each level the half-open interval of key positions of each query, within [low, high)."""
        result = []
        for extent in self.extents:
            if extent is not None:
                start, end = self._reach(positions, extent)
                low, high = np.maximum(low, start), np.minimum(high, end)
            result.append((low, np.maximum(low, high)))
        return result

    def scales(self):
        return [1.0 / rank for rank in self.ranks]

    def columns(self):
        """The slice of columns of each level."""
        ends = np.cumsum(self.ranks)
        return [slice(int(end - rank), int(end)) for end, rank in zip(ends, self.ranks)]

    def text(self):
        """The attribute."""
        extents = ", ".join("*" if extent is None else str(extent) for extent in self.extents)
        scales = ", ".join(repr(scale) for scale in self.scales())
        return (
            f"#sattn.{self.KIND}<ranks = [{', '.join(map(str, self.ranks))}], {self.KEY} = [{extents}], "
            f"scales = [{scales}]{', mean' if self.mean else ''}>"
        )


class Levels(_Structure):
    """MLR attention: a level is active while query and key lie in one aligned block of it."""

    KIND, KEY = "levels", "blocks"

    @staticmethod
    def _reach(positions, extent):
        start = positions // extent * extent
        return start, start + extent

    def cache_start(self, level, position):
        """The first position that the key cache of a level holds, for a query at `position`."""
        extent = self.extents[level]
        return 0 if extent is None else position // extent * extent


class Bands(_Structure):
    """A level is active while the distance of query and key is below its width."""

    KIND, KEY = "bands", "widths"

    @staticmethod
    def _reach(positions, extent):
        return positions - extent + 1, positions + extent


def halving(ranks, tokens):
    """The paper's levels: every position, then blocks of half the length, a quarter, ..."""
    return Levels(tuple(ranks), (None, *(tokens >> level for level in range(1, len(ranks)))))
