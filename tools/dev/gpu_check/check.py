"""Checks and times every kernel on a card and writes a Markdown table.

    run                             on the first card, table on standard output
    run --output=h100.md            table in a file
    run --device=emulated-sm_80     without a card, in the interpreter, which counts instead of timing

Each kernel runs for the portable target sm_80 and for the card's own where it has code for that: results against float64, then
under compute-sanitizer's memcheck, racecheck, synccheck and initcheck, then on a larger problem in turn with PyTorch's
scaled_dot_product_attention. What is not installed is said and left out. Exit status 1 where anything is wrong.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import npy

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = ("memcheck", "racecheck", "synccheck", "initcheck")
SANITIZER_FAILURE = 99


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1 or emulated-sm_80 (default: cuda)")
    parser.add_argument("--output", help="file for the table (default: print it)")
    parser.add_argument("--filter", default="", help="regular expression that names of kernels must contain")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of timing (default: 7)")
    parser.add_argument("--no-sanitizer", action="store_true", help="results and times only")
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


class Runner:
    """sattn-run with the libraries of this folder."""

    def __init__(self, device):
        self.device = device
        self.is_emulated = device.startswith("emulated")
        program = os.path.join(HERE, "bin", "sattn-run")
        library, libc = os.path.join(HERE, "lib"), os.path.join(HERE, "libc")
        # The system's own C library where it is new enough, else the packed one with its loader.
        self.command = [program]
        self.environment = dict(os.environ, LD_LIBRARY_PATH=library)
        if subprocess.run([program, "--version"], env=self.environment, capture_output=True).returncode != 0:
            loader = os.path.join(libc, "ld-linux-x86-64.so.2")
            self.command = [loader, "--library-path", f"{libc}:{library}", program]
            self.environment = dict(os.environ)

    def run(self, arguments, prefix=()):
        """The finished process; its report as JSON under `report` where there is one."""
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.json")
            command = [*prefix, *self.command, f"--target={self.device}", f"--report={report}", *arguments]
            result = subprocess.run(command, env=self.environment, capture_output=True, text=True)
            result.report = None
            if os.path.exists(report):
                with open(report, encoding="utf-8") as file:
                    result.report = json.load(file)
        return result


def find_message(text):
    """The line that says what is wrong: a summary of compute-sanitizer, an error, or the last one."""
    lines = [line for line in text.splitlines() if line.strip()]
    for part in ("SUMMARY: ", "error: "):
        for line in lines:
            if part in line:
                return line
    return lines[-1] if lines else "no message"


def read_cases(pattern):
    folder = os.path.join(HERE, "cases")
    result = []
    for name in sorted(os.listdir(folder)):
        if re.search(pattern, name):
            with open(os.path.join(folder, name, "case.json"), encoding="utf-8") as file:
                result.append(dict(json.load(file), folder=os.path.join(folder, name)))
    return result


def get_arguments(case, target, program, inputs):
    return [
        os.path.join(case["folder"], program),
        f"--pipeline=sattn-to-nvvm{{target={target} stop-after=program}}",
        *(f"--input={name}" for name in inputs),
    ]


def get_case_arguments(case, target):
    inputs = ["@" + os.path.join(case["folder"], name) for name in case["inputs"]]
    return get_arguments(case, target, "program.mlir", inputs)


def probe(runner, cases):
    """Name and chip of the device; ends the program where there is none."""
    case = cases[0]
    inputs = ["--input=@" + os.path.join(case["folder"], name) for name in case["inputs"]]
    result = runner.run([os.path.join(case["folder"], "program.mlir"), *inputs])
    if result.returncode != 0 or result.report is None:
        sys.exit(find_message(result.stderr))
    return result.report["device"], re.search(r"target=(\w+)", result.report["pipeline"])[1]


def compare(case, output):
    """Relative Frobenius error of the rows that are expected."""
    shape, values = npy.read(output, case["element"])
    _, rows = npy.read(os.path.join(case["folder"], "rows.npy"))
    _, expected = npy.read(os.path.join(case["folder"], "expected.npy"))
    queries, width = shape[-2:]
    matrices = len(values) // (queries * width)
    difference, norm, place = 0.0, 0.0, 0
    for matrix in range(matrices):
        for row in rows:
            start = (matrix * queries + row) * width
            for value in values[start : start + width]:
                difference += (value - expected[place]) ** 2
                norm += expected[place] ** 2
                place += 1
    if place != len(expected):
        raise ValueError(f"{case['kernel']}: expected {len(expected)} values, got {place}")
    return (difference / norm) ** 0.5 if norm else difference**0.5


def check_result(runner, case, target):
    """Text for the table, and whether it is right."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "output.npy")
        result = runner.run([*get_case_arguments(case, target), f"--output=@{output}"])
        if result.returncode != 0:
            say(f"{case['kernel']} for {target}: {find_message(result.stderr)}")
            return "failed", False
        error = compare(case, output)
    is_right = error <= case["tolerance"]
    return f"{error:.1e}" + ("" if is_right else " wrong"), is_right


def find_sanitizer():
    """compute-sanitizer, or None."""
    return shutil.which("compute-sanitizer") or shutil.which("compute-sanitizer", path="/usr/local/cuda/bin")


def check_with_sanitizer(runner, case, target, program, tool):
    prefix = [program, "--tool", tool, "--target-processes", "all", "--error-exitcode", str(SANITIZER_FAILURE)]
    result = runner.run(get_case_arguments(case, target), prefix)
    if result.returncode == 0:
        return "0", True
    summary = re.search(r"SUMMARY: (\d+) (?:error|hazard)", result.stdout)
    say(f"{case['kernel']} for {target}, {tool}: {find_message(result.stdout + result.stderr)}")
    return (summary[1] if summary else "failed"), False


class Peer:
    """PyTorch in a process of its own, which stays warm."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "sdpa.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.state = self.process.stdout.readline().strip() or "PyTorch does not start"

    @property
    def is_ready(self):
        return self.state.startswith("ready")

    def measure(self, timing):
        line = {"shape": timing["shape"], "causal": timing["causal"], "repetitions": 20}
        print(json.dumps(line), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        return float(answer) if answer else None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def time_kernel(runner, case, target):
    """Milliseconds of one run of its kernels, warp-instructions of the small problem in the interpreter; text of a failure."""
    if runner.is_emulated:
        result = runner.run([*get_case_arguments(case, target), "--benchmark"])
    else:
        arguments = get_arguments(case, target, "timed.mlir", case["timing"]["inputs"])
        result = runner.run([*arguments, "--benchmark", "--repetitions=20"])
    if result.returncode != 0:
        return find_message(result.stderr)
    field = "warp_instructions" if runner.is_emulated else "milliseconds"
    return sum(float(kernel[field]) / kernel["launches"] for kernel in result.report["kernels"])


def compare_times(runner, peer, case, target, rounds):
    """Texts for our time, PyTorch's and the ratio."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(time_kernel(runner, case, target))
        if isinstance(ours[-1], str):
            say(f"{case['kernel']} for {target}, timing: {ours[-1]}")
            return "failed", "", ""
        if peer.is_ready:
            theirs.append(peer.measure(case["timing"]))
    own = statistics.median(ours)
    text = f"{own:.0f} instructions" if runner.is_emulated else f"{own:.3f} ms, {case['timing']['flops'] / own * 1e-9:.0f} TFLOP/s"
    theirs = [time for time in theirs if time is not None]
    if not theirs:
        return text, "", ""
    other = statistics.median(theirs)
    note = " (dense)" if case["timing"]["dense"] else ""
    return text, f"{other:.3f} ms{note}", "" if runner.is_emulated else f"{other / own:.2f}"


def write_table(arguments, name, chip, notes, rows):
    titles = ["kernel", "target", "error", *TOOLS, "time", "SDPA", "SDPA / time"]
    lines = [f"# Kernels on {name} ({chip})", "", "| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Error: relative, against float64. The four tools: errors that compute-sanitizer counts."]
    lines += [f"Times: medians of {arguments.rounds} rounds in turn, 16 heads of 4096 queries and keys, f16."]
    lines += notes
    text = "\n".join(lines) + "\n"
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            file.write(text)
        say(f"wrote {arguments.output}")
    else:
        print(text, end="")


def main():
    arguments = read_arguments()
    cases = read_cases(arguments.filter)
    if not cases:
        sys.exit(f"error: no kernel's name contains '{arguments.filter}'")
    runner = Runner(arguments.device)
    name, chip = probe(runner, cases)
    sanitizer = None if arguments.no_sanitizer else find_sanitizer()
    peer = Peer()
    notes = []
    if not sanitizer:
        reason = "not asked for" if arguments.no_sanitizer else "not installed"
        notes.append(f"compute-sanitizer was not run: it was {reason}.")
    notes.append("PyTorch: " + peer.state.removeprefix("ready ") + ".")
    if runner.is_emulated:
        notes.append("No times: an interpreter's say nothing about a card's.")
    rows, is_good = [], True
    for case in cases:
        for target in dict.fromkeys(["sm_80", chip]):
            if target not in case["targets"]:
                continue
            say(f"{case['kernel']} for {target}")
            error, right = check_result(runner, case, target)
            is_good &= right
            counts = []
            for tool in TOOLS:
                count, clean = check_with_sanitizer(runner, case, target, sanitizer, tool) if sanitizer else ("", True)
                counts.append(count)
                is_good &= clean
            times = ("", "", "")
            if case["timing"]:
                times = compare_times(runner, peer, case, target, arguments.rounds)
                is_good &= times[0] != "failed"
            rows.append([case["kernel"], target, error, *counts, *times])
    peer.close()
    write_table(arguments, name, chip, notes, rows)
    sys.exit(0 if is_good else 1)


main()
