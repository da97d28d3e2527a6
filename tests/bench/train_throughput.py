# SPDX-License-Identifier: Apache-2.0
"""Samples a second of the same training in Debian's python3-torch.

Usage: train_throughput.py loader|slices [rows] [batch] [epochs] [threads]
loader: the usual loop over torch.utils.data.DataLoader, as PyTorch's tutorials and Lightning have it (num_workers=0).
slices: the fastest loop we could write in Python: one permuted copy an epoch, batches are slices of it.
Both time training alone, shuffling included; prints median and best of the epochs.
"""
import sys
import time

import torch

kind = sys.argv[1]
rows, batch, epochs, threads = (int(v) for v in (sys.argv[2:] + ["200000", "256", "5", "1"][len(sys.argv) - 2:])[:4])
torch.set_num_threads(threads)
torch.manual_seed(0)
x, y = torch.randn(rows, 16), torch.randint(0, 5, (rows,))
net = torch.nn.Sequential(torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 5), torch.nn.ReLU())
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
loss_of = torch.nn.CrossEntropyLoss()


def batches():
    if kind == "loader":
        data = torch.utils.data.TensorDataset(x, y)
        yield from torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    else:
        order = torch.randperm(rows)
        xs, ys = x[order], y[order]
        for i in range(0, rows, batch):
            yield xs[i:i + batch], ys[i:i + batch]


rates = []
for _ in range(epochs):
    start = time.perf_counter()
    total = 0.0
    for xb, yb in batches():
        optimizer.zero_grad()
        loss = loss_of(net(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(yb)
    rates.append(rows / (time.perf_counter() - start))
rates.sort()
print(f"{rates[len(rates) // 2]:.0f} {rates[-1]:.0f}")
