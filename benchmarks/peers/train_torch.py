"""PyTorch's side of throughput.py: the network of train_peer, from the same parameters, on the
same batches, a block of steps for each line of standard input.

    train_torch.py vit|mlp|convnet FOLDER THREADS eager|compile
"""

import json
import struct
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

from vit_model import Vit

LEARNING_RATE = 1e-3


def read_safetensors(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    types = {"F32": numpy.float32, "I32": numpy.int32}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], types[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


class LoadedVit(Vit):
    def __init__(self, parameters):
        patch, width = parameters["embed/weight"].shape
        super().__init__({
            "patch": patch, "tokens": parameters["embed/positions"].shape[0], "width": width,
            "depth": sum(name.endswith("mlp.in/weight") for name in parameters), "heads": 4,
            "hidden": parameters["blocks.0.mlp.in/weight"].shape[1],
            "classes": parameters["head/weight"].shape[1]})
        self.load(parameters)

    @torch.no_grad()
    def load(self, parameters):
        taken = set()

        def take(name):
            taken.add(name)
            return parameters[name]

        def linear(layer, name):
            layer.weight.copy_(take(name + "/weight").t())
            layer.bias.copy_(take(name + "/bias").reshape(-1))

        def norm(layer, name):
            layer.weight.copy_(take(name + "/weight").reshape(-1))
            layer.bias.copy_(take(name + "/bias").reshape(-1))

        linear(self.embed, "embed")
        self.positions.copy_(take("embed/positions"))
        for i, block in enumerate(self.blocks):
            name = f"blocks.{i}"
            norm(block.attention_norm, name + ".attention.norm")
            for j, part in enumerate("qkv"):
                width = block.out.weight.shape[0]
                rows = slice(j * width, (j + 1) * width)
                block.qkv.weight[rows].copy_(take(f"{name}.attention.{part}/weight").t())
                block.qkv.bias[rows].copy_(take(f"{name}.attention.{part}/bias").reshape(-1))
            linear(block.out, name + ".attention.o")
            norm(block.mlp_norm, name + ".mlp.norm")
            linear(block.mlp_in, name + ".mlp.in")
            linear(block.mlp_out, name + ".mlp.out")
        norm(self.norm, "norm")
        linear(self.head, "head")
        missing = set(parameters) - taken
        if missing:
            sys.exit(f"not in the twin: {sorted(missing)}")


class Mlp(nn.Module):
    def __init__(self, parameters):
        super().__init__()
        names = [name for name in parameters if name.endswith("/weight")]
        names.sort(key=lambda name: (name.startswith("head"), name))
        self.layers = nn.ModuleList(nn.Linear(*parameters[name].shape) for name in names)
        with torch.no_grad():
            for layer, name in zip(self.layers, names):
                layer.weight.copy_(parameters[name].t())
                layer.bias.copy_(parameters[name.replace("weight", "bias")].reshape(-1))

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = functional.relu(layer(x))
        return self.layers[-1](x)


class ConvNet(nn.Module):
    """Convolutions 5 x 5 and 3 x 3 with a 2 x 2 pooling behind each, then a head. The rows of our
    weights are (ky, kx, channel)."""

    def __init__(self, parameters):
        super().__init__()
        self.layers = nn.ModuleList()
        channels = 1
        for i, side in enumerate((5, 3, 3)):
            weight = parameters[f"blocks.{i}/weight"]
            layer = nn.Conv2d(channels, weight.shape[1], side)
            with torch.no_grad():
                layer.weight.copy_(weight.reshape(side, side, channels, -1).permute(3, 2, 0, 1))
                layer.bias.copy_(parameters[f"blocks.{i}/bias"].reshape(-1))
            channels = weight.shape[1]
            self.layers.append(layer)
        self.head = nn.Linear(*parameters["head/weight"].shape)
        with torch.no_grad():
            self.head.weight.copy_(parameters["head/weight"].t())
            self.head.bias.copy_(parameters["head/bias"].reshape(-1))

    def forward(self, x):
        x = x.reshape(x.shape[0], 1, 28, 28)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            x = functional.max_pool2d(functional.relu(x) if i < 2 else x, 2)
        return self.head(x.flatten(1))


def make_optimizer(network):
    decayed = [p for p in network.parameters() if p.dim() > 1 and p is not getattr(network, "positions", None)]
    chosen = {id(p) for p in decayed}
    others = [p for p in network.parameters() if id(p) not in chosen]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    try:
        optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, fused=True)
        # A build that knows the argument may still lack the kernel for processors.
        probe = nn.Parameter(torch.zeros(1))
        probe.grad = torch.zeros(1)
        torch.optim.AdamW([probe], fused=True).step()
        return optimizer, True
    except (TypeError, RuntimeError, AssertionError):
        return torch.optim.AdamW(groups, lr=LEARNING_RATE), False


def main():
    name, folder, threads, mode = sys.argv[1:5]
    torch.set_num_threads(int(threads))
    parameters = read_safetensors(folder + "/parameters.safetensors")
    batches = read_safetensors(folder + "/batches.safetensors")
    count = sum(key.startswith("values.") for key in batches)
    data = [(batches[f"values.{i}"], batches[f"labels.{i}"].long()) for i in range(count)]
    network = {"vit": LoadedVit, "mlp": Mlp, "convnet": ConvNet}[name](parameters)
    network.train()
    optimizer, fused = make_optimizer(network)
    step_network = torch.compile(network) if mode == "compile" else network
    done = 0

    def step():
        nonlocal done
        values, labels = data[done % count]
        done += 1
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(step_network(values), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        return loss.detach()

    if mode == "compile":
        # Compilation belongs to no block; it must not move the parameters either.
        functional.cross_entropy(step_network(data[0][0]), data[0][1]).backward()
        optimizer.zero_grad(set_to_none=True)

    print(json.dumps({"ready": "PyTorch", "version": torch.__version__, "mode": mode,
                      "threads": torch.get_num_threads(), "fused_optimizer": fused}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        total = torch.zeros(())
        begin = time.perf_counter()
        for _ in range(steps):
            total += step()
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "loss": total.item() / steps}), flush=True)


main()
