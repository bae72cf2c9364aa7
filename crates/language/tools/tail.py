#!/usr/bin/env python3
"""Trains the encoder's tail: its last layers once more, tuned so that questions that ask the same come together.

    pip install torch numpy tokenizers
    tail.py train MODEL GROUPS EVERYDAY STATE    the weights as torch keeps them; prints how trades that were kept out fare
    tail.py record MODEL EVERYDAY STATE LINES TO recorded vectors in 32 bits, for the tests of this crate
    tail.py write MODEL EVERYDAY STATE FILE      the file that the program reads (encoder/tail.rs says how it is laid out)

MODEL is the folder with model.safetensors and tokenizer.json, GROUPS one with folders of .jsonl files (data/similar),
EVERYDAY a text with one sentence a line (../knowledge/src/everyday.txt). Seeded: with the same version of torch, the same
number of threads and the same files the same weights come out. Some fifteen minutes of two cores.

What is learnt: in a batch of questions, most of two trades, each shall be nearer to those of its group than to all others
(cosines seen from the mean of the batch, temperature 0.1), and to the answer of its group than to other answers; cosines
between groups shall stay where the encoder has them.
"""

import json
import random
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, LAYERS, MOST_PIECES = 384, 12, 12, 256
BEGINS = 8
SEED, THREADS = 1, 2
# Kept out of training; "folder/trade".
KEPT_OUT = ("zh-a/hotel", "zh-b/insurance", "zh-c/games", "en/software", "en/hotels")
ROUNDS, GROUPS, WORDINGS = 4, 24, 4
RATE, TEMPERATURE, DROPOUT = 1e-4, 0.1, 0.1
ANSWERS, STAYING = 0.3, 2.0
# Groups of two trades whose middles are nearer than this may ask the same: they are no rivals.
MAY_BE_SAME = 0.55
EVERYDAY_IN_BATCH = 12
# What the program reads of an answer, together with the first wording of its question.
ANSWER_READ = 160


def weights_of(folder):
    data = Path(folder, "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    weights = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            numbers = np.frombuffer(data[8 + length + start : 8 + length + end], np.float16)
            weights[name] = torch.from_numpy(numbers.reshape(entry["shape"]).astype(np.float32))
    return weights


class Layer(nn.Module):
    def __init__(self, weights, index, dropout):
        super().__init__()
        self.heads, self.attention = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.attention_norm, self.norm = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.inner, self.outer = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.dropout = dropout
        start = f"encoder.layer.{index}."
        parts = [
            (self.heads, [f"attention.self.{part}" for part in ("query", "key", "value")]),
            (self.attention, ["attention.output.dense"]),
            (self.attention_norm, ["attention.output.LayerNorm"]),
            (self.inner, ["intermediate.dense"]),
            (self.outer, ["output.dense"]),
            (self.norm, ["output.LayerNorm"]),
        ]
        with torch.no_grad():
            for module, names in parts:
                for kind in ("weight", "bias"):
                    getattr(module, kind).copy_(torch.cat([weights[f"{start}{name}.{kind}"] for name in names]))

    def forward(self, x, there):
        count, places, _ = x.shape
        query, key, value = self.heads(x).view(count, places, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None, :])
        mixed = mixed.transpose(1, 2).reshape(count, places, WIDTH)
        x = self.attention_norm(x + F.dropout(self.attention(mixed), self.dropout, self.training))
        inner = F.gelu(self.inner(x))
        return self.norm(x + F.dropout(self.outer(inner), self.dropout, self.training))


class Tail(nn.Module):
    def __init__(self, weights, dropout=0.0):
        super().__init__()
        self.layers = nn.ModuleList(Layer(weights, index, dropout) for index in range(BEGINS, LAYERS))

    def forward(self, x, there):
        for layer in self.layers:
            x = layer(x, there)
        there = there[..., None].float()
        return F.normalize((x * there).sum(1) / there.sum(1), dim=-1)


class Trunk:
    """The layers before the tail. They do not change, so each text goes through them once."""

    def __init__(self, folder, weights):
        self.weights = weights
        self.tokenizer = Tokenizer.from_file(str(Path(folder, "tokenizer.json")))
        self.layers = [Layer(weights, index, 0.0).eval() for index in range(BEGINS)]
        self.rows = {}

    def pieces(self, text):
        ids = self.tokenizer.encode("query: " + text).ids
        return ids if len(ids) <= MOST_PIECES else ids[: MOST_PIECES - 1] + ids[-1:]

    @torch.no_grad()
    def add(self, texts):
        table = "embeddings.{}_embeddings.weight"
        waiting = sorted(((self.pieces(text), text) for text in set(texts)), key=lambda pair: (len(pair[0]), pair[1]))
        for start in range(0, len(waiting), 64):
            part = waiting[start : start + 64]
            ids, there = padded([torch.tensor(pieces) for pieces, _ in part])
            x = self.weights[table.format("word")][ids] + self.weights[table.format("token_type")][0]
            x = x + self.weights[table.format("position")][: ids.shape[1]]
            norm = [self.weights[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")]
            x = F.layer_norm(x, (WIDTH,), *norm, 1e-12)
            for layer in self.layers:
                x = layer(x, there)
            for row, (pieces, text) in zip(x, part, strict=True):
                self.rows[text] = row[: len(pieces)].half().clone()

    def through(self, tail, texts, together):
        """The tail's vectors, computed in parts of like length."""
        order = sorted(range(len(texts)), key=lambda at: len(self.rows[texts[at]]))
        parts = [order[start : start + together] for start in range(0, len(order), together)]
        vectors = torch.cat([tail(*padded([self.rows[texts[at]].float() for at in part])) for part in parts])
        place = torch.empty(len(order), dtype=torch.long)
        place[torch.tensor(order)] = torch.arange(len(order))
        return vectors[place]

    @torch.no_grad()
    def vectors(self, tail, texts):
        tail.eval()
        return dict(zip(texts, self.through(tail, texts, 128), strict=True))


def padded(rows):
    there = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.bool)
    out = torch.zeros(*there.shape, *rows[0].shape[1:], dtype=rows[0].dtype)
    for index, row in enumerate(rows):
        out[index, : len(row)] = row
        there[index, : len(row)] = True
    return out, there


def read_groups(folder):
    groups = []
    for file in sorted(Path(folder).glob("*/*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            group = json.loads(line)
            group["trade"] = f"{file.parent.name}/{group['trade']}"
            group["answer"] = f"{group['same'][0]} {group['answer']}"[:ANSWER_READ]
            groups.append(group)
    return groups


def lines_of(file):
    return [line for line in Path(file).read_text(encoding="utf-8").split("\n") if line]


def batch_of(chance, groups, by_trade):
    """Groups, most of them from two trades (drawn by size)."""
    drawn = []
    for trade in chance.choices(list(by_trade), [len(own) for own in by_trade.values()], k=2):
        own = by_trade[trade]
        drawn += [g for g in chance.sample(own, min(len(own), GROUPS // 2 - 2)) if g not in drawn]
    rest = max(0, GROUPS - len(drawn))
    return drawn + [g for g in chance.sample(groups, rest) if g not in drawn]


def loss_of(batch, vectors, original, owners, kinds):
    """`kinds`: 0 a question, 1 an answer, 2 an everyday text; `owners` the place of each text's group in the batch."""
    questions, answers = kinds == 0, kinds == 1
    seen = F.normalize(vectors - vectors[~answers].mean(0).detach(), dim=-1)
    seen_before = F.normalize(original - original[~answers].mean(0), dim=-1)
    cosines, before = seen @ seen.T, seen_before @ seen_before.T
    same, own = owners[:, None] == owners[None, :], torch.eye(len(owners), dtype=torch.bool)
    middles = torch.stack([group["middle"] for group in batch])
    near = middles @ middles.T > MAY_BE_SAME
    trades = [group["trade"] for group in batch]
    other_trade = torch.tensor([[left != right for right in trades] for left in trades])
    count = int((kinds < 2).sum())
    ignored = torch.zeros_like(same)
    ignored[:count, :count] = (near & other_trade)[owners[:count]][:, owners[:count]]
    ignored &= ~same

    scores = (cosines / TEMPERATURE).masked_fill(own | ignored | answers[None, :], -1e9)
    scores = scores - torch.logsumexp(scores, 1, keepdim=True)
    wanted = same & ~own & questions[None, :] & questions[:, None]
    some = wanted.any(1)
    loss = -(scores.masked_fill(~wanted, 0).sum(1)[some] / wanted.sum(1)[some]).mean()
    if answers.any():
        scores = (cosines / TEMPERATURE).masked_fill(ignored, -1e9)[questions][:, answers]
        wanted = same[questions][:, answers]
        scores = scores - torch.logsumexp(scores, 1, keepdim=True)
        loss = loss - ANSWERS * scores[wanted].sum() / wanted.any(1).sum().clamp(min=1)
    return loss + STAYING * ((cosines - before)[~same] ** 2).mean()


def centred(vectors, everyday):
    mean = torch.stack([vectors[text] for text in everyday]).mean(0)
    return {text: F.normalize(vector - mean, dim=-1) for text, vector in vectors.items()}


def nearest_right(vectors, groups, wordings):
    """How often a wording that was held back is nearest to one of its own group, within its trade."""
    right, asked = 0, 0
    for trade in sorted({group["trade"] for group in groups}):
        own = [group for group in groups if group["trade"] == trade]
        known = [(place, text) for place, group in enumerate(own) for text in group["same"][:wordings]]
        table = torch.stack([vectors[text] for _, text in known])
        for place, group in enumerate(own):
            for text in group["same"][wordings:]:
                best = int((table @ vectors[text]).argmax())
                right, asked = right + (known[best][0] == place), asked + 1
    return right / asked


def train(model, folder, everyday_file, to):
    torch.set_num_threads(THREADS)
    chance, weights, everyday = random.Random(SEED), weights_of(model), lines_of(everyday_file)
    every = read_groups(folder)
    groups = [group for group in every if group["trade"] not in KEPT_OUT]
    kept_out = [group for group in every if group["trade"] in KEPT_OUT]
    trunk = Trunk(model, weights)
    texts = sorted({text for group in every for text in [*group["same"], group["answer"]]} | set(everyday))
    trunk.add(texts)
    original = trunk.vectors(Tail(weights), texts)
    mean = torch.stack([original[text] for text in everyday]).mean(0)
    by_trade = {}
    for group in groups:
        group["middle"] = F.normalize(torch.stack([original[text] for text in group["same"]]).mean(0) - mean, dim=-1)
        by_trade.setdefault(group["trade"], []).append(group)
    print(f"{len(groups)} groups to learn from, {len(kept_out)} kept out", flush=True)

    torch.manual_seed(SEED)
    tail = Tail(weights, DROPOUT).train()
    optimizer = torch.optim.AdamW(tail.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    steps = int(ROUNDS * len(groups) / GROUPS)
    for step in range(steps):
        rate = RATE * min(1, (step + 1) / (0.1 * steps)) * max(0.02, 1 - step / steps)
        optimizer.param_groups[0]["lr"] = rate
        batch = batch_of(chance, groups, by_trade)
        texts, owners, kinds = [], [], []
        for place, group in enumerate(batch):
            texts += chance.sample(group["same"], WORDINGS)
            owners += [place] * WORDINGS
        kinds += [0] * len(texts)
        for place, group in enumerate(batch):
            if chance.random() < 0.5:
                texts.append(group["answer"])
                owners.append(place)
                kinds.append(1)
        texts += chance.sample(everyday, EVERYDAY_IN_BATCH)
        owners += [-1 - index for index in range(EVERYDAY_IN_BATCH)]
        kinds += [2] * EVERYDAY_IN_BATCH
        vectors = trunk.through(tail, texts, 28)
        before = torch.stack([original[text] for text in texts])
        loss = loss_of(batch, vectors, before, torch.tensor(owners), torch.tensor(kinds))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(tail.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 10 == 0 or step + 1 == steps:
            print(f"{step + 1} of {steps}: {loss.item():.3f}", flush=True)
            torch.save(tail.state_dict(), to)
    tuned = trunk.vectors(tail, sorted({text for group in kept_out for text in group["same"]} | set(everyday)))
    kinds = {"the encoder": centred(original, everyday), "the tail": centred(tuned, everyday)}
    own, last = kinds.values()
    # As the program takes them.
    kinds["both"] = {text: F.normalize(own[text] + last[text], dim=-1) for text in last}
    for wordings in (3, 5):
        figures = {name: 100 * nearest_right(kind, kept_out, wordings) for name, kind in kinds.items()}
        print(f"{wordings} wordings, nearest is right:", ", ".join(f"{figures[name]:.1f} % with {name}" for name in kinds))


def loaded(model, everyday_file, state):
    """The trunk, the encoder's own last layers and the tail, and the mean of the vectors of either."""
    weights, everyday = weights_of(model), lines_of(everyday_file)
    own, tail = Tail(weights), Tail(weights)
    tail.load_state_dict(torch.load(state))
    trunk = Trunk(model, weights)
    trunk.add(everyday)
    means = [torch.stack(list(trunk.vectors(kind, everyday).values())).mean(0) for kind in (own, tail)]
    return trunk, (own, tail), means


def record(model, everyday_file, state, lines, to):
    trunk, kinds, means = loaded(model, everyday_file, state)
    texts = lines_of(lines)
    trunk.add(texts)
    parts = []
    for kind, mean in zip(kinds, means, strict=True):
        vectors = trunk.vectors(kind, texts)
        parts.append(F.normalize(torch.stack([vectors[text] for text in texts]) - mean, dim=-1))
    F.normalize(parts[0] + parts[1], dim=-1).numpy().astype("<f4").tofile(to)


def write(model, everyday_file, state, to):
    _, (_, tail), means = loaded(model, everyday_file, state)
    body = struct.pack("<3I", BEGINS, LAYERS - BEGINS, 4 * WIDTH)
    body += b"".join(mean.numpy().astype("<f4").tobytes() for mean in means)
    for layer in tail.layers:
        body += matrix(layer.heads) + matrix(layer.attention) + halves(layer.attention_norm.weight, layer.attention_norm.bias)
        body += matrix(layer.inner) + matrix(layer.outer) + halves(layer.norm.weight, layer.norm.bias)
    Path(to).write_bytes(b"OCTIMTAI" + struct.pack("<2I", 1, zlib.crc32(body)) + body)
    print(f"{len(body) + 16} bytes")


def matrix(linear):
    rows = linear.weight.detach().numpy()
    scales = (np.abs(rows).max(1) / np.float32(127)).astype("<f4")
    return scales.tobytes() + np.rint(rows / scales[:, None]).astype("i1").tobytes() + halves(linear.bias)


def halves(*tensors):
    return b"".join(tensor.detach().numpy().astype("<f2").tobytes() for tensor in tensors)


def main():
    commands = {"train": (train, 4), "record": (record, 5), "write": (write, 4)}
    command, count = commands.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if command is None or len(sys.argv) != 2 + count:
        sys.exit(__doc__)
    command(*sys.argv[2:])


if __name__ == "__main__":
    main()
