"""Measures this project's kernels beside the machine's limits and other libraries. README.md says what and how.

The results are written after each row, so an interrupted run leaves what it has.
"""

import argparse
import datetime
import json
import os
import re
import shlex
import signal
import sys
import tempfile

import machine
import peers
import report
import verdict
from processes import Processes
from rounds import RowRun, Settings
from rows import all_rows

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--group", action="append", help="only this group of rows (repeat for several)")
    parser.add_argument("--row", help="only rows whose name contains this text")
    parser.add_argument(
        "--quick", action="store_true", help="one row per group, 3 rounds, one allocator setting: a trial"
    )
    parser.add_argument("--list", action="store_true", help="print groups and rows, measure nothing")
    parser.add_argument(
        "--peers", help=f"of {', '.join(peers.MODULES)}, separated by commas; empty is none (default: all)"
    )
    parser.add_argument("--malloc", choices=("kept", "default", "both"), help="allocator settings (default: both)")
    parser.add_argument("--rounds", type=int, help="alternating rounds (default: 9)")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="core of one-thread rows")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="build folder (default: build)")
    parser.add_argument("--hand-written", metavar="FOLDER", help="folder of hand-written kernels to time, with kern.h")
    parser.add_argument(
        "--output",
        metavar="STEM",
        help="where results go: STEM.json, STEM*.md, STEM-*.svg (default: build/benchmark/results)",
    )
    parser.add_argument("--render", metavar="FILE.json", help="measure nothing, write table and plots of these results")
    arguments = parser.parse_args()
    if arguments.peers is not None:
        unknown = set(filter(None, arguments.peers.split(","))) - set(peers.MODULES)
        if unknown:
            parser.error(f"expected peers of {', '.join(peers.MODULES)}, got {', '.join(sorted(unknown))}")
    if not 0 <= arguments.core or arguments.core not in os.sched_getaffinity(0):
        parser.error(f"expected a core of {sorted(os.sched_getaffinity(0))}, got {arguments.core}")
    return arguments


def choose_rows(arguments):
    """The rows that the command line asks for."""
    rows = all_rows()
    groups = list(dict.fromkeys(row.group for row in rows))
    for group in arguments.group or []:
        if group not in groups:
            sys.exit(f"error: expected a group of {', '.join(groups)}, got {group}")
    rows = [row for row in rows if not arguments.group or row.group in arguments.group]
    rows = [row for row in rows if not arguments.row or arguments.row in row.name]
    rows = [row for row in rows if row.quick or not arguments.quick]
    if not rows:
        sys.exit("error: no row has that name")
    return rows


def make_settings(arguments):
    """What the command line says about rounds, peers and allocator."""
    malloc = arguments.malloc or ("kept" if arguments.quick else "both")
    return Settings(
        rounds=arguments.rounds or (3 if arguments.quick else 9),
        sample_seconds=2e-3 if arguments.quick else 5e-3,
        slow_seconds=0.2 if arguments.quick else 0.5,
        mallocs=("kept", "default") if malloc == "both" else (malloc,),
        only=None if arguments.peers is None else tuple(filter(None, arguments.peers.split(","))),
    )


def command_line():
    """The command as the page names it; folders of this machine are nobody's business."""
    return re.sub(r"=/\S+", "=...", "tools/benchmark/run " + shlex.join(sys.argv[1:]))


def save(path, text):
    """Replaces a file as a whole."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def render(results, stem):
    """Writes STEM.md, STEM-peers.md and, if there is matplotlib, the plots."""
    try:
        import plot

        plots = plot.write(results, stem)
    except ImportError:
        print("no matplotlib: no plots", file=sys.stderr)
        plots = []
    save(stem + ".md", report.write(results, os.path.basename(stem) + "-peers.md", plots))
    save(stem + "-peers.md", report.write_peers(results))
    print(f"wrote {stem}.md and {stem}-peers.md", file=sys.stderr)


def show(entry):
    """One line about a row, as it is finished."""
    mine, peer = verdict.ours(entry), verdict.fastest_peer(entry)
    text = f"{entry['group']:14} {entry['name']:48} "
    if mine is None:
        broken = next(p for p in entry["participants"] if p["role"] == "ours")
        print(f"{text}{broken['status']}: {broken['reason'].splitlines()[0][:160]}", flush=True)
        return
    kind = entry["target"]["kind"]
    text += f"{report.milliseconds(mine['time']):34} {100 * mine['share']['median']:5.1f} %"
    if kind not in ("none", "peak", "bandwidth"):
        text += f"  {report.figure(kind, verdict.reached(entry))} {verdict.OF[kind]}"
    if peer:
        text += f"  {report.label(peer)} {peer['over_ours']['median']:.2f}"
    print(f"{text}  {verdict.judge(entry)}", flush=True)


def run(arguments, rows, stem):
    """Measures the rows; returns the results, which lack rows where a signal ended the run."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    settings = make_settings(arguments)
    results = {
        "format": 1,
        "date": datetime.datetime.now().isoformat(timespec="seconds"),
        "finished": False,
        "command": command_line(),
        "machine": machine.describe(),
        "versions": {},
        "settings": vars(settings) | {"core": arguments.core},
        "rows": [],
    }
    build = os.path.abspath(arguments.build)
    with open(stem + ".log", "w", encoding="utf-8") as log, tempfile.TemporaryDirectory() as scratch:
        kernels, hand_written = os.path.join(scratch, "kernels"), arguments.hand_written
        os.mkdir(kernels)
        processes = Processes(build, kernels, hand_written and os.path.abspath(hand_written), arguments.core, log)
        try:
            for row in rows:
                entry = RowRun(row, processes, settings).measure()
                entry["mhz"] = machine.frequencies()
                results["rows"].append(entry)
                results["versions"] = processes.versions
                save(stem + ".json", json.dumps(results, indent=1))
                show(entry)
            results["finished"] = True
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
        finally:
            processes.close()
    save(stem + ".json", json.dumps(results, indent=1))
    return results


def main():
    arguments = parse()
    stem = os.path.abspath(arguments.output or os.path.join(arguments.build, "benchmark", "results"))
    if arguments.render:
        with open(arguments.render, encoding="utf-8") as file:
            render(json.load(file), arguments.output or os.path.splitext(arguments.render)[0])
        return
    rows = choose_rows(arguments)
    if arguments.list:
        for name, members in report.groups([{"group": row.group, "name": row.name} for row in rows]).items():
            print(name, *(f"  {row['name']}" for row in members), sep="\n")
        return
    os.makedirs(os.path.dirname(stem), exist_ok=True)
    results = run(arguments, rows, stem)
    render(results, stem)
    if not results["rows"] or any(verdict.ours(entry) is None for entry in results["rows"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
