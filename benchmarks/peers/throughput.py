#!/usr/bin/env python3
"""Training throughput on the processor beside PyTorch: the same networks from the same start
values on the same batches, in blocks of steps taken in turns, so that a change of the machine's
speed falls on all alike.

    benchmarks/peers/throughput.py --build build/release \\
        --torch VENV/bin/python [--torch /usr/bin/python3] [--json]

Each --torch is a Python with PyTorch; it runs eager and, where torch.compile works, compiled. The
mean losses of all blocks are compared too: a peer that trains another network is no peer.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

STEPS = 100
LOSS_TOLERANCE = 0.02


class Worker:
    def __init__(self, title, command, threads):
        self.title = title
        self.blocks = []
        self.losses = []
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads),
                           OPENBLAS_NUM_THREADS=str(threads))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError((self.process.stderr.read().strip() or "no answer").splitlines()[-1])
        self.about = json.loads(line)

    def block(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.losses.append(answer["loss"])
        return answer["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(network, options):
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        workers = [Worker("Inlay", [os.path.join(options.build, "bin", "train_peer"), network,
                                    folder, str(options.threads)], options.threads)]
        for python in options.torch:
            for mode in ("eager", "compile"):
                try:
                    worker = Worker("", [python, os.path.join(here, "train_torch.py"), network,
                                         folder, str(options.threads), mode], options.threads)
                except RuntimeError as error:
                    print(f"{network}: {python} {mode} does not run here: {error}",
                          file=sys.stderr, flush=True)
                    continue
                worker.title = f"PyTorch {worker.about['version']} {mode}"
                workers.append(worker)
        for worker in workers:
            worker.block(20)  # warm-up
        for _ in range(options.blocks):
            for worker in workers:
                worker.blocks.append(worker.block(STEPS))
        for worker in workers:
            worker.close()

    own = workers[0]
    same = True
    for worker in workers:
        # From the second block on all have left the start; the curves must still be one.
        apart = max(abs(a - b) for a, b in zip(worker.losses, own.losses))
        same = same and apart <= LOSS_TOLERANCE
        milliseconds = 1e3 * statistics.median(worker.blocks) / STEPS
        ratio = statistics.median(b / a for a, b in zip(own.blocks, worker.blocks))
        if options.json:
            print(json.dumps({"benchmark": "throughput", "network": network, "peer": worker.title,
                              "about": worker.about, "milliseconds": milliseconds, "ratio": ratio,
                              "loss_distance": apart, "blocks": worker.blocks, "steps": STEPS,
                              "threads": options.threads}), flush=True)
        else:
            print(f"{network}  {worker.title:32} {milliseconds:8.2f} ms a step   "
                  f"Inlay is {ratio:5.2f}x as fast   losses apart by {apart:.4f}", flush=True)
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="build folder of the Release preset")
    parser.add_argument("--torch", action="append", default=[], help="a Python with PyTorch")
    parser.add_argument("--network", action="append", choices=["vit", "mlp", "convnet"])
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object a result")
    options = parser.parse_args()
    same = all([measure(network, options) for network in options.network or ["mlp", "vit", "convnet"]])
    if not same:
        sys.exit(f"The losses differ by more than {LOSS_TOLERANCE}: not the same network.")


main()
