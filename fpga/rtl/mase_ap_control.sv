// SPDX-License-Identifier: Apache-2.0
// mase_ap_control: the four words of ap_ctrl_hs (UG1393) behind a register bus.
//
// ap_start stays 1 from its write to done_i, and on if auto_restart is set; ap_done and ap_ready
// are remembered until CTRL is read; IP_ISR collects the enabled causes and is toggled by writing.
// A run is over when its last result is in memory: done and ready are one event.
// Test: tests/fpga/kernel_test.cc
`include "mase_check.svh"

module mase_ap_control (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        ctrl_write_i,  // with write_data_i, byte 0 enabled
  input  logic        gier_write_i,
  input  logic        ier_write_i,
  input  logic        isr_write_i,
  input  logic        ctrl_read_i,   // CTRL is being read: what was seen goes
  input  logic [7:0]  write_data_i,  // the byte that holds all bits there are

  output logic [31:0] ctrl_o,
  output logic [31:0] gier_o,
  output logic [31:0] ier_o,
  output logic [31:0] isr_o,
  output logic        interrupt_o,

  output logic        start_o,       // one cycle
  input  logic        done_i         // one cycle, some cycles after start_o
);

  logic       start_q, busy_q, done_q, ready_q, restart_q, gier_q;
  logic [1:0] ier_q, isr_q;
  logic       unused_bits;

  assign start_o     = start_q && !busy_q;
  assign ctrl_o      = {24'b0, restart_q, 3'b0, ready_q, !busy_q && !start_q, done_q, start_q};
  assign gier_o      = {31'b0, gier_q};
  assign ier_o       = {30'b0, ier_q};
  assign isr_o       = {30'b0, isr_q};
  assign unused_bits = ^write_data_i[6:2];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      start_q     <= 1'b0;
      busy_q      <= 1'b0;
      done_q      <= 1'b0;
      ready_q     <= 1'b0;
      restart_q   <= 1'b0;
      gier_q      <= 1'b0;
      ier_q       <= 2'b0;
      isr_q       <= 2'b0;
      interrupt_o <= 1'b0;
    end else begin
      if (ctrl_write_i) restart_q <= write_data_i[7];
      if (gier_write_i) gier_q    <= write_data_i[0];
      if (ier_write_i)  ier_q     <= write_data_i[1:0];

      // A start that is written in the very cycle in which a run ends starts the next one.
      if (ctrl_write_i && write_data_i[0]) start_q <= 1'b1;
      else if (done_i)                     start_q <= restart_q;
      if (start_o)                         busy_q  <= 1'b1;
      else if (done_i)                     busy_q  <= 1'b0;

      if (done_i)           done_q  <= 1'b1;
      else if (ctrl_read_i) done_q  <= 1'b0;
      if (done_i)           ready_q <= 1'b1;
      else if (ctrl_read_i) ready_q <= 1'b0;

      isr_q <= (isr_q ^ (isr_write_i ? write_data_i[1:0] : 2'b0)) | (done_i ? ier_q : 2'b0);
      interrupt_o <= gier_q && isr_q != 2'b0;
    end
  end

  `MASE_ASSERT(a_done_of_a_run, !done_i || busy_q, "done without a run")

endmodule
