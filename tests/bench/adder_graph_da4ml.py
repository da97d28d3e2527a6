#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adder graphs of da4ml (pip install da4ml) as text for bench_adder_graph --da4ml.

usage: adder_graph_da4ml.py MATRIX.csv DC OUT.graph     (rows of the file are inputs; dc -1: no limit)

Text: `input LOW HIGH` a column, `adder A B SHIFT NEGATE_A NEGATE_B LOW HIGH` a two-operand adder
A + B * 2^SHIFT with the interval of its operands' intervals, as da4ml has it, `output WIRE SHIFT NEGATE`, and `seconds S`.
"""
import sys
import time

import numpy as np
from da4ml.cmvm import solve


def main() -> None:
    matrix, dc, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    kernel = np.loadtxt(matrix, delimiter=",", ndmin=2).astype(np.float32)
    begin = time.time()
    solution = solve(np.ascontiguousarray(kernel), hard_dc=dc)
    seconds = time.time() - begin
    lines, wires, intervals = [], 0, []
    # A value is (wire, exponent, negative): wire * 2^exponent, negated.
    values = []
    for _ in range(kernel.shape[0]):
        lines.append("input -128 127")
        intervals.append((-128, 127))
        values.append((wires, 0, False))
        wires += 1
    for stage in solution.solutions:
        buffer = []
        for op in stage.ops:
            if op.opcode == -1:
                wire, exponent, negative = values[op.id0]
                buffer.append((wire, exponent + stage.inp_shifts[op.id0], negative))
                continue
            assert op.opcode in (0, 1), op
            (a, ea, na), (b, eb, nb) = buffer[op.id0], buffer[op.id1]
            eb += op.data
            nb ^= op.opcode == 1
            if eb < ea:
                (a, ea, na), (b, eb, nb) = (b, eb, nb), (a, ea, na)
            negative = na and nb
            if negative:
                na = nb = False
            ends_a = [(-x if na else x) for x in intervals[a]]
            ends_b = [(-x if nb else x) << (eb - ea) for x in intervals[b]]
            low, high = min(ends_a) + min(ends_b), max(ends_a) + max(ends_b)
            lines.append(f"adder {a} {b} {eb - ea} {int(na)} {int(nb)} {low} {high}")
            intervals.append((low, high))
            buffer.append((wires, ea, negative))
            wires += 1
        values = []
        for index, shift, neg in zip(stage.out_idxs, stage.out_shifts, stage.out_negs):
            if index < 0:
                values.append((-1, 0, False))
                continue
            wire, exponent, negative = buffer[index]
            values.append((wire, exponent + shift, negative ^ bool(neg)))
    for wire, exponent, negative in values:
        lines.append(f"output {wire} {exponent} {int(negative)}")
    lines.append(f"seconds {seconds:.4f}")
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
