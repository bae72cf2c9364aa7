#!/usr/bin/env python3
"""Writes the models of the tests: a sentence encoder of 500 numbers, and what can be wrong with one.

pip install onnx numpy; python3 crates/onnx/tools/models.py crates/onnx/tests/data

`tiny` looks each token's vector up in a table. `pooled` gives the mean of them by itself, as
sentence_embedding, after last_hidden_state. The others are `tiny` with one fault each.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "how", "do", "i", "return", "it", "where", "is", "my", "parcel",
         "怎", "么", "退", "货", "快", "递", "在", "哪", "?", "？"]
WIDTH = 16


def tokenizer():
    cls, sep = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("[CLS]", "[SEP]"))
    special = {token: {"id": token, "ids": [WORDS.index(token)], "tokens": [token]} for token in ("[CLS]", "[SEP]")}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": [cls, {"Sequence": {"id": "A", "type_id": 0}}, sep],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                           "special_tokens": special},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {word: at for at, word in enumerate(WORDS)}},
    }


def model(table, inputs=("input_ids", "attention_mask"), of=TensorProto.INT64, most=None, pooled=False):
    shape = [1, most or "tokens"]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, table.shape[1]])]
    weights = [numpy_helper.from_array(table, "table")]
    if pooled:
        weights.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"))
        nodes.append(helper.make_node("ReduceMean", ["last_hidden_state", "axis"], ["sentence_embedding"], keepdims=0))
        outputs.append(helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, [1, table.shape[1]]))
    infos = [helper.make_tensor_value_info(name, of, shape) for name in inputs]
    graph = helper.make_graph(nodes, "encoder", infos, outputs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def main(folder):
    table = np.random.default_rng(7).standard_normal((len(WORDS), WIDTH)).astype(np.float32)
    one = np.ones_like(table)
    nan = table.copy()
    nan[WORDS.index("where")] = np.nan
    models = {
        "tiny": model(table),
        "pooled": model(table, pooled=True),
        "constant": model(one),
        "nan": model(nan),
        "other-input": model(table, inputs=("input_ids", "position_ids")),
        "narrow-numbers": model(table, of=TensorProto.INT32),
        "short": model(table, most=8),
    }
    for name, made in models.items():
        place = pathlib.Path(folder) / name
        place.mkdir(parents=True, exist_ok=True)
        onnx.save(made, place / "model.onnx")
    text = json.dumps(tokenizer(), ensure_ascii=False, indent=1)
    (pathlib.Path(folder) / "tiny" / "tokenizer.json").write_text(text + "\n")


main(sys.argv[1])
