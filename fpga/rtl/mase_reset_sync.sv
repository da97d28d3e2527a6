// SPDX-License-Identifier: Apache-2.0
// mase_reset_sync: a reset from whatever has to be good before a design may run.
//
// rst_no is 0 from configuration on, and rises Stages + 1 cycles after good_i; it falls as late.
// good_i belongs to no clock: its way to stage_q[0] is a false path (the flow's XDC names it).
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_reset_sync #(
  parameter int unsigned Stages = 4
) (
  input  logic clk_i,
  input  logic good_i,
  output logic rst_no
);

  `MASE_PARAM(stages, Stages >= 2, "mase_reset_sync: need Stages >= 2")

  (* ASYNC_REG = "TRUE" *)
  logic [Stages-1:0] stage_q = '0;
  logic              reset_q = 1'b0;

  assign rst_no = reset_q;

  always_ff @(posedge clk_i) begin
    stage_q <= {stage_q[Stages-2:0], good_i};
    reset_q <= stage_q[Stages-1];
  end

endmodule
