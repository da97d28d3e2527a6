// SPDX-License-Identifier: Apache-2.0
// mase_sample_unpack: memory words of densely packed samples to the beats of a core.
//
// In:  WordLanes elements a word; samples follow each other without a gap, across words.
// Out: ceil(Elements/Lanes) beats a sample; lanes beyond Elements are 0. What follows the last sample
//      of a run in its last word never leaves.
// Initiation interval: max(beats, Elements/WordLanes) cycles a sample. Latency 1.
// Test: tests/fpga/masters_test.cc
`include "mase_check.svh"

module mase_sample_unpack #(
  parameter  int unsigned Elements  = 16,  // a sample
  parameter  int unsigned Width     = 8,   // bits an element
  parameter  int unsigned Lanes     = 4,   // of the core
  parameter  int unsigned WordLanes = 64,  // of the memory
  localparam int unsigned InBits    = WordLanes * Width,
  localparam int unsigned OutBits   = Lanes * Width
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               begin_i,    // one cycle; nothing is under way
  input  logic [31:0]        samples_i,  // of the run

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InBits-1:0]  in_data_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [OutBits-1:0] out_data_o
);

  localparam int unsigned Beats    = (Elements + Lanes - 1) / Lanes;
  localparam int unsigned Last     = Elements - (Beats - 1) * Lanes;
  localparam int unsigned BeatBits = Beats > 1 ? $clog2(Beats) : 1;

  `MASE_PARAM(lanes, Lanes >= 1 && Lanes <= Elements,
              "mase_sample_unpack: need 1 <= Lanes <= Elements")

  logic                last, give, ready, more_q;
  logic [BeatBits-1:0] unused_beat;
  logic [31:0]         left_q;  // samples that have not left whole

  assign out_valid_o = ready && more_q;
  assign give        = out_valid_o && out_ready_i;

  mase_counter #(.Count(Beats)) u_beat (
    .clk_i(clk_i), .rst_ni(rst_ni), .en_i(give), .count_o(unused_beat), .last_o(last)
  );

  always_ff @(posedge clk_i) begin
    if (begin_i)           left_q <= samples_i;
    else if (give && last) left_q <= left_q - 1'b1;
    if (!rst_ni)           more_q <= 1'b0;
    else if (begin_i)      more_q <= samples_i != '0;
    else if (give && last) more_q <= left_q != 32'd1;
  end

  mase_gearbox #(
    .Width(Width), .InLanes(WordLanes), .InLast(WordLanes), .OutLanes(Lanes), .OutLast(Last)
  ) u_gearbox (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(begin_i), .flush_i(1'b0),
    .in_valid_i(in_valid_i), .in_ready_o(in_ready_o), .in_last_i(1'b0), .in_data_i(in_data_i),
    .out_valid_o(ready), .out_ready_i(out_ready_i && more_q), .out_last_i(last),
    .out_data_o(out_data_o)
  );

endmodule
