"""Runs the paper's language-model layer on real text, unfused and fused, and compares.

usage: python -m lm_demo BUILD_DIR
"""

import json
import os
import subprocess
import sys

import numpy as np

from . import model, reference

TOKENS = 1024
TOLERANCE = 1e-5
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "layer.mlir")


class Demo:
    def __init__(self, build):
        self.tools = os.path.join(build, "bin")
        self.out = os.path.join(build, "demo")
        os.makedirs(self.out, exist_ok=True)
        self.failures = 0

    def path(self, name):
        return os.path.join(self.out, name)

    def save(self, name, array):
        np.save(self.path(name + ".npy"), np.ascontiguousarray(array, dtype=np.float32))

    def tool(self, name, *arguments):
        """Runs a tool of the project; its own message is enough where it fails."""
        command = [os.path.join(self.tools, name), PROGRAM, *arguments]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if result.returncode:
            sys.exit(f"error: {' '.join(command)} failed with exit status {result.returncode}, see above")
        return result.stdout

    def run(self, entry, pipeline, inputs, *arguments):
        """One run of `entry`; returns its result and sattn-run's report."""
        stem = f"{entry}.{pipeline.removeprefix('sattn-to-')}"
        report = self.path(stem + ".json")
        self.tool(
            "sattn-run",
            f"--entry={entry}",
            f"--pipeline={pipeline}",
            *(f"--input=@{self.path(name)}.npy" for name in inputs),
            f"--output=@{self.path(stem)}.npy",
            f"--report={report}",
            *arguments,
        )
        with open(report, encoding="utf-8") as file:
            return np.load(self.path(stem + ".npy")), json.load(file)

    def check(self, what, result, expected):
        error = reference.error(result, expected)
        good = error <= TOLERANCE
        self.failures += not good
        print(f"   {what:34} {error:.1e}{'' if good else f'   above {TOLERANCE:.0e}!'}")

    def make_input(self):
        with open(os.path.join(HERE, "text.txt"), encoding="utf-8") as file:
            text = file.read()
        source = model.load()
        ids = source.tokens(text)
        if len(ids) < TOKENS:
            sys.exit(f"error: text.txt has {len(ids)} tokens, the demo needs {TOKENS}")
        x = source.features(ids[:TOKENS])
        x = np.hstack([x, np.ones((TOKENS, 1))]).astype(np.float32)
        weights = [source.projection(name).astype(np.float32) for name in ("query", "key", "value")]
        self.save("x", x)
        for name, weight in zip(("wq", "wk", "wv"), weights):
            self.save(name, weight.reshape(model.FEATURES + 1, -1))
        q, k, v = (reference.project(x, weight) for weight in weights)
        heads = [a.astype(np.float32) for a in (reference.layer_norm(q), reference.layer_norm(k), v)]
        for name, array in zip("qkv", heads):
            self.save(name, array)
        print(f"== input: {TOKENS} tokens of tools/dev/lm_demo/text.txt, {source.description}")
        return x, weights, heads

    def explain(self):
        print("== plan of the kernel (sattn-explain)", flush=True)
        print(self.tool("sattn-explain", f"--queries={TOKENS}").split("\n\n")[0].rstrip())
        self.tool("sattn-explain", f"--queries={TOKENS}", "--format=svg", "-o", self.path("levels.svg"))
        plan = json.loads(self.tool("sattn-explain", f"--queries={TOKENS}", "--format=json"))
        cost = plan["attentions"][0]["cost"]
        return cost["score_flops"] + cost["value_flops"]

    def measure(self, heads, flops):
        options = ("--benchmark", f"--flops={flops:.0f}")
        unfused, slow = self.run("attention", "sattn-to-reference", "qkv", *options, "--warm-up=1", "--repetitions=3")
        fused, fast = self.run("attention", "sattn-to-cpu", "qkv", *options)
        seconds = [report["benchmark"]["median_seconds"] for report in (slow, fast)]
        print("== time of the kernel, median of repeated runs")
        print(f"   unfused reference {seconds[0] * 1e3:10.2f} ms")
        print(
            f"   fused             {seconds[1] * 1e3:10.2f} ms   {seconds[0] / seconds[1]:.0f} times faster, "
            f"{flops / seconds[1] * 1e-9:.0f} GFLOP/s, {100 * fast['benchmark']['share_of_peak']:.0f} % of the "
            f"multiply-add peak measured beside it"
        )
        print(f"   compiled in {fast['compile_seconds']['total']:.2f} s from text to machine code")
        return unfused, fused


def main(build):
    demo = Demo(build)
    x, weights, heads = demo.make_input()
    flops = demo.explain()
    unfused, fused = demo.measure(heads, flops)
    wide = ("x", "wq", "wk", "wv")
    layers = [demo.run("layer", pipeline, wide)[0] for pipeline in ("sattn-to-reference", "sattn-to-cpu")]
    print("== relative error against float64 (NumPy), at most 1e-05")
    expected = reference.attention(*(a.astype(np.float64) for a in heads))
    demo.check("kernel, unfused reference", unfused, expected)
    demo.check("kernel, fused", fused, expected)
    expected = reference.layer(x, *weights)
    demo.check("layer from tokens, unfused", layers[0], expected)
    demo.check("layer from tokens, fused", layers[1], expected)
    print(f"== files in {demo.out}")
    print("   levels.svg                         which pair of tokens uses how many columns")
    print("   attention.cpu.npy, layer.cpu.npy   results of the fused kernel and layer, reports beside them")
    return 1 if demo.failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1])))
