#!/usr/bin/env python3
"""What a PyTorch user would pick instead of a cheaper layer, beside `inlay bench operators`.

    layers_torch.py INLAY [--threads N] [--repeats N]

For each case the layers of PyTorch and `nn.Linear` run in turns, then Inlay times its family and its
own dense layer on the same shape; one JSON line a layer. What does not run says why. Butterfly layers
have no package in the registry that installs without a GPU toolchain: `butterfly by hand` is the usual
formulation with reshapes and broadcast products.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn


class LowRank(nn.Module):
    """Two linear layers of rank r without bias between them."""

    def __init__(self, width: int, rank: int):
        super().__init__()
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, width)

    def forward(self, x):
        return self.up(self.down(x))


class Butterfly(nn.Module):
    """log2 n stages of 2 x 2 blocks, stride 1 first."""

    def __init__(self, width: int):
        super().__init__()
        stages = width.bit_length() - 1
        self.blocks = nn.Parameter(torch.randn(stages, width // 2, 2, 2) * 0.7)

    def forward(self, x):
        rows, width = x.shape
        for stage, blocks in enumerate(self.blocks):
            h = 1 << stage
            pairs = x.view(rows, width // (2 * h), 2, h)
            w = blocks.view(width // (2 * h), h, 2, 2)
            first = w[..., 0, 0] * pairs[:, :, 0] + w[..., 0, 1] * pairs[:, :, 1]
            second = w[..., 1, 0] * pairs[:, :, 0] + w[..., 1, 1] * pairs[:, :, 1]
            x = torch.stack((first, second), dim=2).reshape(rows, width)
        return x


def two_four(width: int) -> nn.Module:
    """PyTorch's semi-structured sparsity: two of four inputs of an output kept."""
    layer = nn.Linear(width, width)
    mask = torch.tensor([1.0, 1.0, 0.0, 0.0]).repeat(width, width // 4)
    layer.weight = nn.Parameter(
        torch.sparse.to_sparse_semi_structured(layer.weight.detach() * mask)
    )
    return layer


def masked_csr(width: int) -> nn.Module:
    """The same weight as a compressed sparse row matrix, which PyTorch multiplies on a CPU."""

    class Csr(nn.Module):
        def __init__(self):
            super().__init__()
            mask = torch.tensor([1.0, 1.0, 0.0, 0.0]).repeat(width, width // 4)
            self.weight = (torch.randn(width, width) * mask).to_sparse_csr()

        def forward(self, x):
            return (self.weight @ x.T).T

    return Csr()


# what, family and configuration of Inlay, rows, width
CASES = [
    ("low rank", lambda n: LowRank(n, n // 8), "low_rank", 1024, 1024),
    ("semi-structured 2:4", two_four, "two_four", 1536, 1536),
    ("2:4 as CSR", masked_csr, "two_four", 1536, 1536),
    ("butterfly by hand", Butterfly, "butterfly", 64, 1024),
    ("butterfly by hand", Butterfly, "butterfly", 64, 4096),
    ("linear", None, "stl", 2048, 2048),
]


def timed(work, repeats: int):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def inlay_rows(program: str, family: str, rows: int, width: int, threads: int, repeats: int):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [program, "bench", "operators", "--family", family, "--size", str(width), "--rows",
             str(rows), "--pass", "forward", "--repeats", str(repeats), "--threads", str(threads),
             "--json", "--store", os.path.join(folder, "bench.db")],
            capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [line for line in lines if line.get("family") == family]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("inlay")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    for name, make, family, rows, width in CASES:
        x = torch.randn(rows, width)
        dense = nn.Linear(width, width)
        with torch.inference_mode():
            record = {"peer": name, "rows": rows, "width": width, "threads": args.threads,
                      "torch": torch.__version__}
            try:
                layer = make(width) if make else dense
                layer(x)
                own, base = [], []
                for _ in range(args.repeats):
                    own += timed(lambda: layer(x), 1)
                    base += timed(lambda: dense(x), 1)
                record["median_s"] = statistics.median(own)
                record["linear_median_s"] = statistics.median(base)
            except Exception as error:  # noqa: BLE001 - the reason is the result
                record["not_run"] = str(error).splitlines()[0]
        for row in inlay_rows(args.inlay, family, rows, width, args.threads, args.repeats):
            print(json.dumps({**record, "inlay": row["family"], "config": row["config"],
                              "inlay_median_s": row["median_s"],
                              "inlay_dense_median_s": row["dense_median_s"]}), flush=True)


if __name__ == "__main__":
    main()
