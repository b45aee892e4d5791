#!/usr/bin/env python3
"""faiss on the data of kmeans_bench: CPU seconds of this process, one JSON line each.

    kmeans_faiss.py FILE.npy [REPEATS]      20 Lloyd iterations from random points, k = 100, all points
"""
import json
import resource
import sys

import faiss
import numpy as np


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(path: str, repeats: int) -> None:
    x = np.load(path)
    k = 100
    for seed in range(repeats):
        start = x[np.random.default_rng(seed).choice(len(x), k, replace=False)]
        kmeans = faiss.Kmeans(
            x.shape[1], k, niter=20, nredo=1, max_points_per_centroid=len(x), seed=seed + 1
        )
        before = cpu_seconds()
        kmeans.train(x, init_centroids=start)
        print(
            json.dumps(
                {
                    "what": "lloyd_20",
                    "cpu_s": round(cpu_seconds() - before, 4),
                    "cost": float(kmeans.obj[-1]),
                    "iterations": len(kmeans.obj),
                    "library": "faiss " + faiss.__version__,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 3)
