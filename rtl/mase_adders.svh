// SPDX-License-Identifier: Apache-2.0
// The two-operand adders of generated adder graphs, combinational, modulo 2^width; operands are
// extended by their own signs. The zero below keeps Yosys from merging chained adders into
// compressors: see mase_adder_tree.sv.
`ifndef MASE_ADDERS_SVH
`define MASE_ADDERS_SVH
// a + b * 2^shift
`define MASE_ADD(__width, __a, __b, __shift) \
  __width'(({__width'(__a), 1'b0} + {__width'(__b) << __shift, 1'b0}) >> 1)
// a - b * 2^shift
`define MASE_SUB(__width, __a, __b, __shift) \
  __width'(({__width'(__a), 1'b0} - {__width'(__b) << __shift, 1'b0}) >> 1)
// b * 2^shift - a
`define MASE_SUB_FROM(__width, __a, __b, __shift) \
  __width'(({__width'(__b) << __shift, 1'b0} - {__width'(__a), 1'b0}) >> 1)
`endif
