"""The JSON file of a run as Markdown."""

import verdict

ACCEPTED = ("measured", "once")
UNTRIED = ("unsupported", "missing", "left out")


def milliseconds(spread):
    """Median with quartiles in a unit that suits it."""
    unit, factor = ("us", 1e6) if spread["median"] < 1e-3 else ("ms", 1e3)
    first, median, third = (spread[name] * factor for name in ("first_quartile", "median", "third_quartile"))
    return f"{median:.4g} {unit} ({first:.4g}..{third:.4g})"


def figure(kind, value):
    """A figure in the unit of its target."""
    if value is None:
        return "-"
    if kind in ("peak", "bandwidth", "bound", "saving"):
        return f"{100 * value:.1f} %"
    if kind == "seconds":
        return f"{1e6 * value:.2f} us"
    return f"{value:.1e}" if kind == "error" else f"{value:.2f}"


def table(head, rows):
    """A Markdown table."""
    line = lambda cells: "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


def label(participant):
    """Peer and method in one name."""
    peer, method = participant["peer"], participant["method"]
    return peer if method in ("", peer) else f"{peer} {method}"


def groups(entries):
    """Entries by group, in order."""
    result = {}
    for entry in entries:
        result.setdefault(entry["group"], []).append(entry)
    return result


# ---- ours ----

OURS_HEAD = ("row", "ours", "reached", "target", "", "share", "x hand-written", "fastest peer (x ours)", "error")


def _ours(entry):
    mine, target = verdict.ours(entry), entry["target"]
    wanted = "-"
    if target["kind"] != "none":
        sign = "<=" if target["kind"] in verdict.SMALLER else ">="
        wanted = f"{sign} {figure(target['kind'], target['value'])} {verdict.OF[target['kind']]}"
    if mine is None:
        return [entry["name"], "no accepted time", "-", wanted, verdict.judge(entry), "-", "-", "-", "-"]
    peer, over = verdict.fastest_peer(entry), verdict.over_hand_written(entry)
    reached = figure(target["kind"], verdict.reached(entry))
    if "bound" in entry and target["kind"] != "none":
        reached += f" (speed-up {verdict.speedup(entry) or 0:.2f}, bound {entry['bound']:.2f})"
    return [
        entry["name"],
        milliseconds(mine["time"]),
        reached,
        wanted,
        verdict.judge(entry),
        f"{100 * mine['share']['median']:.1f} %",
        f"{over:.2f}" if over else "-",
        f"{label(peer)} ({peer['over_ours']['median']:.2f})" if peer else "-",
        f"{mine['error']:.1e}",
    ]


# ---- everybody ----


def _cell(kept, default):
    """x ours with scratch kept, [by default]; * is one call only."""

    def ratio(participant):
        if participant is None:
            return None
        if participant["status"] not in ACCEPTED:
            return participant["status"]
        star = "*" if participant["status"] == "once" else ""
        return (
            f"{participant['over_ours']['median']:.2f}{star}"
            if "over_ours" in participant
            else milliseconds(participant["time"])
        )

    if kept is not None and default is not None and _alike(kept, default):
        default = None
    kept, default = ratio(kept), ratio(default)
    if default is None:
        return kept or "-"
    return f"[{default}]" if kept is None else f"{kept} [{default}]"


def _alike(kept, default):
    """Whether the allocator makes no difference beyond 5 %."""
    if kept["status"] not in ACCEPTED or default["status"] not in ACCEPTED:
        return kept["status"] == default["status"]
    return 0.95 <= kept["time"]["median"] / default["time"]["median"] <= 1.05


def _peer_table(entries):
    """One line per row, one column per method that was timed in any of them."""
    names = []
    for entry in entries:
        names += [
            label(p)
            for p in entry["participants"]
            if p["role"] != "baseline" and label(p) not in names and p["status"] not in UNTRIED
        ]

    def cells(entry):
        at = {(label(p), p["malloc"]): p for p in entry["participants"] if p["role"] != "baseline"}
        hide = lambda p: None if p is not None and p["status"] in UNTRIED else p
        return [_cell(hide(at.get((name, "kept"))), hide(at.get((name, "default")))) for name in names]

    return table(("row", *names), [[entry["name"], *cells(entry)] for entry in entries])


def _gaps(entries):
    """Who was not timed and why, each reason once."""
    reasons = {}
    for entry in entries:
        for participant in entry["participants"]:
            if participant["status"] not in ACCEPTED:
                reason = " ".join(participant["reason"].split())[:200]
                key = (label(participant), participant["status"], reason)
                reasons.setdefault(key, []).append(entry["name"])

    def line(key, rows):
        name, status, reason = key
        rows = list(dict.fromkeys(rows))
        where = rows[0] if len(rows) == 1 else f"{len(rows)} rows"
        return f"- {name}, {where}: {status}, {reason}"

    return "\n".join(line(*item) for item in reasons.items())


# ---- resources ----


def _mib(size):
    return "-" if size is None else f"{size / 2**20:.2f}"


def _default(participants):
    """Those with the default allocator if there are any: it gives memory back, so what a call adds is seen."""
    return [p for p in participants if p["malloc"] == "default"] or participants


def _resources(entries):
    """Compile time and memory of ours, and the peer that needs the least."""
    rows = []
    for entry in entries:
        mine = next(iter(_default(verdict.find(entry, "ours"))), None)
        if mine is None:
            continue
        peers = [p for p in _default(verdict.find(entry, "peer")) if p.get("memory") is not None]
        least = min(peers, key=lambda p: p["memory"], default=None)
        warm = entry["warm_compile_seconds"]
        rows.append(
            [
                entry["name"],
                "-" if warm is None else f"{warm:.3f}",
                f"{mine['compile_seconds']:.2f}",
                _mib(mine.get("memory")),
                f"{label(least)} {_mib(least['memory'])}" if least else "-",
            ]
        )
    head = ("row", "compile s, warm", "sattn-compile s, linking included", "MiB added by a call", "least of the peers")
    return table(head, rows)


def _extremes(entries):
    """The largest error, compile time and memory, which have targets of their own."""

    def line(what, target, factor, unit, values):
        known = [(value * factor, name) for value, name in values if value is not None]
        if not known:
            return None
        value, name = max(known)
        over = sum(1 for other, _ in known if other > target)
        return f"- {what}: at most {value:.3g}{unit} ({name}); target {target:g}{unit}, above it {over} of {len(known)} rows"

    ours = [
        (entry, mine) for entry in entries for mine in [next(iter(_default(verdict.find(entry, "ours"))), None)] if mine
    ]
    exact = [
        (mine["error"], entry["name"])
        for entry, mine in ours
        if entry["element"] == "f32" and "65536" not in entry["name"]
    ]
    lines = [
        line("Error of f32 rows up to 8192 keys", 1e-6, 1, "", exact),
        line(
            "Error of f32 rows of 65536 keys",
            2e-6,
            1,
            "",
            [
                (mine["error"], entry["name"])
                for entry, mine in ours
                if entry["element"] == "f32" and "65536" in entry["name"]
            ],
        ),
        line(
            "Compile time in a warm process",
            0.3,
            1,
            " s",
            [(entry["warm_compile_seconds"], entry["name"]) for entry in entries],
        ),
        line(
            "Memory that a call adds", 1, 2**-20, " MiB", [(mine.get("memory"), entry["name"]) for entry, mine in ours]
        ),
    ]
    return "\n".join(filter(None, lines))


# ---- the page ----


def _machine(report):
    machine, settings = report["machine"], report["settings"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    mhz = ", ".join(f"{value:.0f}" for value in machine["mhz"])
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    loads = [entry["load"] for entry in report["rows"]]
    return f"""- Machine: {machine["cpu"]} (family {machine["family"]}, model {machine["model"]}), {machine["cores"]} cores\
{", virtual" if machine["virtual"] else ""}, {", ".join(machine["vectors"])}; {caches}; {machine["memory_gib"]} GiB
- Frequencies: {mhz} MHz as the kernel says, governor {machine["governor"] or "not visible"}; transparent huge pages {machine["huge_pages"]}
- System: Linux {machine["kernel"]}, {machine["libc"]}, Python {machine["python"]}; load average {min(loads):.1f} to {max(loads):.1f}
- Versions: {versions}
- Rounds: {settings["rounds"]}; one-thread rows on core {settings["core"]} in processor time, the others in wall time
- Command: `{report["command"]}`"""


EXPLANATION = """Times are medians with quartiles. *Share* is that of the FMA peak (rows that are limited by reading: of the
read bandwidth), probed before and after each sample; only FLOPs and bytes that are really needed count. *Fastest peer*
and the tables of peers give time divided by ours in the same round, with freed memory kept by the allocator and, where that is
more than 5 % apart, in brackets by default; * is a peer so slow that it was timed once. Errors are relative (Frobenius) against float64."""


def write(report, peers_page, plots=()):
    """The page with our figures and their targets; `peers_page` is the name of the other one."""
    rows = report["rows"]
    verdicts = [verdict.judge(entry) for entry in rows]
    parts = [
        f"# Benchmark of {report['date'][:10]}",
        _machine(report),
        f"{EXPLANATION} The times of all peers, and what was not timed and why, are in [{peers_page}]({peers_page}).",
        f"Targets met: {verdicts.count('met')} of {sum(1 for v in verdicts if v)}. "
        f"Missed: {verdicts.count('missed')}, not measured: {verdicts.count('not measured')}.",
    ]
    if not report["finished"]:
        parts.append("**The run was interrupted: rows are missing.**")
    parts += [f"![{caption}]({path})" for caption, path in plots]
    for name, entries in groups(rows).items():
        parts += [f"## {name}", table(OURS_HEAD, map(_ours, entries))]
    parts += ["## Error, compile time, memory", _extremes(rows), _resources(rows)]
    return "\n\n".join(parts) + "\n"


def write_peers(report):
    """The page with everybody's times relative to ours."""
    parts = [f"# Peers, benchmark of {report['date'][:10]}", EXPLANATION]
    for name, entries in groups(report["rows"]).items():
        parts += [f"## {name}", _peer_table(entries)]
    gaps = _gaps(report["rows"])
    if gaps:
        parts += ["## Not timed", gaps]
    return "\n\n".join(parts) + "\n"
