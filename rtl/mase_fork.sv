// SPDX-License-Identifier: Apache-2.0
// mase_fork: one stream copied to several, each of which takes its copy when it likes.
//
// A beat leaves the input with the last copy. Latency 0, full throughput. Combinational:
// in_valid_i -> out_valid_o, in_data_i -> out_data_o, out_ready_i -> in_ready_o.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_fork #(
  parameter  int unsigned Width   = 8,  // bits a beat
  parameter  int unsigned Outputs = 2,  // copies
  localparam int unsigned OutBits = Outputs * Width
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [Width-1:0]   in_data_i,

  output logic [Outputs-1:0] out_valid_o,  // bit n: copy n
  input  logic [Outputs-1:0] out_ready_i,
  output logic [OutBits-1:0] out_data_o    // copy 0 in the LSBs
);

  `MASE_PARAM(width, Width >= 1, "mase_fork: need Width >= 1")
  `MASE_PARAM(outputs, Outputs >= 1, "mase_fork: need Outputs >= 1")

  logic [Outputs-1:0] given_q, given;

  assign out_valid_o = {Outputs{in_valid_i}} & ~given_q;
  assign out_data_o  = {Outputs{in_data_i}};
  assign given       = given_q | out_ready_i;
  assign in_ready_o  = &given;

  always_ff @(posedge clk_i) begin
    if (!rst_ni)         given_q <= '0;
    else if (in_valid_i) given_q <= in_ready_o ? '0 : given;
  end

  for (genvar n = 0; n < Outputs; n++) begin : gen_stable
    `MASE_STABLE(a_out_stable, out_valid_o[n], out_ready_i[n], out_data_o[n*Width +: Width])
  end

endmodule
