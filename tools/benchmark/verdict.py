"""What a row reached, and whether that is its target."""

OF = {
    "peak": "of FMA peak",
    "bandwidth": "of read bandwidth",
    "speedup": "x baseline",
    "bound": "of the FLOP bound",
    "saving": "of the saved bytes",
    "seconds": "a call",
    "fastest": "x the fastest peer",
    "error": "error",
}
SMALLER = ("seconds", "fastest", "error")


def find(entry, role, peer=None):
    """The participants of a role (and peer) whose time was accepted."""
    return [
        p
        for p in entry["participants"]
        if p["role"] == role and p["status"] in ("measured", "once") and peer in (None, p["peer"])
    ]


def ours(entry):
    """Our participant that counts, the first allocator setting; None if there is no accepted time."""
    return next(iter(find(entry, "ours")), None)


def fastest_peer(entry):
    """The fastest participant of somebody else, hand-written kernels apart."""
    others = [p for p in find(entry, "peer") if p["peer"] != "hand-written"]
    return min(others, key=lambda p: p["time"]["median"], default=None)


def hand_written(entry):
    """The hand-written kernel, if it was timed."""
    return min(find(entry, "peer", "hand-written"), key=lambda p: p["time"]["median"], default=None)


def speedup(entry):
    """Time of the baseline divided by ours."""
    baseline = next(iter(find(entry, "baseline")), None)
    return baseline["over_ours"]["median"] if baseline else None


def reached(entry):
    """The figure that the target of the row is about, or None."""
    mine, kind = ours(entry), entry["target"]["kind"]
    if mine is None:
        return None
    if kind in ("peak", "bandwidth"):
        return mine["share"]["median"]
    if kind == "seconds":
        return mine["time"]["median"]
    if kind == "error":
        return mine["error"]
    if kind == "fastest":
        peer = fastest_peer(entry)
        return peer and 1 / peer["over_ours"]["median"]
    ratio = speedup(entry)
    if ratio is None or kind not in ("speedup", "bound", "saving"):
        return ratio
    if kind == "bound":
        return ratio / entry["bound"]
    return ratio if kind == "speedup" else (1 - 1 / ratio) / (1 - 1 / entry["bound"])


def over_hand_written(entry):
    """Our speed relative to the hand-written kernel."""
    kernel = hand_written(entry)
    return kernel and ours(entry) and kernel["over_ours"]["median"]


def judge(entry):
    """ "met", "missed", "not measured" or "" for a row without target."""
    target = entry["target"]
    if target["kind"] == "none":
        return ""
    value = reached(entry)
    if value is None:
        return "not measured"
    good = value <= target["value"] if target["kind"] in SMALLER else value >= target["value"]
    over = over_hand_written(entry)
    if target["over_hand_written"] and over is not None:
        good = good and over >= target["over_hand_written"]
    return "met" if good else "missed"
