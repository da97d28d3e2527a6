// SPDX-License-Identifier: Apache-2.0
// mase_block_fifo: beats of storage in block RAM, for stores that are wide and deep.
//
// Nothing is read asynchronously: a beat goes from the RAM to its latch and on to an output
// register (which the RAM has itself), as soon as there is room, so that the address has few loads
// and the wide data none of its clock-to-output time. Latency 3, initiation interval 1; what is
// behind the RAM is room beyond Depth. out_ready_i reaches enables, no output.
// Test: tests/fpga/packing_test.cc
`include "mase_check.svh"

module mase_block_fifo #(
  parameter int unsigned Width = 512,  // bits a beat
  parameter int unsigned Depth = 256   // beats
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

  `MASE_PARAM(width, Width >= 1, "mase_block_fifo: need Width >= 1")
  `MASE_PARAM(depth, Depth >= 2, "mase_block_fifo: need Depth >= 2")

  localparam int unsigned AddrBits  = $clog2(Depth);
  localparam int unsigned CountBits = $clog2(Depth + 1);

  (* ram_style = "block" *)
  logic [Width-1:0]     store [1 << AddrBits];
  logic [Width-1:0]     latch_q, out_q;
  logic                 latch_valid_q, out_valid_q;
  logic [AddrBits-1:0]  read_addr_q, write_addr_q;  // any 2^AddrBits of them in turn
  logic [CountBits-1:0] count_q;                    // in the RAM
  logic                 full_q, some_q, take, latch, move, read;

  assign in_ready_o  = !full_q;
  assign out_valid_o = out_valid_q;
  assign out_data_o  = out_q;
  assign take        = in_valid_i && in_ready_o;
  assign move        = out_ready_i || !out_valid_q;
  assign latch       = move || !latch_valid_q;
  assign read        = latch && some_q;

  // Read and write never meet at one address: what is read was written an edge before.
  always_ff @(posedge clk_i) begin
    if (take) store[write_addr_q] <= in_data_i;
  end
  always_ff @(posedge clk_i) begin
    if (latch) latch_q <= store[read_addr_q];
  end

  always_ff @(posedge clk_i) begin
    if (move) out_q <= latch_q;
    if (!rst_ni) begin
      read_addr_q   <= '0;
      write_addr_q  <= '0;
      count_q       <= '0;
      full_q        <= 1'b0;
      some_q        <= 1'b0;
      latch_valid_q <= 1'b0;
      out_valid_q   <= 1'b0;
    end else begin
      if (move)  out_valid_q   <= latch_valid_q;
      if (latch) latch_valid_q <= some_q;
      if (read)  read_addr_q   <= read_addr_q + 1'b1;
      if (take)  write_addr_q  <= write_addr_q + 1'b1;
      if (take && !read) begin
        count_q <= count_q + 1'b1;
        full_q  <= count_q == CountBits'(Depth - 1);
        some_q  <= 1'b1;
      end else if (read && !take) begin
        count_q <= count_q - 1'b1;
        full_q  <= 1'b0;
        some_q  <= count_q != CountBits'(1);
      end
    end
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
