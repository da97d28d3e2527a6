// SPDX-License-Identifier: Apache-2.0
// mase_kernel_run: what happens between start and done of a kernel.
//
// The addresses must be multiples of a memory word, or the run ends at once with `misaligned`. Sizes
// in bytes are sample_count times a constant, by shift and add, one bit of the count a cycle: at
// most 34 cycles from start_i to begin_o. The run is over when the reader has all words and the
// writer all answers. cycles_o counts from start_i to done_o.
// Test: tests/fpga/kernel_test.cc
`include "mase_check.svh"

module mase_kernel_run #(
  parameter  int unsigned DataBits  = 512,  // a memory word
  parameter  int unsigned InBytes   = 16,   // a sample in memory
  parameter  int unsigned OutBytes  = 16,
  parameter  int unsigned CountBits = 42,   // words of a run
  localparam int unsigned WordBytes = DataBits / 8,
  localparam int unsigned ByteBits  = $clog2(WordBytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,  // one cycle; the arguments hold until done_o
  output logic                 done_o,   // one cycle
  input  logic [ByteBits-1:0]  in_low_i,   // of the addresses, within a word
  input  logic [ByteBits-1:0]  out_low_i,
  input  logic [31:0]          samples_i,

  output logic                 begin_o,  // one cycle, to reader, writer and packers
  output logic [CountBits-1:0] in_words_o,
  output logic [CountBits-1:0] out_words_o,
  output logic [ByteBits-1:0]  out_last_bytes_o,  // of the last word; 0: all
  input  logic                 reader_idle_i,
  input  logic                 writer_idle_i,

  output logic                 misaligned_o,
  output logic [63:0]          cycles_o
);

  localparam int unsigned SizeBits = CountBits + ByteBits;
  localparam int unsigned LastByte = WordBytes - 1;

  `MASE_PARAM(size, InBytes >= 1 && OutBytes >= 1, "mase_kernel_run: need samples of some bytes")
  `MASE_PARAM(count, SizeBits >= 32 + $clog2(InBytes + 1) && SizeBits >= 32 + $clog2(OutBytes + 1),
              "mase_kernel_run: need CountBits that hold 2^32 samples")

  typedef enum logic [1:0] {Idle, Size, Begin, Run} state_e;
  state_e              state_q;
  logic [31:0]         count_q;   // bits of the count that are not yet in the sizes
  logic [SizeBits-1:0] in_size_q, out_size_q;      // bytes
  logic [SizeBits-1:0] in_step_q, out_step_q;      // a sample's bytes, shifted
  logic [63:0]         cycles_q;
  logic                misaligned, misaligned_q, over, unused_in;

  assign misaligned       = in_low_i != '0 || out_low_i != '0;
  assign begin_o          = state_q == Begin;
  assign in_words_o       = in_size_q[SizeBits-1:ByteBits];   // rounded up before
  assign out_words_o      = out_size_q[SizeBits-1:ByteBits] + CountBits'(out_last_bytes_o != '0);
  assign out_last_bytes_o = out_size_q[ByteBits-1:0];
  assign unused_in        = ^in_size_q[ByteBits-1:0];
  assign misaligned_o     = misaligned_q;
  assign cycles_o         = cycles_q;
  assign over             = state_q == Run && reader_idle_i && writer_idle_i;
  assign done_o           = over;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      // The reader reads whole words, so that its size is rounded up from the beginning.
      count_q    <= misaligned ? '0 : samples_i;
      in_size_q  <= SizeBits'(LastByte);
      out_size_q <= '0;
      in_step_q  <= SizeBits'(InBytes);
      out_step_q <= SizeBits'(OutBytes);
    end else if (state_q == Size) begin
      count_q    <= count_q >> 1;
      in_step_q  <= in_step_q << 1;
      out_step_q <= out_step_q << 1;
      if (count_q[0]) begin
        in_size_q  <= in_size_q + in_step_q;
        out_size_q <= out_size_q + out_step_q;
      end
    end

    if (start_i)              cycles_q <= 64'd1;
    else if (state_q != Idle) cycles_q <= cycles_q + 1'b1;

    if (!rst_ni) begin
      state_q      <= Idle;
      misaligned_q <= 1'b0;
    end else begin
      if (start_i) misaligned_q <= misaligned;
      unique case (state_q)
        Idle:    if (start_i) state_q <= Size;
        Size:    if (count_q == '0) state_q <= Begin;
        Begin:   state_q <= Run;
        Run:     if (over) state_q <= Idle;
        default: state_q <= Idle;
      endcase
    end
  end

  `MASE_ASSERT(a_one_run, !start_i || state_q == Idle, "a run was started during another")

endmodule
