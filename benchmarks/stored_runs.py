"""What the benchmarks that train through the program share: runs of a project, kept by their name."""

import json
import os
import subprocess
import sys


def add_arguments(parser, root):
    parser.add_argument("--data", required=True, help="folder of the MNIST files")
    parser.add_argument("--store", required=True, help="run store, made if there is none")
    parser.add_argument("--program", default=os.path.join(root, "build/release/bin/inlay"))
    parser.add_argument("--threads", default="0", help="0 = all; results do not depend on it")
    parser.add_argument("--only", default="", help="runs whose name has this text")


def stored(options):
    """Finished runs of the store by name."""
    if not os.path.exists(options.store):
        return {}
    answer = subprocess.run([options.program, "runs", "list", "--store", options.store, "--query",
                             "state:finished", "--json"], capture_output=True, text=True,
                            check=True)
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    return {row["name"]: row for row in rows if row.get("type") == "row"}


def trained(options, name, project, settings, seed):
    """The finished run of that name, trained on real digits now if the store has none; None when it
    fails."""
    if name not in stored(options):
        sets = [word for key in settings + ["dataset.kind=idx", f"dataset.path={options.data}"]
                for word in ("--set", key)]
        code = subprocess.run([options.program, "run", project, *sets, "--seed", str(seed),
                               "--threads", options.threads, "--name", name, "--store",
                               options.store], stdout=subprocess.DEVNULL, check=False).returncode
        if code != 0:
            print(f"{name}: inlay run ended with {code}", file=sys.stderr)
            return None
    return stored(options)[name]
