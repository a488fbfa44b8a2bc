"""Plots of a run: share of the FMA peak against length, speed-up against its FLOP bound."""

import os
import re

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 (the backend has to be chosen first)

import verdict  # noqa: E402
from report import ACCEPTED, label  # noqa: E402

STYLE = {
    "figure.dpi": 110,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "font.size": 9,
    "svg.hashsalt": "sattn",
    "svg.fonttype": "none",
}
# Files depend on the results alone.
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
OURS = "sattn"


def _length(entry):
    return int(re.search(r"\bT=(\d+)", entry["name"]).group(1))


def _lines(entries):
    """For each method the share at each length, the better of its allocator settings; ours first."""
    lines = {}
    for entry in entries:
        for participant in entry["participants"]:
            if participant["role"] == "baseline" or participant["status"] not in ACCEPTED:
                continue
            points, length = lines.setdefault(label(participant), {}), _length(entry)
            share = participant["share"]
            if length not in points or share["median"] > points[length]["median"]:
                points[length] = share
    return dict(sorted(lines.items(), key=lambda item: item[0] != OURS))


def _draw(axes, lines, colours, title):
    """Ours is thick, with quartiles."""
    for name, points in lines.items():
        lengths = sorted(points)
        percent = lambda which: [100 * points[length][which] for length in lengths]
        width = 2.5 if name == OURS else 1
        axes.plot(
            lengths, percent("median"), marker="o", markersize=3, linewidth=width, color=colours[name], label=name
        )
        if name == OURS:
            axes.fill_between(
                lengths, percent("first_quartile"), percent("third_quartile"), color=colours[name], alpha=0.2
            )
    axes.set(title=title, xlabel="T", ylabel="% of FMA peak", ylim=(0, 100))
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(matplotlib.ticker.ScalarFormatter())


def plot_shares(entries, path):
    """Percent of peak against T, one picture per kind of row; None if no row belongs to a line."""
    series = {}
    for entry in entries:
        if entry["axis"] and entry["limit"] == "flops" and "bound" not in entry:
            series.setdefault(entry["axis"], []).append(entry)
    if not series:
        return None
    pictures = {title: _lines(members) for title, members in series.items()}
    names = list(dict.fromkeys(name for lines in pictures.values() for name in lines))
    colours = {name: plt.get_cmap("tab20")(2 * place % 20 + place // 10) for place, name in enumerate(names)}
    columns = min(2, len(series))
    rows = -(-len(series) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(5.2 * columns, 3.2 * rows + 1), squeeze=False, layout="constrained"
    )
    for axes in grid.flat[len(series) :]:
        axes.remove()
    for axes, (title, lines) in zip(grid.flat, pictures.items()):
        _draw(axes, lines, colours, title)
    handles = {text: handle for axes in figure.axes for handle, text in zip(*axes.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2 * columns, fontsize=7)
    return _save(figure, path)


def plot_speedups(entries, path):
    """Measured speed-up of each structured row beside the ratio of its FLOPs; None without such rows."""
    known = [
        (entry["name"], verdict.speedup(entry), entry["bound"])
        for entry in entries
        if entry["target"]["kind"] in ("speedup", "bound") and entry["threads"] == 1 and entry["bound"] > 1.001
    ]
    known = [item for item in known if item[1]]
    if not known:
        return None
    names, measured, bounds = zip(*known)
    places = range(len(names))
    figure, axes = plt.subplots(figsize=(7.5, 0.8 + 0.33 * len(names)), layout="constrained")
    axes.barh(places, bounds, height=0.7, color="0.85", label="ratio of FLOPs")
    axes.barh(places, measured, height=0.4, label="measured")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks(places, names, fontsize=7)
    axes.invert_yaxis()
    axes.set(xlabel="speed-up over our own dense kernel")
    axes.legend(fontsize=7)
    return _save(figure, path)


def _save(figure, path):
    figure.savefig(path, metadata=NO_METADATA)
    plt.close(figure)
    return path


def write(report, stem):
    """Writes the plots beside `stem`; returns (caption, file name) of each."""
    with plt.rc_context(STYLE):
        made = [
            ("Percent of FMA peak against T", plot_shares(report["rows"], f"{stem}-peak.svg")),
            ("Speed-up and FLOP bound", plot_speedups(report["rows"], f"{stem}-speedup.svg")),
        ]
    return [(caption, os.path.basename(path)) for caption, path in made if path]
