// SPDX-License-Identifier: Apache-2.0
// mase_slr_receive: the half of mase_slr_crossing behind the seam.
//
// What comes over the seam is registered and stored; every beat that leaves gives a credit back.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_slr_receive #(
  parameter int unsigned Width = 8,  // bits a beat
  parameter int unsigned Room  = 6   // beats
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             seam_valid_i,
  input  logic [Width-1:0] seam_data_i,
  output logic             seam_credit_o,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_slr_receive: need Width >= 1")
  `MASE_PARAM(room, Room >= 2, "mase_slr_receive: need Room >= 2")

  // Beside the seam, as in mase_slr_send.
  (* USER_SLL_REG = "TRUE", shreg_extract = "no" *)
  logic             valid_q;
  (* USER_SLL_REG = "TRUE", shreg_extract = "no" *)
  logic [Width-1:0] data_q;
  (* USER_SLL_REG = "TRUE", shreg_extract = "no", extract_reset = "no" *)
  logic             credit_q;
  logic             unused_ready;

  assign seam_credit_o = credit_q;

  always_ff @(posedge clk_i) begin
    valid_q  <= seam_valid_i;
    data_q   <= seam_data_i;
    credit_q <= out_valid_o && out_ready_i && rst_ni;
  end

  mase_fifo #(.Width(Width), .Depth(Room)) u_store (
    .clk_i, .rst_ni,
    .in_valid_i(valid_q), .in_ready_o(unused_ready), .in_data_i(data_q),
    .out_valid_o, .out_ready_i, .out_data_o
  );

  // Credits are right: a beat never finds the store full.
  `MASE_ASSERT(a_room, !(valid_q && !unused_ready), "a beat was lost")

endmodule
