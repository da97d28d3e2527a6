// SPDX-License-Identifier: Apache-2.0
// Checks that every cell carries. The including module has clk_i and rst_ni where it uses
// MASE_ASSERT or MASE_STABLE.
`ifndef MASE_CHECK_SVH
`define MASE_CHECK_SVH
// MASE_PARAM: elaboration-time check, seen by Verilator and Yosys alike.
`define MASE_PARAM(__label, __cond, __msg) \
  if (!(__cond)) begin : gen_bad_``__label \
    $error(__msg); \
  end
// MASE_ASSERT / MASE_STABLE: simulation only; Yosys defines SYNTHESIS and sees nothing.
`ifdef SYNTHESIS
`define MASE_ASSERT(__label, __prop, __msg)
`define MASE_STABLE(__label, __valid, __ready, __data)
`else
`define MASE_ASSERT(__label, __prop, __msg) \
  __label: assert property (@(posedge clk_i) disable iff (!rst_ni) (__prop)) \
    else $error("%m: %s", __msg);
`define MASE_STABLE(__label, __valid, __ready, __data) \
  __label: assert property (@(posedge clk_i) disable iff (!rst_ni) \
      ((__valid) && !(__ready)) |=> ((__valid) && $stable(__data))) \
    else $error("%m: payload changed while stalled");
`endif
`endif
