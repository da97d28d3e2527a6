// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>

#include <string>

namespace mase::sim {

/// Small streaming modules that the tests write into a folder and put behind the harness.
namespace designs {

/// Module `stage`: one register, out = in + 1 modulo 2^Width, full throughput.
inline const char kStage[] = R"(
module stage #(parameter int unsigned Width = 8) (
    input logic clk_i, input logic rst_ni,
    input logic in_valid_i, output logic in_ready_o, input logic [Width-1:0] in_data_i,
    output logic out_valid_o, input logic out_ready_i, output logic [Width-1:0] out_data_o);
  logic valid_q, busy__in;
  logic [Width-1:0] data_q;
  assign in_ready_o = !valid_q || out_ready_i;
  assign out_valid_o = valid_q;
  assign out_data_o = data_q;
  assign busy__in = in_valid_i && in_ready_o;
  always_ff @(posedge clk_i) begin
    if (in_ready_o) data_q <= in_data_i + 1'b1;
    if (!rst_ni) valid_q <= 1'b0;
    else if (in_ready_o) valid_q <= in_valid_i;
  end
endmodule
)";

/// A top of `width` bits whose body is `body`.
inline std::string top(int width, const std::string& body) {
  return fmt::format(R"(module top (input logic clk_i, input logic rst_ni,
    input logic in_valid_i, output logic in_ready_o, input logic [{0}:0] in_data_i,
    output logic out_valid_o, input logic out_ready_i, output logic [{0}:0] out_data_o);
{1}endmodule
)",
                     width - 1, body);
}

/// A top that is one stage.
inline std::string one_stage(int width) {
  return top(width, fmt::format(R"(  stage #(.Width({})) u_stage (.clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(in_valid_i), .in_ready_o(in_ready_o), .in_data_i(in_data_i),
    .out_valid_o(out_valid_o), .out_ready_i(out_ready_i), .out_data_o(out_data_o));
)",
                                width));
}

}  // namespace designs
}  // namespace mase::sim
