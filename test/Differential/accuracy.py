#!/usr/bin/env python3
"""Rounding errors over many keys: sums are blocked, not one chain, and no tile weighs more than another.

Attention over 8192 keys of 32 columns through the CPU pipeline, 64 of the 256 rows against float64.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np

PROGRAM = """
!q = tensor<256x32xf32>
!k = tensor<?x32xf32>
func.func @f(%q: !q, %k: !k, %v: !k) -> !q {
  %init = tensor.empty() : !q
  %o = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.1767766952966369 link LINK outs(%init : !q) -> !q
  return %o : !q
}
"""


def weigh(scores, link):
    """Weights of each row, which add up to 1."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True)) if link == "softmax" else scores
    return weights / weights.sum(axis=1, keepdims=True)


def measure(tool, link, num_keys, seed):
    random = np.random.default_rng(seed)
    draw = random.random if link == "linear" else random.standard_normal  # Sums of `linear` stay away from 0.
    query, key, value = (draw((rows, 32), dtype=np.float32) for rows in (256, num_keys, num_keys))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "f.mlir").write_text(PROGRAM.replace("LINK", link))
        for name, data in (("q", query), ("k", key), ("v", value)):
            np.save(path / f"{name}.npy", data)
        inputs = [f"--input=@{path}/{name}.npy" for name in "qkv"]
        subprocess.run([tool, path / "f.mlir", *inputs, f"--output=@{path}/o.npy"], check=True)
        output = np.load(path / "o.npy")[::4]
    query, key, value = (data.astype(np.float64) for data in (query[::4], key, value))
    expected = weigh(query @ key.T * 0.1767766952966369, link) @ value
    return np.linalg.norm(output - expected) / np.linalg.norm(expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", default="sattn-run")
    parser.add_argument("--bound", type=float, default=1e-6)
    options = parser.parse_args()
    for link in ("softmax", "linear"):
        error = measure(options.tool, link, num_keys=8192, seed=1)
        print(f"{link}: relative error {error:.1e}, expected at most {options.bound:.1e}")
        if not error <= options.bound:
            raise SystemExit(f"{link}: rounding errors add up over the keys")


if __name__ == "__main__":
    main()
