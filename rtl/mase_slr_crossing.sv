// SPDX-License-Identifier: Apache-2.0
// mase_slr_crossing: a stream across the seam between two super logic regions of a device.
//
//   in -> u_send | seam | u_receive -> out
//
// u_send belongs in one region, u_receive in the next: valid, data and the credit on its way back
// go from a register on one side to a register on the other and meet nothing else.
// Latency 3, initiation interval 1; the six beats of storage cover the way there and back (a beat
// that leaves in cycle t makes room for one that is taken in t + 3). No combinational path.
// Reset has to last two cycles at least: the registers beside the seam have none of their own.
// The halves are cells that constraints name: synthesis keeps them.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_slr_crossing #(
  parameter int unsigned Width = 8  // bits a beat
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_slr_crossing: need Width >= 1")

  localparam int unsigned Room = 6;

  logic             seam_valid, seam_credit;
  logic [Width-1:0] seam_data;

  (* keep_hierarchy = "yes" *)
  mase_slr_send #(.Width(Width), .Room(Room)) u_send (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i,
    .seam_valid_o(seam_valid), .seam_data_o(seam_data), .seam_credit_i(seam_credit)
  );
  (* keep_hierarchy = "yes" *)
  mase_slr_receive #(.Width(Width), .Room(Room)) u_receive (
    .clk_i, .rst_ni,
    .seam_valid_i(seam_valid), .seam_data_i(seam_data), .seam_credit_o(seam_credit),
    .out_valid_o, .out_ready_i, .out_data_o
  );

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
