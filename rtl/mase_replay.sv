// SPDX-License-Identifier: Apache-2.0
// mase_replay: gives every sample's Beats beats Passes times, in order.
//
// Samples = 1: the first pass flows straight through (latency 0) while it is stored, the others
//   come from the store; no input is taken during them. in_valid_i/in_data_i -> out_valid_o/
//   out_data_o and out_ready_i -> in_ready_o are combinational.
// Samples = 2: a store of two samples; the next one is taken while this one is given, and its room
//   becomes free beat by beat in the last pass. Latency 1, no combinational path.
// Exactly Beats*Passes cycles a sample while neither side stalls. Passes = 1 is wires.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_replay #(
  parameter int unsigned Width   = 32,  // bits a beat
  parameter int unsigned Beats   = 4,   // beats a sample
  parameter int unsigned Passes  = 2,   // times each sample is given
  parameter int unsigned Samples = 2    // samples stored: 1 or 2
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

  `MASE_PARAM(width, Width >= 1, "mase_replay: need Width >= 1")
  `MASE_PARAM(beats, Beats >= 1, "mase_replay: need Beats >= 1")
  `MASE_PARAM(passes, Passes >= 1, "mase_replay: need Passes >= 1")
  `MASE_PARAM(samples, Samples == 1 || Samples == 2, "mase_replay: need Samples 1 or 2")

  localparam int unsigned BeatBits = Beats > 1 ? $clog2(Beats) : 1;
  localparam int unsigned PassBits = Passes > 1 ? $clog2(Passes) : 1;
  localparam int unsigned AddrBits = (Beats > 1 ? $clog2(Beats) : 0) + Samples - 1;
  localparam int unsigned Room     = Samples * Beats;

  if (Passes == 1) begin : gen_wires
    assign out_valid_o = in_valid_i;
    assign in_ready_o  = out_ready_i;
    assign out_data_o  = in_data_i;
    logic unused_clocking;
    assign unused_clocking = clk_i ^ rst_ni;
  end else begin : gen_store
    logic [BeatBits-1:0] beat;
    logic [PassBits-1:0] pass;
    logic                last_beat, first_pass, last_pass;
    logic                give, take;
    logic [Width-1:0]    stored;

    assign first_pass = pass == '0;
    assign give       = out_valid_o && out_ready_i;
    assign take       = in_valid_i && in_ready_o;

    mase_counter #(.Count(Beats)) u_beat (
      .clk_i, .rst_ni, .en_i(give), .count_o(beat), .last_o(last_beat)
    );
    mase_counter #(.Count(Passes)) u_pass (
      .clk_i, .rst_ni, .en_i(give && last_beat), .count_o(pass), .last_o(last_pass)
    );

    if (Samples == 1) begin : gen_one
      assign out_valid_o = !first_pass || in_valid_i;
      assign in_ready_o  = first_pass && out_ready_i;
      assign out_data_o  = first_pass ? in_data_i : stored;
      if (Beats == 1) begin : gen_reg
        logic [1:0] unused_ok;
        assign unused_ok = {beat, last_pass};
        always_ff @(posedge clk_i) begin
          if (take) stored <= in_data_i;
        end
      end else begin : gen_ram
        (* ram_style = "distributed" *)
        logic [Width-1:0] store [1 << AddrBits];
        logic unused_ok;
        assign unused_ok = last_pass;
        assign stored    = store[beat];
        always_ff @(posedge clk_i) begin
          if (take) store[beat] <= in_data_i;
        end
      end
    end else begin : gen_two
      localparam int unsigned CountBits = $clog2(Room + 1);
      (* ram_style = "distributed" *)
      logic [Width-1:0]     store [1 << AddrBits];
      logic [AddrBits-1:0]  read_addr, write_addr;
      logic [BeatBits-1:0]  write_beat;
      logic                 read_half_q, write_half_q, write_last, leave;
      logic [CountBits-1:0] count_q;  // beats stored and not given for the last time
      logic                 full_q;

      assign out_valid_o = !first_pass || count_q > CountBits'(beat);
      assign in_ready_o  = !full_q;
      assign out_data_o  = stored;
      assign stored      = store[read_addr];
      assign leave       = give && last_pass;

      mase_counter #(.Count(Beats)) u_write_beat (
        .clk_i, .rst_ni, .en_i(take), .count_o(write_beat), .last_o(write_last)
      );
      if (Beats == 1) begin : gen_halves
        logic unused_beat;
        assign unused_beat = write_beat;
        assign read_addr   = read_half_q;
        assign write_addr  = write_half_q;
      end else begin : gen_addresses
        assign read_addr  = {read_half_q, beat};
        assign write_addr = {write_half_q, write_beat};
      end

      always_ff @(posedge clk_i) begin
        if (take) store[write_addr] <= in_data_i;
        if (!rst_ni) begin
          read_half_q  <= 1'b0;
          write_half_q <= 1'b0;
          count_q      <= '0;
          full_q       <= 1'b0;
        end else begin
          if (leave && last_beat)  read_half_q  <= !read_half_q;
          if (take && write_last)  write_half_q <= !write_half_q;
          if (take && !leave) begin
            count_q <= count_q + 1'b1;
            full_q  <= count_q == CountBits'(Room - 1);
          end else if (leave && !take) begin
            count_q <= count_q - 1'b1;
            full_q  <= 1'b0;
          end
        end
      end
    end
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
