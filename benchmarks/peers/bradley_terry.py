#!/usr/bin/env python3
"""Fits Bradley-Terry scores to the same comparisons with `inlay rank fit` and with another program
at the same penalty alpha * sum of score^2, and prints one JSON object a size: the largest
difference of the centered scores, and both times.

    pip install choix          (in an environment of its own; or scikit-learn)
    python benchmarks/peers/bradley_terry.py --peer choix [--inlay build/release/bin/inlay]

choix: opt_pairwise by Newton-CG. sklearn: logistic regression without an intercept on rows with +1
at the winner and -1 at the loser, C = 1 / (2 alpha), by Newton-Cholesky: the same objective.

inlay's time is that of the whole program: start, reading the file, the fit with its intervals, Elo,
Borda, Copeland and the correlations, printing. The peer's is that of the fit alone.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

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


def fit_choix(items, pairs):
    import choix
    start = time.perf_counter()
    scores = choix.opt_pairwise(items, pairs, alpha=ALPHA, method="Newton-CG", tol=1e-12)
    return scores - scores.mean(), time.perf_counter() - start


def fit_sklearn(items, pairs):
    from sklearn.linear_model import LogisticRegression
    # Half of the rows the other way round: the solver wants two classes.
    rows = np.zeros((len(pairs), items))
    labels = np.arange(len(pairs)) % 2
    sign = 2 * labels - 1
    winners, losers = np.array(pairs).T
    rows[np.arange(len(pairs)), winners] = sign
    rows[np.arange(len(pairs)), losers] = -sign
    model = LogisticRegression(fit_intercept=False, C=1 / (2 * ALPHA), tol=1e-12,
                               solver="newton-cholesky", max_iter=200)
    start = time.perf_counter()
    model.fit(rows, labels)
    seconds = time.perf_counter() - start
    scores = model.coef_[0]
    return scores - scores.mean(), seconds


PEERS = {"choix": fit_choix, "sklearn": fit_sklearn}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inlay", default="build/release/bin/inlay")
    parser.add_argument("--peer", choices=PEERS, default="choix")
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
                peer, seconds = PEERS[arguments.peer](items, pairs)
                peer_times.append(seconds)
            mine = np.array([own[f"i{i}"] for i in range(items)])
            mine -= mine.mean()
            print(json.dumps({
                "peer": arguments.peer,
                "items": items,
                "comparisons": len(pairs),
                "alpha": ALPHA,
                "largest_difference": float(np.abs(mine - peer).max()),
                "inlay_seconds": float(np.median(own_times)),
                "peer_seconds": float(np.median(peer_times)),
                "peer_over_inlay": float(np.median(peer_times) / np.median(own_times)),
            }), flush=True)


if __name__ == "__main__":
    main()
