#!/usr/bin/env python3
"""Training steps of the two vision transformers of `inlay-gpu-check bench train` in PyTorch on a
GPU: the same architecture, batch, loss, clipping and fused AdamW, with the data on the device.

    benchmarks/peers/vit_torch.py [--network small,base] [--precision f32,tf32,bf16]
        [--mode eager,compile] [--out FILE] [--resume]

Prints a line for each case and adds a row to FILE, as inlay-gpu-check does. Times are medians of
blocks of steps between device events, after a warm-up. A case that PyTorch cannot run is reported
and left out.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time

import torch
from torch.nn import functional

from vit_model import Vit

STEPS = 50
BLOCKS = 5
BLOCK_SECONDS = 1.0
BATCHES = 2
LEARNING_RATE = 1e-3

NETWORKS = {
    "small": {"patch": 49, "tokens": 16, "width": 96, "depth": 4, "heads": 4, "hidden": 192,
              "classes": 10, "batch": 128},
    "base": {"patch": 768, "tokens": 196, "width": 768, "depth": 12, "heads": 12, "hidden": 3072,
             "classes": 1000, "batch": 64},
    # For a try on a processor.
    "tiny": {"patch": 12, "tokens": 5, "width": 16, "depth": 1, "heads": 2, "hidden": 32,
             "classes": 10, "batch": 4},
}


class Clock:
    """Seconds between two points of the device's work queue."""

    def __init__(self, device):
        self.on_gpu = device.type == "cuda"

    def mark(self):
        if not self.on_gpu:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds(self, begin, end):
        if not self.on_gpu:
            return end - begin
        end.synchronize()
        return 1e-3 * begin.elapsed_time(end)


class Training:
    def __init__(self, size, precision, mode, device):
        # tf32 rounds the operands of f32 products; otherwise they are full f32.
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        torch.manual_seed(1)
        self.network = Vit(size).to(device)
        self.stepped = torch.compile(self.network) if mode == "compile" else self.network
        decayed = [p for p in self.network.parameters()
                   if p.dim() > 1 and p is not self.network.positions]
        chosen = {id(p) for p in decayed}
        others = [p for p in self.network.parameters() if id(p) not in chosen]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
            lr=LEARNING_RATE, fused=True)
        self.precision = precision
        self.device = device
        shape = (size["batch"], size["tokens"], size["patch"])
        self.data = [(torch.randn(shape, device=device),
                      torch.randint(size["classes"], (size["batch"],), device=device))
                     for _ in range(BATCHES)]
        self.done = 0

    def autocast(self):
        if self.precision != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def step(self):
        values, labels = self.data[self.done % BATCHES]
        self.done += 1
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = functional.cross_entropy(self.stepped(values), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        return loss


def measure(name, precision, mode, device, block_seconds):
    training = Training(NETWORKS[name], precision, mode, device)
    clock = Clock(device)

    def block(steps):
        begin = clock.mark()
        for _ in range(steps):
            training.step()
        return clock.seconds(begin, clock.mark()) / steps

    block(10)
    once = block(2)
    steps = max(5, min(STEPS, int(block_seconds / once)))
    seconds = sorted(block(steps) for _ in range(BLOCKS))
    loss = training.step().item()
    if loss != loss:
        raise RuntimeError("the loss is not a number")
    median = statistics.median(seconds)
    return {"seconds": median, "least": seconds[0], "most": seconds[-1], "steps": steps,
            "steps_per_second": 1 / median,
            "samples_per_second": NETWORKS[name]["batch"] / median}


def made_before(path):
    """Cases that the rows after the file's last header hold."""
    made = set()
    if path and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if row.get("stage") == "header":
                    made.clear()
                elif row.get("stage") == "peers" and "seconds" in row:
                    made.add(row["case"])
    return made


def words(text):
    return [word for word in text.split(",") if word]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", type=words, default=["small", "base"])
    parser.add_argument("--precision", type=words, default=["bf16", "tf32", "f32"])
    parser.add_argument("--mode", type=words, default=["eager"], help="eager, compile")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--block-seconds", type=float, default=BLOCK_SECONDS)
    parser.add_argument("--out", help="file to which rows are added")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    for value, allowed in ((options.network, NETWORKS), (options.precision, ("f32", "tf32", "bf16")),
                           (options.mode, ("eager", "compile"))):
        for word in value:
            if word not in allowed:
                parser.error(f"{word} is not one of {', '.join(allowed)}")
    if options.device == "cuda" and not torch.cuda.is_available():
        print("vit_torch.py: PyTorch finds no GPU here.", file=sys.stderr)
        return 2
    device = torch.device(options.device)
    made = made_before(options.out) if options.resume else set()
    failed = False
    for mode in options.mode:
        for name in options.network:
            for precision in options.precision:
                library = f"PyTorch {torch.__version__} {mode}"
                case = f"{name} vit, {precision}, {library}"
                if case in made:
                    continue
                row = {"stage": "peers", "case": case, "network": name, "precision": precision,
                       "library": library, "batch": NETWORKS[name]["batch"]}
                try:
                    row.update(measure(name, precision, mode, device, options.block_seconds))
                    print(f"{case:56} {1e3 * row['seconds']:9.3f} ms a step "
                          f"({1e3 * row['least']:.3f} to {1e3 * row['most']:.3f})", flush=True)
                except Exception as error:  # whatever a compiler or driver says
                    failed = True
                    row["not_run"] = str(error).splitlines()[0][:200] if str(error) else "failed"
                    print(f"{case}: {row['not_run']}", file=sys.stderr, flush=True)
                if options.out:
                    with open(options.out, "a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
