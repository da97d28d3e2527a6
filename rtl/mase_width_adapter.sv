// SPDX-License-Identifier: Apache-2.0
// mase_width_adapter: the same elements of every sample in beats of another lane count.
//
// In:  nI = ceil(Elements/InLanes) beats a sample; lanes beyond Elements carry anything.
// Out: nO = ceil(Elements/OutLanes) beats a sample; lanes beyond Elements carry anything, stable.
//      No beat holds elements of two samples.
// A gearbox: a buffer whose first OutLanes elements are the next beat out. A beat in lands behind
// the elements held; the last one of a sample counts as filling its output beat. Everything is
// counted in units of gcd(InLanes, OutLanes) elements, so that lane counts that divide each other
// cost no shifter.
// Initiation interval: max(nI, nO) cycles a sample. Latency, first beat in to last beat out:
// see README. out_ready_i -> in_ready_o is combinational. Equal lane counts are wires.
// Test: tests/rtl/mase_width_adapter_test.cc
`include "mase_check.svh"

module mase_width_adapter #(
  parameter  int unsigned Elements = 16,  // a sample
  parameter  int unsigned Width    = 8,   // bits an element
  parameter  int unsigned InLanes  = 4,
  parameter  int unsigned OutLanes = 2,
  localparam int unsigned InBits   = InLanes * Width,
  localparam int unsigned OutBits  = OutLanes * Width
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InBits-1:0]  in_data_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [OutBits-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_width_adapter: need Width >= 1")
  `MASE_PARAM(in_lanes, InLanes >= 1 && InLanes <= Elements,
              "mase_width_adapter: need 1 <= InLanes <= Elements")
  `MASE_PARAM(out_lanes, OutLanes >= 1 && OutLanes <= Elements,
              "mase_width_adapter: need 1 <= OutLanes <= Elements")

  // Greatest common divisor.
  function int unsigned gcd(input int unsigned a, input int unsigned b);
    integer d;
    gcd = 1;
    for (d = 1; d <= a; d = d + 1) if (a % d == 0 && b % d == 0) gcd = d;
  endfunction

  logic fire;
  assign fire = in_valid_i && in_ready_o;

  if (InLanes == OutLanes || Width == 0) begin : gen_wires
    logic unused_ok;
    assign out_valid_o = in_valid_i;
    assign in_ready_o  = out_ready_i;
    assign out_data_o  = in_data_i;
    assign unused_ok   = ^{clk_i, rst_ni, fire};
  end else begin : gen_gearbox
    localparam int unsigned Unit     = gcd(InLanes, OutLanes);  // elements
    localparam int unsigned UnitBits = Unit * Width;
    localparam int unsigned In       = InLanes / Unit;          // from here: units
    localparam int unsigned Out      = OutLanes / Unit;
    localparam int unsigned InBeats  = (Elements + InLanes - 1) / InLanes;
    localparam int unsigned OutBeats = (Elements + OutLanes - 1) / OutLanes;
    localparam int unsigned LastIn   = OutBeats * Out - (InBeats - 1) * In;
    // Least room that never makes the slower side wait (README: derivation).
    localparam int unsigned Room =
        In > Out ? ((Out - 1 + In + Out - 1) / Out) * Out : (In == 1 ? Out : 2 * Out);
    localparam int unsigned RoomBits = Room * UnitBits;
    localparam int unsigned FillBits = $clog2(Room + 1);
    // Most that may be held when a beat comes in.
    localparam int unsigned MostHeld     = Room - In;
    localparam int unsigned MostHeldLast = Out == 1 ? 0 : Room - LastIn;

    logic [RoomBits-1:0] data_d, data_q;
    logic [FillBits-1:0] fill_q, held;
    logic                last_in, give;

    assign out_valid_o = fill_q >= FillBits'(Out);
    assign out_data_o  = data_q[OutBits-1:0];
    assign give        = out_valid_o && out_ready_i;
    assign held        = give ? fill_q - FillBits'(Out) : fill_q;
    assign in_ready_o  = held <= (last_in ? FillBits'(MostHeldLast) : FillBits'(MostHeld));

    localparam int unsigned BeatBits = InBeats > 1 ? $clog2(InBeats) : 1;
    logic [BeatBits-1:0] unused_beat;
    mase_counter #(.Count(InBeats)) u_beat (
      .clk_i, .rst_ni, .en_i(fire), .count_o(unused_beat), .last_o(last_in)
    );

    always_ff @(posedge clk_i) begin
      if (!rst_ni)   fill_q <= '0;
      else if (fire) fill_q <= held + (last_in ? FillBits'(LastIn) : FillBits'(In));
      else           fill_q <= held;
    end

    // The beat in, moved up to the first free unit. What lies above the fill is of no account, so a
    // beat of one unit goes everywhere, and a beat that waits for an empty buffer does not move.
    logic [RoomBits-1:0] landing;
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

    logic [RoomBits-1:0] stay;
    if (Room > Out) begin : gen_shift
      assign stay = give ? data_q >> OutBits : data_q;
    end else begin : gen_keep
      assign stay = data_q;
    end
    for (genvar u = 0; u < Room; u++) begin : gen_unit
      assign data_d[u*UnitBits +: UnitBits] = (fire && held <= FillBits'(u))
          ? landing[u*UnitBits +: UnitBits] : stay[u*UnitBits +: UnitBits];
    end

    always_ff @(posedge clk_i) data_q <= data_d;
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
