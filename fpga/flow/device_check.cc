// SPDX-License-Identifier: Apache-2.0
// What can be proved about the build folder of a whole device without Vivado.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>

#include "fpga/flow/card_scripts.h"
#include "fpga/flow/device_flow.h"
#include "fpga/flow/flow_file.h"
#include "fpga/flow/gate_check.h"
#include "fpga/flow/json_text.h"
#include "fpga/flow/lint.h"
#include "fpga/flow/script_facts.h"
#include "fpga/flow/vpp_check.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// These calls, in this order; others may stand between.
void check_steps(const std::vector<RecordedCall>& calls) {
  const char* before = "the beginning";
  size_t at = 0;
  for (const char* step :
       {"create_project", "create_ip", "generate_target", "synth_ip", "read_verilog", "read_xdc",
        "synth_design", "opt_design", "place_design", "route_design", "report_route_status",
        "get_timing_paths", "write_checkpoint", "write_bitstream", "write_cfgmem"}) {
    size_t found = at;
    while (found < calls.size() && calls[found].command != step) ++found;
    if (found == calls.size())
      throw UserError("V134", fmt::format("no {} after {}", step, before), "build.tcl",
                      "order: IP, sources, synth, opt, place, route, reports, gate, bitstream");
    at = found;
    before = step;
  }
  const auto first = std::find_if(calls.begin(), calls.end(), [](const RecordedCall& c) {
    return c.command == "write_bitstream";
  });
  for (auto it = first; it != calls.end(); ++it) {
    if (it->command.starts_with("report_") || it->command.starts_with("get_timing"))
      throw UserError("V134", fmt::format("{} comes after write_bitstream", it->command),
                      fmt::format("{}:{}", it->file, it->line));
  }
}

/// Half a bitstream must not have the name of a whole one: run.sh gives it.
void check_names(const std::vector<RecordedCall>& calls, const std::string& bitstream) {
  const std::string stem = "unfinished/" + bitstream.substr(0, bitstream.rfind('.'));
  for (const auto& [command, file] : {std::pair{"write_bitstream", " " + stem + ".bit"},
                                      std::pair{"write_cfgmem", "-file " + stem + ".mcs"}}) {
    for (const auto& call : calls) {
      if (call.command == command && !call.arguments.ends_with(file))
        throw UserError(
            "V134",
            fmt::format("{} does not write to {}", command, file.substr(file.rfind(' ') + 1)),
            fmt::format("{}:{}", call.file, call.line),
            "a build that dies half-way must leave nothing that looks like a result");
    }
  }
}

double number_in(const std::string& text, const char* name) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(fmt::format(R"(\.{}\(([0-9.]+)\))", name))))
    throw UserError("V152", fmt::format("the clock manager has no {}", name), "the top");
  return std::stod(match[1]);
}

/// The clock manager makes the clock that flow.json names, within its limits, and the constraints
/// have the board's period.
void check_clocks(const std::string& top, const std::vector<RecordedCall>& calls,
                  const nlohmann::json& flow, const DeviceBoard& board) {
  const ClockPlan plan{.board_mhz = board.board_mhz,
                       .mhz = flow.at("core_mhz").get<double>(),
                       .multiply = number_in(top, "CLKFBOUT_MULT_F"),
                       .divide = number_in(top, "CLKOUT0_DIVIDE_F"),
                       .divide_in = static_cast<int>(number_in(top, "DIVCLK_DIVIDE")),
                       .most_mhz = board.vivado.most_mhz};
  const auto fail = [](const std::string& what, const std::string& where) {
    throw UserError("V152", what, where, "a folder that mase-gen wrote and nobody changed passes");
  };
  if (const auto fault = clock_plan_fault(plan); !fault.empty()) fail(fault, "the top");
  if (plan.mhz < flow.at("freq_mhz").get<double>() * (1 - 1e-9))
    fail("the core's clock is slower than --freq", "flow.json");
  const double period = 1000 / board.board_mhz;
  if (std::abs(number_in(top, "CLKIN1_PERIOD") - period) > 0.001)
    fail("CLKIN1_PERIOD is not the board's", "the top");
  const std::string port = board.clock + "_p";
  bool board_clock = false, core_clock = false;
  for (const auto& call : calls) {
    std::smatch match;
    if (call.command == "create_clock" && call.arguments.find(port) != std::string::npos &&
        std::regex_search(call.arguments, match, std::regex(R"(-period ([0-9.]+))"))) {
      board_clock = true;
      if (std::abs(std::stod(match[1]) - period) > 0.001)
        fail(fmt::format("{} has a period of {} ns, the board {:.3f}", port, std::string(match[1]),
                         period),
             fmt::format("{}:{}", call.file, call.line));
    }
    core_clock = core_clock || (call.command == "create_generated_clock" &&
                                call.arguments.find("u_mmcm/CLKOUT0") != std::string::npos);
  }
  if (!board_clock) fail(fmt::format("no create_clock on {}", port), "clocks.xdc");
  if (!core_clock) fail("the clock manager's output has no name", "clocks.xdc");
}

/// The host's script meets a card that answers rightly, in both orders of words, and ones that do
/// not.
void check_jtag(const fs::path& folder) {
  const auto offset = [](const char* name) {
    return std::to_string(kernel_register(name).offset_bytes);
  };
  const auto run = [&](const std::string& results, const std::string& burst,
                       const std::string& status, const std::string& fails = "") {
    RecorderAnswers card;
    card.more = {{"memory", std::to_string(device_region("memory").base)},
                 {"memory_bytes", std::to_string(device_region("memory").bytes)},
                 {"registers", std::to_string(device_region("registers").bytes)},
                 {"ctrl", offset("CTRL")},
                 {"samples_in", offset("samples_in")},
                 {"samples_out", offset("samples_out")},
                 {"samples", "samples.bin"},
                 {"cycles", offset("cycles")},
                 {"status", offset("status")},
                 {"results", results},
                 {"burst", burst},
                 {"status_word", status},
                 {"may_catch", "1"},
                 {"fails", fails}};
    return record(folder, "jtag.tcl", card);
  };
  const auto fail = [&](const std::string& what, const Recording& recording) {
    throw UserError("V153", fmt::format("jtag.tcl {}: {}", what, recording.output),
                    (folder / "jtag.tcl").string());
  };
  for (const char* burst : {"first", "last"}) {
    const auto good = run("expected.bin", burst, "0");
    if (good.exit_code != 0) fail("fails although every result is right", good);
  }
  // A card whose kernel writes the samples back; one whose kernel reports an error.
  const auto wrong = run("samples.bin", "first", "0");
  if (read_file(folder / "samples.bin") != read_file(folder / "expected.bin") &&
      wrong.exit_code != 1)
    fail("ends well although results are wrong", wrong);
  const auto error = run("expected.bin", "first", "1");
  if (error.exit_code != 1) fail("ends well although the kernel reports an error", error);
  // Results are wrong only where there are some: what cannot be reached has a status of its own.
  for (const char* command : {"connect_hw_server", "open_hw_target", "program_hw_devices",
                              "refresh_hw_device", "reset_hw_axi", "run_hw_axi"}) {
    const auto broken = run("expected.bin", "first", "0", command);
    const bool told = broken.output.find("ERROR: cannot ") != std::string::npos &&
                      broken.output.find("check: ") != std::string::npos;
    if (!told || broken.calls.empty() || broken.calls.back().command != "exit" ||
        broken.calls.back().arguments != "2")
      fail(fmt::format("does not end in words and with status 2 although {} fails", command),
           broken);
  }
}

/// What is synthesised, out of what, for which part, and where it is placed.
void check_build(const std::vector<RecordedCall>& calls, const fs::path& folder,
                 const DeviceBoard& board) {
  static const std::set<std::string> kinds = {
      "create_project", "synth_design",  "read_verilog",       "read_mem",
      "create_pblock",  "resize_pblock", "add_cells_to_pblock"};
  std::vector<Fact> facts;
  for (const auto& fact : facts_of(calls))
    if (kinds.contains(fact.key.substr(0, fact.key.find(' ')))) facts.push_back(fact);
  const auto flow = read_flow_file(folder);
  const std::string of_target = "the target " + board.vivado.name, of_flow = "flow.json";
  std::vector<Wanted> wanted = {{"create_project -in_memory -part", board.vivado.part, of_target},
                                {"synth_design -top", flow.top, of_flow},
                                {"synth_design -part", board.vivado.part, of_target},
                                {"synth_design -flatten_hierarchy", "rebuilt", "every build"},
                                {"synth_design -include_dirs", "rtl", "every build"}};
  for (const auto& source : flow.sources)
    wanted.push_back({"read_verilog -sv " + source, "", of_flow});
  for (const auto& memory : flow.memories) wanted.push_back({"read_mem " + memory, "", of_flow});
  const auto place = [&](const std::string& name, const SlrCells& part) {
    wanted.push_back({"create_pblock " + name, "", "every build"});
    wanted.push_back({fmt::format("resize_pblock {} -add", name), part.slr, of_flow});
    wanted.push_back(
        {fmt::format("add_cells_to_pblock {} {}", name, fmt::join(part.cells, " ")), "", of_flow});
  };
  for (const auto& part : flow.slrs) place("pblock_" + part.slr, part);
  if (flow.slrs.empty()) {
    const auto slr = read_flow(folder).at("slr").get<std::string>();
    const auto& slrs = board.vivado.slr_pblocks;
    if (std::find(slrs.begin(), slrs.end(), slr) == slrs.end())
      throw UserError("V138", fmt::format("slr is {}", slr), (folder / "flow.json").string(),
                      fmt::format("allowed: {}", fmt::join(slrs, ", ")));
    place("pblock_fabric", {slr, {"u_fabric"}});
  }
  compare_facts(facts, wanted, "build.tcl");
}

/// Without a cut the fabric alone is placed.
std::vector<SlrCells> placed_cells(const nlohmann::json& flow) {
  if (flow.contains("slrs")) return slrs_from_json(flow.at("slrs"));
  return {{"", {"u_fabric"}}};
}

}  // namespace

std::vector<Check> check_device_folder(const fs::path& folder, const DeviceBoard& board) {
  const auto flow = read_flow(folder);
  const auto name = flow.at("top").get<std::string>();
  const std::string top = read_file(folder / (name + ".sv"));
  std::vector<Check> checks;

  RecorderAnswers answers{.ports = ports_of(top)};
  std::string instances;
  for (const auto& instance : instances_of(top)) instances += instance + " ";
  answers.more = {{"instances", instances},
                  {"period", fmt::format("{:.3f}", 1000 / flow.at("core_mhz").get<double>())}};
  const auto good = record(folder, "build.tcl", answers);
  if (good.exit_code != 0)
    throw UserError("V135", "build.tcl fails although timing is met", folder.string(), good.output);
  checks.push_back(
      {"commands", fmt::format("{} calls, their properties and IP settings, all in the "
                               "common subset of Vivado 2020.2 to 2025.2",
                               good.calls.size())});
  check_order(good.calls);
  check_steps(good.calls);
  check_run_script(folder);
  check_names(good.calls, flow.at("bitstream").get<std::string>());
  checks.push_back({"order", "IP, synth, opt, place, route, reports, gate, bitstream, flash"});
  check_pins(good.calls, top, board);
  checks.push_back({"pins", fmt::format("{} bits of ports, each at the pin and in the standard of "
                                        "{}, none twice",
                                        answers.ports.size(), board.name)});
  if (flow.at("host") == "xdma") {
    check_pcie(good.calls, board);
    checks.push_back({"PCIe", fmt::format("XDMA at block {}, lanes from {} on, as on {}",
                                          board.pcie_block, board.pcie_quad, board.name)});
  }
  std::vector<fs::path> sources;
  for (const std::string source : flow.at("sources")) sources.push_back(folder / source);
  if (flow.contains("slrs")) {
    const auto slrs = slrs_from_json(flow.at("slrs"));
    check_slrs(good.calls, slrs, sources, name);
    checks.push_back(
        {"SLRs", fmt::format("every part of the cut in its SLR, {} in all", slrs.size())});
  }
  check_presence(folder, "build.tcl", answers, placed_cells(flow));
  check_clocks(top, good.calls, flow, board);
  check_build(good.calls, folder, board);
  checks.push_back(
      {"clocks", fmt::format("{:g} MHz of the board's {:g}, within the clock manager's "
                             "limits",
                             flow.at("core_mhz").get<double>(), board.board_mhz)});
  const auto summary = parse_vivado_summary(good.summary, "reports/mase.json of the recorder");
  if (summary.part != board.vivado.part || summary.top != name || !summary.several_clocks)
    throw UserError("V135", "the script's summary does not say what its tool said",
                    folder.string());
  checks.push_back(check_gate(folder, answers, good));
  check_card_scripts(folder, board,
                     flow.at("bitstream")
                         .get<std::string>()
                         .substr(0, flow.at("bitstream").get<std::string>().rfind('.')));
  checks.push_back({"card",
                    "program.tcl and flash.tcl find the one card behind several cables, "
                    "refuse two of them, and never write over the card's own image"});
  if (flow.at("host") == "jtag") {
    check_debug_hub(good.calls, flow.at("core_mhz").get<double>());
    check_jtag(folder);
    checks.push_back({"host", "jtag.tcl tells right results from wrong ones of a card's stand-in"});
  }
  // Last: it takes longest.
  LintJob job{.top = name, .files = sources, .include_dirs = {folder / "rtl"}};
  job.files.push_back(folder / "lint/vendor_stubs.sv");
  lint(job);
  checks.push_back({"lint", fmt::format("{} files of SystemVerilog, with the ports of the vendor's "
                                        "cells, no warning",
                                        job.files.size())});
  return checks;
}

}  // namespace mase::fpga
