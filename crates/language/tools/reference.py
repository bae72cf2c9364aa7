#!/usr/bin/env python3
"""The sentence encoder as its makers defined it, in 32-bit floating point, to compare ours with.

    pip install numpy tokenizers
    reference.py compare MODEL LINES VECTORS   cosine of our vectors (examples/vectors.rs) to the original's
    reference.py record MODEL LINES FOLDER     the recorded answers that the tests of this crate read

MODEL is the folder with model.safetensors and tokenizer.json; LINES a text with one sentence a line.
"""

import json
import math
import random
import struct
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

LAYERS, HEADS, WIDTH, MOST = 12, 12, 384, 256


class Original:
    def __init__(self, folder):
        data = Path(folder, "model.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        self.weights = {}
        for name, entry in json.loads(data[8 : 8 + length]).items():
            if name != "__metadata__":
                start, end = entry["data_offsets"]
                numbers = np.frombuffer(data[8 + length + start : 8 + length + end], np.float16)
                self.weights[name] = numbers.reshape(entry["shape"]).astype(np.float32)
        self.tokenizer = Tokenizer.from_file(str(Path(folder, "tokenizer.json")))

    def pieces(self, text):
        ids = self.tokenizer.encode("query: " + text).ids
        return ids if len(ids) <= MOST else ids[: MOST - 1] + ids[-1:]

    def dense(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, x, name):
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-12) * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def encode(self, text):
        ids = self.pieces(text)
        table = "embeddings.{}_embeddings.weight"
        x = self.weights[table.format("word")][ids]
        x = x + self.weights[table.format("position")][: len(ids)] + self.weights[table.format("token_type")][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            split = [
                self.dense(x, f"{name}attention.self.{part}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
                for part in ("query", "key", "value")
            ]
            scores = split[0] @ split[1].transpose(0, 2, 1) / np.sqrt(np.float32(WIDTH // HEADS))
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ split[2]).transpose(1, 0, 2).reshape(len(ids), WIDTH)
            x = self.norm(x + self.dense(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            inner = self.dense(x, name + "intermediate.dense")
            inner = 0.5 * inner * (1 + error_function(inner * np.float32(math.sqrt(0.5))))
            x = self.norm(x + self.dense(inner, name + "output.dense"), name + "output.LayerNorm")
        mean = x.mean(0)
        return (mean / np.linalg.norm(mean)).astype("<f4")


error_function = np.vectorize(math.erf, otypes=[np.float32])


def compare(model, lines, vectors):
    ours = np.fromfile(vectors, "<f4").reshape(-1, WIDTH)
    cosines = np.array([original @ our for original, our in zip(map(model.encode, lines), ours, strict=True)])
    least = cosines.argmin()
    print(f"{len(lines)} sentences: cosine mean {cosines.mean():.5f}, least {cosines[least]:.5f}: {lines[least]}")


def record(model, lines, folder):
    """Pieces of the lines and of texts mixed from them; vectors of 40 lines."""
    chance = random.Random(1)
    texts = list(lines)
    while len(texts) < 3 * len(lines):
        texts.append("".join(chance.choice(["", " ", "，"]) + chance.choice(lines)[: chance.randint(1, 12)] for _ in range(4)))
    while len(texts) < 4 * len(lines):
        blocks = [(0x20, 0x7E), (0xA1, 0x17F), (0x2000, 0x206F), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF)]
        texts.append("".join(chr(chance.randint(*chance.choice(blocks))) for _ in range(chance.randint(1, 20))))
    with Path(folder, "pieces.jsonl").open("w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps([text, model.pieces(text)], ensure_ascii=False, separators=(",", ":")) + "\n")
    chosen = [line for line in lines if len(line) > 3][::2][:40]
    Path(folder, "sentences.txt").write_text("".join(line + "\n" for line in chosen), encoding="utf-8")
    np.stack([model.encode(line) for line in chosen]).tofile(Path(folder, "vectors.f32"))


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ("compare", "record"):
        sys.exit(__doc__)
    lines = [line for line in Path(sys.argv[3]).read_text(encoding="utf-8").split("\n") if line]
    {"compare": compare, "record": record}[sys.argv[1]](Original(sys.argv[2]), lines, sys.argv[4])


if __name__ == "__main__":
    main()
