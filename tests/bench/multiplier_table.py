#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LUTs of mase_multiplier (Style 2) for every size alone: prints the tables of gen/arch/multiplier_table.h.

    tests/bench/multiplier_table.py [largest size, default 16]
"""
import json
import pathlib
import subprocess
import sys
import tempfile

RTL = pathlib.Path(__file__).resolve().parents[2] / "rtl"


def count(most, signed):
    """LUTs by (bits of b, bits of a): one Yosys process, a module that keeps its hierarchy each."""
    sizes = [(b, a) for b in range(1, most + 1) for a in range(1, most + 1)]
    text, ports, uses = "", [], ""
    for b, a in sizes:
        name, y = f"m{b}_{a}", a + b - 1
        text += f"""(* keep_hierarchy *) module {name}(input logic [{a - 1}:0] a_i, input logic [{b - 1}:0] b_i, output logic [{y}:0] y_o);
  mase_multiplier #(.AWidth({a}), .ASigned(1'b{signed}), .BWidth({b}), .Style(2)) u (.a_i, .b_i, .y_o);
endmodule
"""
        ports += [f"input logic [{a - 1}:0] a_{name}", f"input logic [{b - 1}:0] b_{name}", f"output logic [{y}:0] y_{name}"]
        uses += f"  {name} u_{name} (.a_i(a_{name}), .b_i(b_{name}), .y_o(y_{name}));\n"
    text += "module all(" + ", ".join(ports) + ");\n" + uses + "endmodule\n"
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "all.sv").write_text(text)
        script = (f"read_verilog -sv -I{RTL} {RTL}/mase_multiplier.sv all.sv; synth_xilinx -family xcup -flatten "
                  "-abc9 -noiopad -noclkbuf -top all; tee -q -o stat.json stat -json")
        subprocess.run(["yosys", "-q", "-p", script], cwd=folder, check=True)
        modules = json.loads(pathlib.Path(folder, "stat.json").read_text())["modules"]
    cells = {size: modules["\\m%d_%d" % size]["num_cells_by_type"] for size in sizes}
    return {size: sum(int(n) for kind, n in c.items() if kind.startswith("LUT")) for size, c in cells.items()}


def main():
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    for name, signed in (("kSignedMultiplier", 1), ("kUnsignedMultiplier", 0)):
        luts = count(most, signed)
        rows = ",\n    ".join("{" + ", ".join(str(luts[b, a]) for a in range(1, most + 1)) + "}" for b in range(1, most + 1))
        print(f"inline constexpr int16_t {name}[{most}][{most}] = {{\n    {rows}}};\n")


main()
