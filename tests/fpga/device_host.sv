// SPDX-License-Identifier: Apache-2.0
// device_host: an AXI4 master (and one of AXI4-Lite) that carries out the commands of a test, one
// after the other. A command, from the LSBs: data, strobes, burst length - 1 (8), address (32),
// operation (8), as tests/fpga/device_bench.h writes them. A write burst takes the data of as many
// commands as it has beats and gives one answer, its response; a read burst gives an answer a beat:
// data, response, last. Valid and ready are withheld at random. Simulation only.
`include "mase_check.svh"

module device_host #(
  parameter  int unsigned DataBits   = 32,
  parameter  int unsigned AddrBits   = 32,
  parameter  int unsigned IdBits     = 1,
  localparam int unsigned Bytes      = DataBits / 8,
  localparam int unsigned InBits     = DataBits + Bytes + 48,
  localparam int unsigned OutBits    = DataBits + 32
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                in_valid_i,
  output logic                in_ready_o,
  input  logic [InBits-1:0]   in_data_i,
  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [OutBits-1:0]  out_data_o,
  input  logic                interrupt_i,

  output logic                awvalid_o,
  input  logic                awready_i,
  output logic [AddrBits-1:0] awaddr_o,
  output logic [7:0]          awlen_o,
  output logic [2:0]          awsize_o,
  output logic [1:0]          awburst_o,
  output logic [IdBits-1:0]   awid_o,
  output logic                wvalid_o,
  input  logic                wready_i,
  output logic [DataBits-1:0] wdata_o,
  output logic [Bytes-1:0]    wstrb_o,
  output logic                wlast_o,
  input  logic                bvalid_i,
  output logic                bready_o,
  input  logic [1:0]          bresp_i,
  input  logic [IdBits-1:0]   bid_i,
  output logic                arvalid_o,
  input  logic                arready_i,
  output logic [AddrBits-1:0] araddr_o,
  output logic [7:0]          arlen_o,
  output logic [2:0]          arsize_o,
  output logic [1:0]          arburst_o,
  output logic [IdBits-1:0]   arid_o,
  input  logic                rvalid_i,
  output logic                rready_o,
  input  logic [DataBits-1:0] rdata_i,
  input  logic [1:0]          rresp_i,
  input  logic                rlast_i,
  input  logic [IdBits-1:0]   rid_i,

  output logic                lite_awvalid_o,
  input  logic                lite_awready_i,
  output logic [31:0]         lite_awaddr_o,
  output logic                lite_wvalid_o,
  input  logic                lite_wready_i,
  output logic [31:0]         lite_wdata_o,
  output logic [3:0]          lite_wstrb_o,
  input  logic                lite_bvalid_i,
  output logic                lite_bready_o,
  input  logic [1:0]          lite_bresp_i,
  output logic                lite_arvalid_o,
  input  logic                lite_arready_i,
  output logic [31:0]         lite_araddr_o,
  input  logic                lite_rvalid_i,
  output logic                lite_rready_o,
  input  logic [31:0]         lite_rdata_i,
  input  logic [1:0]          lite_rresp_i
);

  typedef enum logic [7:0] {
    Write = 8'd0, Read = 8'd1, LiteWrite = 8'd2, LiteRead = 8'd3, Wait = 8'd4, Set = 8'd5
  } op_e;
  typedef enum logic [2:0] {Start, Beats, Answer, Hold} state_e;

  state_e              state_q;
  logic [7:0]          op, len, op_q, left_q;
  logic [31:0]         addr, addr_q, waited_q, noise_q;
  logic [7:0]          len_q, gap_q;
  logic [2:0]          size_q;
  logic [1:0]          burst_q;
  logic [IdBits-1:0]   id_q;
  logic [DataBits-1:0] data;
  logic [Bytes-1:0]    strb;
  logic                asked_q, sent_q, calm, room, answer, write, read, beat, held_q;

  assign {op, addr, len, strb, data} = in_data_i;
  assign calm  = noise_q[7:0] >= gap_q;
  assign room  = !out_valid_o || out_ready_i;
  assign write = state_q != Start && op_q == Write;
  assign read  = state_q != Start && op_q == Read;

  // What was offered stays offered.
  logic go;
  assign go = calm || held_q;

  assign awvalid_o = write && !asked_q;
  assign {awaddr_o, awlen_o, awsize_o, awburst_o, awid_o}
      = {AddrBits'(addr_q), len_q, size_q, burst_q, id_q};
  assign wvalid_o  = write && state_q == Beats && in_valid_i && go;
  assign {wdata_o, wstrb_o, wlast_o} = {data, strb, left_q == '0};
  assign bready_o  = write && state_q == Answer && room && calm;
  assign arvalid_o = read && !asked_q;
  assign {araddr_o, arlen_o, arsize_o, arburst_o, arid_o}
      = {AddrBits'(addr_q), len_q, size_q, burst_q, id_q};
  assign rready_o  = read && room && calm;

  assign lite_awvalid_o = state_q == Hold && op_q == LiteWrite && !asked_q;
  assign lite_wvalid_o  = state_q == Hold && op_q == LiteWrite && !sent_q;
  assign {lite_awaddr_o, lite_wdata_o, lite_wstrb_o} = {addr, data[31:0], strb[3:0]};
  assign lite_bready_o  = state_q == Hold && op_q == LiteWrite && room && calm;
  assign lite_arvalid_o = state_q == Hold && op_q == LiteRead && !asked_q;
  assign lite_araddr_o  = addr;
  assign lite_rready_o  = state_q == Hold && op_q == LiteRead && room && calm;

  assign beat   = wvalid_o && wready_i;
  assign answer = (bvalid_i && bready_o) || (rvalid_i && rready_o)
                  || (lite_bvalid_i && lite_bready_o) || (lite_rvalid_i && lite_rready_o)
                  || (state_q == Hold && op_q == Wait && room
                      && (interrupt_i || waited_q >= data[31:0]));
  assign in_ready_o = beat || (answer && state_q == Hold && !read) || (state_q == Start && op == Set)
                      || (read && answer && rlast_i);

  always_ff @(posedge clk_i) begin
    noise_q  <= {noise_q[30:0], noise_q[31] ^ noise_q[21] ^ noise_q[1] ^ noise_q[0]};
    waited_q <= state_q == Hold ? waited_q + 1 : '0;
    held_q   <= wvalid_o && !wready_i;
    asked_q  <= state_q != Start && (asked_q || (awvalid_o && awready_i) || (arvalid_o && arready_i)
                || (lite_awvalid_o && lite_awready_i) || (lite_arvalid_o && lite_arready_i));
    sent_q   <= state_q != Start && (sent_q || (lite_wvalid_o && lite_wready_i));
    if (answer) begin
      out_data_o <= '0;
      if (read) out_data_o <= {29'b0, rlast_i, rresp_i, rdata_i};
      else if (op_q == LiteRead) out_data_o <= {30'b0, lite_rresp_i, DataBits'(lite_rdata_i)};
      else if (op_q == LiteWrite) out_data_o <= {30'b0, lite_bresp_i, DataBits'(0)};
      else if (op_q == Wait) out_data_o <= OutBits'(interrupt_i);
      else out_data_o <= {30'b0, bresp_i, DataBits'(0)};
    end
    unique case (state_q)
      Start: if (in_valid_i) begin
        {op_q, addr_q, len_q, left_q} <= {op, addr, len, len};
        if (op == Set) {gap_q, size_q, burst_q} <= {data[15:8], data[4:2], data[1:0]};
        else state_q <= op == Write ? Beats : Hold;
      end
      Beats: if (beat) begin
        left_q <= left_q - 1'b1;
        if (left_q == '0) state_q <= Answer;
      end
      default: if (answer && (!read || rlast_i)) begin
        state_q <= Start;
        id_q    <= id_q + 1'b1;
      end
    endcase
    if (!rst_ni) begin
      state_q     <= Start;
      out_valid_o <= 1'b0;
      noise_q     <= 32'h1;
      {gap_q, size_q, burst_q, id_q} <= {8'd64, 3'($clog2(Bytes)), 2'b01, IdBits'(0)};
    end else begin
      out_valid_o <= answer || (out_valid_o && !out_ready_i);
    end
  end

  `MASE_ASSERT(a_bid, !(bvalid_i && bready_o) || bid_i == id_q, "an answer to another write")
  `MASE_ASSERT(a_rid, !(rvalid_i && rready_o) || rid_i == id_q, "an answer to another read")
  `MASE_STABLE(a_r, rvalid_i, rready_o, ({rdata_i, rresp_i, rlast_i, rid_i}))
  `MASE_STABLE(a_b, bvalid_i, bready_o, ({bresp_i, bid_i}))

endmodule
