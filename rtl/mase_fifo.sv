// SPDX-License-Identifier: Apache-2.0
// mase_fifo: Depth beats of storage, any depth, show-ahead.
//
// Latency 1, initiation interval 1. Depth >= 2: no combinational path between its two sides.
// Depth 1: out_ready_i -> in_ready_o is combinational, or a beat could pass only every other cycle.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_fifo #(
  parameter int unsigned Width = 8,  // bits a beat
  parameter int unsigned Depth = 4   // beats
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

  `MASE_PARAM(width, Width >= 1, "mase_fifo: need Width >= 1")
  `MASE_PARAM(depth, Depth >= 1, "mase_fifo: need Depth >= 1")

  logic take, give, valid_q;

  assign take        = in_valid_i && in_ready_o;
  assign give        = out_valid_o && out_ready_i;
  assign out_valid_o = valid_q;

  if (Depth == 1) begin : gen_register
    logic [Width-1:0] data_q;
    assign in_ready_o = out_ready_i || !valid_q;
    assign out_data_o = data_q;
    always_ff @(posedge clk_i) begin
      if (take)              data_q  <= in_data_i;
      if (!rst_ni)           valid_q <= 1'b0;
      else if (take || give) valid_q <= take;
    end
  end else begin : gen_memory
    localparam int unsigned AddrBits  = $clog2(Depth);
    localparam int unsigned CountBits = $clog2(Depth + 1);
    (* ram_style = "distributed" *)
    logic [Width-1:0]     store [1 << AddrBits];
    logic [AddrBits-1:0]  read_addr, write_addr;
    logic                 unused_last_read, unused_last_write;
    logic [CountBits-1:0] count_q;
    logic                 full_q;

    assign in_ready_o = !full_q;
    assign out_data_o = store[read_addr];

    mase_counter #(.Count(Depth)) u_write (
      .clk_i, .rst_ni, .en_i(take), .count_o(write_addr), .last_o(unused_last_write)
    );
    mase_counter #(.Count(Depth)) u_read (
      .clk_i, .rst_ni, .en_i(give), .count_o(read_addr), .last_o(unused_last_read)
    );

    always_ff @(posedge clk_i) begin
      if (take) store[write_addr] <= in_data_i;
      if (!rst_ni) begin
        count_q <= '0;
        full_q  <= 1'b0;
        valid_q <= 1'b0;
      end else begin
        if (take && !give) begin
          count_q <= count_q + 1'b1;
          full_q  <= count_q == CountBits'(Depth - 1);
          valid_q <= 1'b1;
        end else if (give && !take) begin
          count_q <= count_q - 1'b1;
          full_q  <= 1'b0;
          valid_q <= count_q != CountBits'(1);
        end
      end
    end
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
