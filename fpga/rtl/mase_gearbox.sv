// SPDX-License-Identifier: Apache-2.0
// mase_gearbox: elements in beats of one size to beats of another, with two sizes on each side.
//
// A beat in brings InLanes elements, or InLast when in_last_i; a beat out takes OutLanes, or
// OutLast when out_last_i; flush_i lets a beat out take what there is. A buffer whose first elements
// are the next beat out; a beat in lands behind those held. All is counted in units of the greatest
// common divisor, so that sizes that divide each other cost no shifter.
// Whole beats on the slower side are never kept waiting by the buffer (README: room). Latency 1.
// out_ready_i -> in_ready_o is combinational.
// Test: tests/fpga/masters_test.cc
`include "mase_check.svh"

module mase_gearbox #(
  parameter  int unsigned Width    = 8,   // bits an element
  parameter  int unsigned InLanes  = 64,
  parameter  int unsigned InLast   = 64,  // at most InLanes
  parameter  int unsigned OutLanes = 4,
  parameter  int unsigned OutLast  = 4,   // at most OutLanes
  localparam int unsigned InBits   = InLanes * Width,
  localparam int unsigned OutBits  = OutLanes * Width
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,  // what is held is dropped; no beat moves
  input  logic               flush_i,  // nothing more comes: the rest may leave

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic               in_last_i,
  input  logic [InBits-1:0]  in_data_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  input  logic               out_last_i,
  output logic [OutBits-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_gearbox: need Width >= 1")
  `MASE_PARAM(in, InLast >= 1 && InLast <= InLanes, "mase_gearbox: need 1 <= InLast <= InLanes")
  `MASE_PARAM(out, OutLast >= 1 && OutLast <= OutLanes,
              "mase_gearbox: need 1 <= OutLast <= OutLanes")

  // Greatest common divisor.
  function int unsigned gcd(input int unsigned a, input int unsigned b);
    integer d;
    gcd = 1;
    for (d = 1; d <= a; d = d + 1) if (a % d == 0 && b % d == 0) gcd = d;
  endfunction

  localparam int unsigned Unit     = gcd(gcd(InLanes, InLast), gcd(OutLanes, OutLast));
  localparam int unsigned UnitBits = Unit * Width;
  localparam int unsigned In       = InLanes / Unit;  // from here: units
  localparam int unsigned InEnd    = InLast / Unit;
  localparam int unsigned Out      = OutLanes / Unit;
  localparam int unsigned OutEnd   = OutLast / Unit;
  localparam int unsigned Room     = Out == 1 ? In : In == 1 ? Out : In + Out;
  localparam int unsigned RoomBits = Room * UnitBits;
  localparam int unsigned FillBits = $clog2(Room + 1);

  logic [RoomBits-1:0] data_q, landing, stay;
  logic [FillBits-1:0] fill_q, held, takes;
  logic                fire, give;

  assign takes       = out_last_i ? FillBits'(OutEnd) : FillBits'(Out);
  assign out_valid_o = fill_q >= takes || (flush_i && fill_q != '0);
  assign give        = out_valid_o && out_ready_i;
  assign held        = !give ? fill_q : fill_q >= takes ? fill_q - takes : '0;
  assign in_ready_o  = held <= FillBits'(Room - In);
  assign fire        = in_valid_i && in_ready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) fill_q <= '0;
    else if (fire)          fill_q <= held + (in_last_i ? FillBits'(InEnd) : FillBits'(In));
    else                    fill_q <= held;
  end

  // The beat in, moved up to the first free unit; what lies above the fill is of no account.
  if (In == 1) begin : gen_everywhere
    assign landing = {Room{in_data_i}};
  end else if (Out == 1) begin : gen_bottom
    assign landing = in_data_i;
  end else begin : gen_shifter
    for (genvar s = 0; s <= FillBits; s++) begin : gen_stage
      logic [RoomBits-1:0] moved;
      if (s == 0) begin : gen_first
        assign moved = RoomBits'(in_data_i);
      end else begin : gen_next
        assign moved = held[s-1] ? gen_stage[s-1].moved << (UnitBits << (s - 1))
                                 : gen_stage[s-1].moved;
      end
    end
    assign landing = gen_stage[FillBits].moved;
  end

  // Lanes beyond a shorter beat are 0: what lands there later must not show while the beat waits.
  for (genvar u = 0; u < Out; u++) begin : gen_out
    if (u < OutEnd) begin : gen_always
      assign out_data_o[u*UnitBits +: UnitBits] = data_q[u*UnitBits +: UnitBits];
    end else begin : gen_unless_last
      assign out_data_o[u*UnitBits +: UnitBits] =
          out_last_i ? UnitBits'(0) : data_q[u*UnitBits +: UnitBits];
    end
  end

  always_comb begin
    stay = data_q;
    if (give) stay = out_last_i ? data_q >> (OutEnd * UnitBits) : data_q >> (Out * UnitBits);
  end

  for (genvar u = 0; u < Room; u++) begin : gen_unit
    always_ff @(posedge clk_i) begin
      data_q[u*UnitBits +: UnitBits] <= (fire && held <= FillBits'(u))
          ? landing[u*UnitBits +: UnitBits] : stay[u*UnitBits +: UnitBits];
    end
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i || clear_i, out_data_o)

endmodule
