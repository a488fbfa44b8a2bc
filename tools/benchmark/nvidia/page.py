"""The page: a table per target."""

import re

COLUMNS = (
    ("tiles", lambda row: tiles(row)),
    ("registers", lambda row: registers(row)),
    ("spills", lambda row: of_ptxas(row, "spill_store_bytes")),
    ("shared", lambda row: str(row["shared_bytes"])),
    ("code", lambda row: of_ptxas(row, "code_bytes")),
    ("products", lambda row: products(row)),
    ("ldmatrix", lambda row: of_loop(row, "ldmatrix")),
    ("copies", lambda row: of_loop(row, "copies")),
    ("ex2", lambda row: of_loop(row, "ex2")),
    ("shuffles", lambda row: of_loop(row, "shuffles")),
    ("all", lambda row: of_loop(row, "instructions")),
    ("error", lambda row: f"{row['error']:.1e}" if "error" in row else "-"),
    ("to PTX", lambda row: f"{row['seconds_to_ptx']:.2f} s"),
)
# Differs from run to run.
TIMES = ("to PTX",)
NEEDS_PTXAS = ("registers", "spills", "code")

LEGEND = """Made by `tools/benchmark/nvidia-kernels`; nothing on it comes from a card.

A name says what is computed: clauses, element type, widths of query, key and value (one number: all the same). Extents are in the
types, but in `dynamic` ones; `tools/benchmark/nvidia/configurations.json` has all of it.

- **tiles**: queries x keys of a tile on tensor cores, by `wgmma` where four more warps fetch tiles by TMA, else by `mma.sync`;
  `/ n`: the keys are cut into n parts, whose results further kernels merge. Scalar: a query per thread.
- **registers** as ptxas says, and in brackets what was estimated before there was code. A kernel by wgmma starts with 168 and has
  240 where it multiplies. **spills**: bytes of stores. **shared**: bytes of a block. **code**: bytes of instructions.
- The columns from **products** to **all** count instructions in the PTX of the main loop: over tiles of the fewest columns, without
  checks. Copies are `cp.async` of a thread, on all ways to the next tile, or tensor copies of one thread. `-`: there is no
  such loop.
- **error**: relative Frobenius error of an emulated run against float64. **to PTX**: seconds of processor time in process.
- **noticed**: of the synchronisation instructions, deleted one at a time, those whose absence the interpreter notices
  (`sattn-run --mutate`); without those that can make no difference.
"""


def tiles(row):
    if row["path"] == "scalar":
        return "scalar"
    text = f"{row['tiles']['query']} x {row['tiles']['key']} {row['path']}"
    return text + (f" / {row['split']}" if row["split"] > 1 else "")


def registers(row):
    if not row["ptxas"]:
        return "-"
    estimate = f" ({row['estimate']})" if row["estimate"] else ""
    return f"{row['ptxas']['registers']}{estimate}"


def of_ptxas(row, key):
    return str(row["ptxas"][key]) if row["ptxas"] else "-"


def of_loop(row, key):
    return "-" if not row["loop"] or row["loop"][key] is None else str(row["loop"][key])


def products(row):
    loop = row["loop"]
    return "-" if not loop else str(loop["wgmma"] or loop["mma"])


def noticed(score):
    if not score:
        return "-"
    return f"{score['detected']} of {score['total']}"


def cells(row, score):
    return [get(row) for _, get in COLUMNS] + [noticed(score)]


def table_line(values):
    return "| " + " | ".join(values) + " |"


def render(results, scores):
    """Markdown from {"ptxas": version, "rows": {name: row}} and {name: score}."""
    lines = ["# Kernels for NVIDIA chips", "", LEGEND]
    lines += [f"Assembled by ptxas {results['ptxas']}.", ""]
    failures = []
    targets = sorted({name.split("-", 1)[0] for name in results["rows"]})
    for target in targets:
        lines += [f"## {target}", "", table_line(["kernel", *(title for title, _ in COLUMNS), "noticed"])]
        lines.append(table_line(["---"] + ["---:"] * (len(COLUMNS) + 1)))
        for name, row in results["rows"].items():
            if not name.startswith(target + "-"):
                continue
            if "failure" in row:
                failures.append((name, row["failure"]))
            else:
                lines.append(table_line([name.split("-", 1)[1], *cells(row, scores.get(name))]))
        lines.append("")
    if failures:
        lines += ["## Not compiled", ""] + [f"- {name}: {reason}" for name, reason in failures] + [""]
    return "\n".join(lines)


def compare(results, text):
    """Where the rows differ from those of the page `text`, in what does not change from run to run; with another ptxas, in what does
    not come from it."""
    lines = text.splitlines()
    same_ptxas = f"Assembled by ptxas {results['ptxas']}." in lines
    ignored = TIMES if same_ptxas else TIMES + NEEDS_PTXAS
    titles = [title for title, _ in COLUMNS]
    differences = []
    target = ""
    found = {}
    for line in lines:
        if match := re.match(r"## (sm_\w+)", line):
            target = match[1]
        elif line.startswith("| ") and target:
            kernel, *values = (value.strip() for value in line.strip("| ").split(" | "))
            found[f"{target}-{kernel}"] = values
    for name, row in results["rows"].items():
        if "failure" in row:
            differences.append(f"{name}: {row['failure']}")
            continue
        if name not in found:
            differences.append(f"{name}: not on the page")
            continue
        for title, new, old in zip(titles, cells(row, None), found[name]):
            if title not in ignored and new != old:
                differences.append(f"{name}, {title}: expected {old} as on the page, got {new}")
    return differences
