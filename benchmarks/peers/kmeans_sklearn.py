#!/usr/bin/env python3
"""scikit-learn on the data of kmeans_bench: CPU seconds of this process, one JSON line each.

    kmeans_sklearn.py make A|B FILE.npy      1M x 32 points in f32 (set A separated, B overlapping)
    kmeans_sklearn.py run FILE.npy [REPEATS]

Set A: 100 centers uniform in [0, 500]^32, unit noise. Set B: centers N(0, 1.5^2 I), unit noise.
"""
import json
import resource
import sys
import warnings

import numpy as np


def make(which: str, path: str) -> None:
    rng = np.random.default_rng(1)
    clusters, dims, count = 100, 32, 1_000_000
    if which == "A":
        centers = rng.uniform(0, 500, (clusters, dims))
    else:
        centers = rng.normal(0, 1.5, (clusters, dims))
    out = np.lib.format.open_memmap(path, "w+", np.float32, (count, dims))
    for at in range(0, count, 100_000):
        labels = rng.integers(0, clusters, 100_000)
        out[at : at + 100_000] = centers[labels] + rng.normal(0, 1, (100_000, dims))


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(path: str, repeats: int) -> None:
    import sklearn
    from sklearn.cluster import KMeans, MiniBatchKMeans, kmeans_plusplus

    warnings.filterwarnings("ignore")
    x = np.load(path)
    k = 100

    def timed(what, work):
        before = cpu_seconds()
        cost, iterations = work()
        print(
            json.dumps(
                {
                    "what": what,
                    "cpu_s": round(cpu_seconds() - before, 4),
                    "cost": float(cost),
                    "iterations": iterations,
                    "sklearn": sklearn.__version__,
                }
            ),
            flush=True,
        )

    def seeding(seed):
        centers, _ = kmeans_plusplus(x, k, n_local_trials=1, random_state=seed)
        return 0.0, k

    def lloyd(seed):
        start = x[np.random.default_rng(seed).choice(len(x), k, replace=False)]
        fit = KMeans(k, init=start, n_init=1, max_iter=20, tol=0, algorithm="lloyd").fit(x)
        return fit.inertia_, fit.n_iter_

    def whole(seed):
        fit = KMeans(k, n_init=1, random_state=seed, algorithm="lloyd").fit(x)
        return fit.inertia_, fit.n_iter_

    def mini_batch(seed):
        fit = MiniBatchKMeans(k, n_init=3, random_state=seed).fit(x)
        return fit.inertia_, fit.n_iter_

    for seed in range(repeats):
        timed("kmeans_plusplus", lambda: seeding(seed))
        timed("lloyd_20", lambda: lloyd(seed))
        timed("KMeans", lambda: whole(seed))
        timed("MiniBatchKMeans", lambda: mini_batch(seed))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "make" and sys.argv[2] in "AB":
        make(sys.argv[2], sys.argv[3])
    elif len(sys.argv) in (3, 4) and sys.argv[1] == "run":
        run(sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 5)
    else:
        sys.exit(__doc__)
