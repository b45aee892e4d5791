#!/usr/bin/env python3
"""Fits Bradley-Terry scores to the same comparisons with `inlay rank fit` and with choix
(opt_pairwise, the same penalty alpha * sum of score^2) and prints one JSON object a size: the
largest difference of the centered scores, and both times.

    pip install choix          (in an environment of its own)
    python benchmarks/peers/bradley_terry_choix.py [--inlay build/release/bin/inlay]

inlay's time is that of the whole program: start, reading the file, the fit with its intervals, Elo,
Borda, Copeland and the correlations, printing. choix's time is that of opt_pairwise alone.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

import choix
import numpy as np

ALPHA = 1e-3


def comparisons(items, count, seed):
    """Winner and loser pairs of a Bradley-Terry model, plus a ring of wins both ways round, so
    that every item reaches every other by wins."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 1, items)
    pairs = []
    for _ in range(count):
        u, v = random.choice(items, 2, replace=False)
        first = random.random() < 1 / (1 + np.exp(scores[v] - scores[u]))
        pairs.append((int(u), int(v)) if first else (int(v), int(u)))
    pairs += [(i, (i + 1) % items) for i in range(items)]
    return pairs


def fit_inlay(program, path):
    start = time.perf_counter()
    answer = subprocess.run([program, "rank", "fit", path, "--ridge", str(ALPHA), "--json"],
                            capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    return {row["item"]: row["score"] for row in rows if row.get("type") == "row"}, seconds


def fit_choix(items, pairs, method):
    start = time.perf_counter()
    scores = choix.opt_pairwise(items, pairs, alpha=ALPHA, method=method, tol=1e-12)
    return scores - scores.mean(), time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inlay", default="build/release/bin/inlay")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.inlay)
    with tempfile.TemporaryDirectory() as folder:
        for items, count in ((10, 200), (50, 2000), (200, 10000)):
            pairs = comparisons(items, count, seed=items)
            path = os.path.join(folder, "comparisons.csv")
            with open(path, "w", encoding="utf-8") as file:
                file.write("winner,loser\n")
                file.writelines(f"i{winner},i{loser}\n" for winner, loser in pairs)
            own_times, peer_times = [], []
            for _ in range(arguments.repeats):
                own, seconds = fit_inlay(program, path)
                own_times.append(seconds)
                peer, seconds = fit_choix(items, pairs, "Newton-CG")
                peer_times.append(seconds)
            mine = np.array([own[f"i{i}"] for i in range(items)])
            mine -= mine.mean()
            print(json.dumps({
                "items": items,
                "comparisons": len(pairs),
                "alpha": ALPHA,
                "largest_difference": float(np.abs(mine - peer).max()),
                "inlay_seconds": float(np.median(own_times)),
                "choix_seconds": float(np.median(peer_times)),
                "choix_over_inlay": float(np.median(peer_times) / np.median(own_times)),
            }), flush=True)


if __name__ == "__main__":
    main()
