#!/usr/bin/env python3
"""scikit-learn's t-SNE and umap-learn beside Inlay's, taking turns on the same vectors: real digits
(test images 0 to 4999 unless --all), PCA to 64. One JSON line each, CPU seconds of the process.

    embedding.py BENCH MNIST_FOLDER [--rounds R] [--only tsne|umap] [--all] [--no-peers]

BENCH is the program embedding_bench. Peers run on one thread. What is judged: KL as each program
reports it (the same quantity), trustworthiness and kept neighbors by scikit-learn and numpy for
both, on the same points.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np


def images(folder: str, name: str) -> np.ndarray:
    with gzip.open(os.path.join(folder, name + "-images-idx3-ubyte.gz")) as file:
        data = file.read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 784)


def vectors(folder: str, everything: bool) -> np.ndarray:
    x = images(folder, "t10k")[:5000]
    if everything:
        x = np.concatenate([images(folder, "train"), images(folder, "t10k")])
    x = x.astype(np.float64) / 255
    centered = x - x.mean(0)
    values, axes = np.linalg.eigh(centered.T @ centered)
    return (centered @ axes[:, ::-1][:, :64]).astype(np.float32)


def judge(x: np.ndarray, y: np.ndarray) -> dict:
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    chosen = np.random.default_rng(1).choice(len(x), min(len(x), 5000), replace=False)
    x, y = x[chosen], y[chosen]
    near = [
        NearestNeighbors(n_neighbors=10).fit(a).kneighbors(return_distance=False) for a in (x, y)
    ]
    kept = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*near)])
    return {"trust12": round(float(trustworthiness(x, y, n_neighbors=12)), 5),
            "kept10": round(float(kept), 5)}


def say(row: dict) -> None:
    print(json.dumps(row), flush=True)


PEER = """
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
import json, sys, time, warnings
import numpy as np
warnings.filterwarnings("ignore")
method, source, target = sys.argv[1:]
x = np.load(source)
row = {}
if method == "tsne":
    import sklearn
    from sklearn.manifold import TSNE
    model = TSNE(init="pca", n_jobs=1, random_state=1)
    row["what"] = "scikit-learn " + sklearn.__version__ + " TSNE"
else:
    import umap
    model = umap.UMAP(random_state=1, n_jobs=1)
    umap.UMAP(random_state=1, n_jobs=1, n_epochs=20).fit_transform(x[:500])  # compiles
    row["what"] = "umap-learn " + umap.__version__
cpu, wall = time.process_time(), time.monotonic()
y = model.fit_transform(x)
row["cpu_s"] = round(time.process_time() - cpu, 3)
row["wall_s"] = round(time.monotonic() - wall, 3)
if method == "tsne":
    row["cost"] = round(float(model.kl_divergence_), 5)
np.save(target, y.astype(np.float32))
print(json.dumps(row))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=["tsne", "umap"])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--threads", default="1")
    options = parser.parse_args()
    x = vectors(options.folder, options.all)
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "x.npy")
        target = os.path.join(folder, "y.npy")
        np.save(source, x)
        for _ in range(options.rounds):
            for method in [options.only] if options.only else ["tsne", "umap"]:
                commands = [[options.bench, source, "--method", method, "--layout", target,
                             "--threads", options.threads]]
                if not options.no_peers:
                    commands.append([sys.executable, "-c", PEER, method, source, target])
                for command in commands:
                    line = subprocess.run(command, check=True, capture_output=True,
                                          text=True).stdout.splitlines()[-1]
                    row = {**json.loads(line), "n": len(x)}
                    say({**row, **judge(x, np.load(target))})


main()
