// SPDX-License-Identifier: Apache-2.0
// mase_slr_send: the half of mase_slr_crossing in front of the seam.
//
// A beat leaves when the other half has room for it, of which it has Room beats to begin with and
// one more with every credit that comes back. valid and data go to registers of the other half and
// nowhere else; no reset reaches data, none a control pin of valid.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_slr_send #(
  parameter int unsigned Width = 8,  // bits a beat
  parameter int unsigned Room  = 6   // beats
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,

  output logic             seam_valid_o,
  output logic [Width-1:0] seam_data_o,
  input  logic             seam_credit_i
);

  `MASE_PARAM(width, Width >= 1, "mase_slr_send: need Width >= 1")
  `MASE_PARAM(room, Room >= 2, "mase_slr_send: need Room >= 2")

  // Beside the seam: placed where its long lines begin and end, hence no logic but a register.
  (* USER_SLL_REG = "TRUE", shreg_extract = "no", extract_reset = "no" *)
  logic             valid_q;
  (* USER_SLL_REG = "TRUE", shreg_extract = "no", extract_enable = "no" *)
  logic [Width-1:0] data_q;
  (* USER_SLL_REG = "TRUE", shreg_extract = "no" *)
  logic             credit_q;

  logic [Room-1:0]  room_q;  // as many ones, from the bottom, as beats that may leave
  logic             take;

  assign in_ready_o   = room_q[0];
  assign take         = in_valid_i && in_ready_o;
  assign seam_valid_o = valid_q;
  assign seam_data_o  = data_q;

  always_ff @(posedge clk_i) begin
    valid_q  <= take && rst_ni;
    data_q   <= in_data_i;
    credit_q <= seam_credit_i;
    if (!rst_ni)               room_q <= '1;
    else if (take != credit_q) room_q <= take ? {1'b0, room_q[Room-1:1]} : {room_q[Room-2:0], 1'b1};
  end

endmodule
