"""The vision transformer of Inlay in PyTorch, for the peers: GELU with the error function, biases
everywhere, the final norm after the mean over the tokens."""

import math

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Pre-norm; q, k and v are one product, which is PyTorch's faster way."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp_in = nn.Linear(width, hidden)
        self.mlp_out = nn.Linear(hidden, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.attention_norm(x))
        q, k, v = qkv.view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(functional, "scaled_dot_product_attention"):
            attended = functional.scaled_dot_product_attention(q, k, v)
        else:
            scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads)
            attended = scores.softmax(-1) @ v
        x = x + self.out(attended.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.mlp_out(functional.gelu(self.mlp_in(self.mlp_norm(x))))


class Vit(nn.Module):
    """Rows of patches in, logits out: learned positions, mean over the tokens, then the norm."""

    def __init__(self, size):
        super().__init__()
        width = size["width"]
        self.embed = nn.Linear(size["patch"], width)
        self.positions = nn.Parameter(0.02 * torch.randn(size["tokens"], width))
        self.blocks = nn.ModuleList(Block(width, size["heads"], size["hidden"])
                                    for _ in range(size["depth"]))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, size["classes"])

    def forward(self, x):
        x = self.embed(x) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x.mean(1)))
