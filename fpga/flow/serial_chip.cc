// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/serial_chip.h"

#include <fmt/format.h>

#include <algorithm>

#include "embedded/rtl.h"
#include "embedded/serial_rtl.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

using arch::Cell;
using arch::HardwareGraph;

int64_t bytes_of(const fixed::Format& format) { return (format.width + 7) / 8; }

/// Bytes that may come in before the design takes them. A linear takes a whole sample before it
/// gives anything; without one the results of the first elements hold up the others.
int64_t waiting_bytes(const HardwareGraph& h) {
  const auto dense = [](const arch::Stage& s) {
    return s.cell == Cell::kLinear || (s.cell == Cell::kUnrolled && !s.diagonal);
  };
  const bool collects = std::any_of(h.stages.begin(), h.stages.end(), dense);
  return collects ? 2 : std::max<int64_t>(2, serial_bytes(h).sample);
}

/// `to_line` and `from_line`: elements, format, lanes of the streams of the shell.
struct Stream {
  int64_t elements;
  fixed::Format format;
  int lanes;
};

std::string shell(const Stream& to_line, const Stream& from_line, int64_t bit_cycles,
                  int64_t waiting) {
  return fmt::format(
      "  mase_serial_shell #(\n"
      "    .BitCycles({}),\n"
      "    .InElements({}), .InWidth({}), .InLanes({}), .InSigned(1'b{:d}),\n"
      "    .OutElements({}), .OutWidth({}), .OutLanes({}),\n"
      "    .RxBytes({})\n"
      "  ) u_shell (\n",
      bit_cycles, to_line.elements, to_line.format.width, to_line.lanes, to_line.format.is_signed,
      from_line.elements, from_line.format.width, from_line.lanes, waiting);
}

Stream input_of(const HardwareGraph& h) { return {h.features_in, h.input, h.lanes_in}; }
Stream output_of(const HardwareGraph& h) { return {h.features_out, h.output, h.lanes_out}; }

constexpr char kChipText[] = R"(
module {chip} (
  input  logic clk_i,
  input  logic rx_i,
  output logic tx_o,
  output logic led_o
);

  // Registers of the device power up as 0; the design starts 15 cycles later, and again after a
  // break on the line.
  logic [3:0] up_q = '0;
  logic       design_rst_nq = 1'b0;
  logic       up, stop, overrun;
  assign up    = &up_q;
  assign led_o = {led}overrun;
  always_ff @(posedge clk_i) begin
    if (!up) up_q <= up_q + 1'b1;
    design_rst_nq <= up && !stop;
  end

  logic in_valid, in_ready, out_valid, out_ready;
  logic [{in_top}:0] in_data;    // a beat of {in_format}
  logic [{out_top}:0] out_data;  // a beat of {out_format}

{shell}    .clk_i, .rst_ni(up), .rx_i, .tx_o, .break_o(stop), .overrun_o(overrun),
    .in_valid_i(out_valid), .in_ready_o(out_ready), .in_data_i(out_data),
    .out_valid_o(in_valid), .out_ready_i(in_ready), .out_data_o(in_data)
  );

  {top} u_design (
    .clk_i, .rst_ni(design_rst_nq),
    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),
    .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data)
  );

endmodule
)";

constexpr char kBenchText[] = R"(
module {top} (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic in_valid_i,
  output logic in_ready_o,
  input  logic [{in_top}:0] in_data_i,
  output logic out_valid_o,
  input  logic out_ready_i,
  output logic [{out_top}:0] out_data_o
);

  logic to_chip, from_chip, led, overrun, unused_break;
  {chip} u_chip (.clk_i, .rx_i(to_chip), .tx_o(from_chip), .led_o(led));

  // The chip resets itself; one sample at a time is on its way.
  logic [6:0] wait_q;
  logic       ready, take, give, sample_in, result_out, busy_q;
  logic [{in_count_top}:0] unused_in;
  logic [{out_count_top}:0] unused_out;
  assign in_ready_o = ready && !busy_q && (&wait_q);
  assign take       = in_valid_i && in_ready_o;
  assign give       = out_valid_o && out_ready_i;
  mase_counter #(.Count({in_beats})) u_in (
    .clk_i, .rst_ni, .en_i(take), .count_o(unused_in), .last_o(sample_in)
  );
  mase_counter #(.Count({out_beats})) u_out (
    .clk_i, .rst_ni, .en_i(give), .count_o(unused_out), .last_o(result_out)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wait_q <= '0;
      busy_q <= 1'b0;
    end else begin
      if (!(&wait_q)) wait_q <= wait_q + 1'b1;
      if (take && sample_in) busy_q <= 1'b1;
      else if (give && result_out) busy_q <= 1'b0;
    end
  end

{shell}    .clk_i, .rst_ni, .rx_i(from_chip), .tx_o(to_chip),
    .break_o(unused_break), .overrun_o(overrun),
    .in_valid_i(in_valid_i && !busy_q && (&wait_q)), .in_ready_o(ready), .in_data_i,
    .out_valid_o, .out_ready_i, .out_data_o
  );

  a_chip_keeps_up: assert property (@(posedge clk_i) disable iff (!rst_ni || !(&wait_q))
      led == 1'b{dark}) else $error("%m: the chip lost a byte");
  a_bench_keeps_up: assert property (@(posedge clk_i) disable iff (!rst_ni) !overrun)
      else $error("%m: the bench lost a byte");

endmodule
)";

std::string head(const std::string& what, const std::string& stamp) {
  return fmt::format("// {}\n// {}\n", what, stamp);
}

int64_t top_bit(const Stream& s) { return static_cast<int64_t>(s.format.width) * s.lanes - 1; }

int64_t count_top(int64_t beats) {
  int64_t bits = 1;
  while ((int64_t{1} << bits) < beats) ++bits;
  return bits - 1;
}

}  // namespace

const std::vector<std::string>& chip_ports() {
  static const std::vector<std::string> ports = {"clk_i", "rx_i", "tx_o", "led_o"};
  return ports;
}

SerialBytes serial_bytes(const HardwareGraph& h) {
  return {h.features_in * bytes_of(h.input), h.features_out * bytes_of(h.output)};
}

std::string serial_chip(const HardwareGraph& h, const std::string& top_name,
                        const SmallBoard& board, const std::string& stamp) {
  MASE_CHECK(top_name != kChip, "the design has the chip's name");
  const Stream in = input_of(h), out = output_of(h);
  return head(fmt::format("{} on a {}: a serial line of {} baud.", top_name, board.board,
                          board.baud),
              stamp) +
         fmt::format(kChipText, fmt::arg("chip", kChip), fmt::arg("top", top_name),
                     fmt::arg("led", board.led_on ? "" : "!"), fmt::arg("in_top", top_bit(in)),
                     fmt::arg("out_top", top_bit(out)),
                     fmt::arg("in_format", fixed::to_string(in.format)),
                     fmt::arg("out_format", fixed::to_string(out.format)),
                     fmt::arg("shell", shell(out, in, board.bit_cycles(), waiting_bytes(h))));
}

std::string serial_bench(const HardwareGraph& h, const std::string& top_name,
                         const SmallBoard& board, const std::string& stamp) {
  const Stream in = input_of(h), out = output_of(h);
  // A sink that stalls keeps a whole result waiting.
  const int64_t waiting = std::max<int64_t>(2, serial_bytes(h).result);
  return head(fmt::format("Simulation only: the ports of {} over the pins of {}.", top_name, kChip),
              stamp) +
         fmt::format(kBenchText, fmt::arg("top", top_name), fmt::arg("chip", kChip),
                     fmt::arg("in_top", top_bit(in)), fmt::arg("out_top", top_bit(out)),
                     fmt::arg("in_beats", h.beats_in()), fmt::arg("out_beats", h.beats_out()),
                     fmt::arg("in_count_top", count_top(h.beats_in())),
                     fmt::arg("out_count_top", count_top(h.beats_out())),
                     fmt::arg("dark", board.led_on ? 0 : 1),
                     fmt::arg("shell", shell(in, out, board.bit_cycles(), waiting)));
}

std::vector<std::pair<std::string, std::string>> serial_cells() {
  std::vector<std::pair<std::string, std::string>> files;
  const auto take = [&](const std::vector<EmbeddedFile>& from,
                        const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const auto it = std::find_if(from.begin(), from.end(),
                                   [&](const EmbeddedFile& f) { return f.name == name; });
      MASE_CHECK(it != from.end(), "no cell {}", name);
      files.emplace_back(name, std::string(it->content));
    }
  };
  take(embedded::serial_rtl(), {"mase_bytes_to_words.sv", "mase_serial_shell.sv", "mase_uart_rx.sv",
                              "mase_uart_tx.sv", "mase_words_to_bytes.sv"});
  take(embedded::rtl(),
       {"mase_check.svh", "mase_counter.sv", "mase_fifo.sv", "mase_width_adapter.sv"});
  return files;
}

std::string pin_constraints(const SmallBoard& board) {
  std::string text;
  for (const auto& [port, pin] : board.pins) text += fmt::format("set_io {} {}\n", port, pin);
  return text;
}

}  // namespace mase::fpga
