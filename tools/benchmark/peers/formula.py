"""What the evaluations of the plain formula need, in any library: masks and scales that do not depend on the data."""

import numpy as np

from peers.base import demand

LARGEST = 2**31  # bytes of scores and masks that are still worth a try


def check(problem, masks=True):
    """Raises Unsupported where all scores at a time would not fit, and a mask per level unless `masks` is false."""
    pairs = 4 * problem.queries * problem.num_keys
    scores = pairs * problem.batch * problem.heads * problem.group
    if masks and problem.structure is not None and not problem.level_caches:
        scores += pairs * len(problem.structure.ranks)
    demand(scores <= LARGEST, f"all scores and masks take {scores / 2**30:.1f} GiB")


def presence(problem):
    """Boolean mask that broadcasts over batch x heads x queries x keys, or None if every pair exists."""
    if problem.window is None and problem.lengths is None and problem.documents is None:
        return None
    _, low, high = problem.intervals()
    position = np.arange(problem.num_keys)
    mask = (position >= low[..., None]) & (position < high[..., None])
    return mask[:, None] if problem.lengths is not None else mask[:1, None]


def levels(problem):
    """(columns, first key, activity or None) of each level, and the weight of each pair (None without structure)."""
    if problem.structure is None:
        return [(slice(0, problem.depth), 0, None)], None
    position, result, depth = np.arange(problem.num_keys), [], 0
    for level, (columns, _, low, high) in enumerate(problem.level_intervals()):
        active = (position >= low[0, :, None]) & (position < high[0, :, None])
        depth = depth + active
        start = problem.structure.cache_start(level, problem.offset) if problem.level_caches else 0
        whole = problem.structure.extents[level] is None or problem.level_caches
        result.append((columns, start, None if whole else active[:, start:].astype(np.float32)))
    weight = (1.0 / np.maximum(depth, 1)).astype(np.float32) if problem.structure.mean else None
    return result, weight


def column_scales(problem):
    """What each column of the queries is multiplied by beforehand."""
    scales = np.full(problem.depth, problem.scale, np.float32)
    if problem.structure is not None:
        for columns, scale in zip(problem.structure.columns(), problem.structure.scales()):
            scales[columns] *= scale
    return scales


def four_dimensional(problem, inputs):
    """Queries as batch x (key heads) x (group * queries) x depth, keys, values: grouped heads are rows of one product."""
    query = inputs["query"][:, None] if problem.shared_queries else inputs["query"]
    query = query.reshape(problem.batch, 1 if problem.shared_queries else problem.heads, -1, problem.depth)
    keys = [array for name, array in inputs.items() if name.startswith("key")]
    return query, keys, inputs["value"]


def over_group(problem, array):
    """A mask or weight over queries x keys for the rows that four_dimensional gives."""
    return array if array is None or problem.group == 1 else np.concatenate([array] * problem.group, axis=-2)
