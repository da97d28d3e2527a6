// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/ice40.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <regex>
#include <set>

#include "embedded/ice40_cells.h"
#include "fpga/flow/json_text.h"
#include "fpga/flow/lint.h"
#include "fpga/flow/serial_chip.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/synth/yosys.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

std::string need_program(const std::string& name, const char* package) {
  const auto path = find_program(name);
  if (path.empty()) {
    throw UserError("V110", fmt::format("{} is not in PATH", name), {},
                    fmt::format("install it, for example with `apt install {}`", package),
                    ExitCode::kToolMissing);
  }
  return path.string();
}

/// The lines from the first that reports an error on; the last lines where there is none.
std::string told_by(const std::string& output) {
  const size_t at = output.find("ERROR");
  if (at != std::string::npos) return output.substr(at, 2000);
  return output.size() > 2000 ? output.substr(output.size() - 2000) : output;
}

std::string run(const std::vector<std::string>& command, const fs::path& directory) {
  const auto result = run_process(command, directory);
  if (result.exit_code != 0) {
    throw UserError("V114", fmt::format("{} fails (exit status {}):\n{}",
                                        fs::path(command[0]).filename().string(), result.exit_code,
                                        told_by(result.output)));
  }
  return result.output;
}

/// icebox_vlog declares its ports twice, which only the older form of a module's head allows:
/// "module m (input a, output b);" -> "module m (a, b); input a; output b;".
std::string with_plain_head(const std::string& netlist) {
  const std::string start = fmt::format("module {} (", kChip);
  const size_t at = netlist.find(start);
  const size_t end = netlist.find(");", at);
  if (at == std::string::npos || end == std::string::npos)
    throw UserError("V114", fmt::format("icebox_vlog gives no module {}", kChip));
  const std::string ports = netlist.substr(at + start.size(), end - at - start.size());
  std::vector<std::string> names, declarations;
  const std::regex port(R"((input|output)\s+(\w+))");
  for (std::sregex_iterator it(ports.begin(), ports.end(), port), last; it != last; ++it) {
    names.push_back((*it)[2]);
    declarations.push_back((*it)[0].str() + ";");
  }
  return netlist.substr(0, at) +
         fmt::format("{}{});\n{}", start, fmt::join(names, ", "), fmt::join(declarations, " ")) +
         netlist.substr(end + 2);
}

class Build {
 public:
  Build(const emit::EmittedFolder& design, const SmallBoard& board, fs::path folder,
        const Ice40Options& options)
      : design_(design), board_(board), folder_(fs::absolute(folder)), options_(options) {
    if (design.top_name == kChip)
      throw UserError("V102", fmt::format("--top-name '{}' is the chip's own name", kChip), {},
                      "give the design another name");
    bitstream_ = folder_ / (design.top_name + ".bin");
  }

  Ice40Result run_all() {
    Ice40Result result;
    result.wanted_mhz = std::max(board_.clock_mhz, options_.freq_mhz.value_or(0));
    if (!options_.dry_run) {
      yosys_ = synth::find_yosys().program.string();
      nextpnr_ = need_program("nextpnr-ice40", "nextpnr-ice40");
      for (const char* tool : {"icepack", "iceunpack", "icebox_vlog"})
        need_program(tool, "fpga-icestorm");
    }
    write_sources();
    say("lint");
    lint({.top = kChip, .files = sources_, .include_dirs = {folder_ / "rtl"}});
    if (options_.dry_run) return result;
    result.yosys_version = synth::find_yosys().version;
    synthesise();
    place(result);
    const fs::path packed = folder_ / "unchecked.bin";
    run({"icepack", "chip.asc", packed.string()}, folder_);
    check(packed, result);
    fs::rename(packed, bitstream_);
    result.bitstream = bitstream_;
    return result;
  }

 private:
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  void write_sources() {
    std::error_code ignored;
    for (const auto& old : {bitstream_, folder_ / "unchecked.bin", folder_ / "chip.asc"})
      fs::remove(old, ignored);  // nothing of an earlier build may be taken for this one's
    const auto stamp = fmt::format("Generated from design {}.", design_.hash);
    write_file(folder_ / "mase_chip.sv",
               serial_chip(design_.hardware, design_.top_name, board_, stamp));
    write_file(folder_ / "bench.sv",
               serial_bench(design_.hardware, design_.top_name, board_, stamp));
    write_file(folder_ / "chip.pcf", pin_constraints(board_));
    std::set<std::string> own;
    sources_ = {folder_ / "mase_chip.sv"};
    for (const auto& source : design_.sources) {
      sources_.push_back(source);
      own.insert(source.filename().string());
    }
    for (const auto& [name, text] : serial_cells()) {
      write_file(folder_ / "rtl" / name, text);
      if (!name.ends_with(".sv")) continue;
      bench_.push_back(folder_ / "rtl" / name);
      if (!own.contains(name)) sources_.push_back(folder_ / "rtl" / name);
    }
  }

  void synthesise() {
    say("Yosys");
    // What a memory is made of is left to Yosys: this family has no distributed RAM to ask for.
    std::vector<std::string> files;
    for (const auto& source : sources_) files.push_back("\"" + source.string() + "\"");
    const std::string script = fmt::format(
        "read_verilog -sv -I \"{0}\" {1}; hierarchy -top {2}; proc; "
        "setattr -unset ram_style m:*; {4}; synth_ice40 -abc9 -top {2} -json \"{3}\"; check "
        "-assert",
        (folder_ / "rtl").string(), fmt::join(files, " "), kChip, (folder_ / "chip.json").string(),
        synth::kAbcScript);
    // Memory files have paths relative to the design.
    run({yosys_, "-q", "-l", (folder_ / "yosys.log").string(), "-p", script}, design_.directory);
  }

  void place(Ice40Result& result) {
    say("nextpnr-ice40");
    const auto placed = run_process({nextpnr_,
                                     "--" + board_.nextpnr_device,
                                     "--package",
                                     board_.nextpnr_package,
                                     "--json",
                                     "chip.json",
                                     "--pcf",
                                     "chip.pcf",
                                     "--asc",
                                     "chip.asc",
                                     "--report",
                                     "nextpnr.json",
                                     "--freq",
                                     fmt::format("{:g}", result.wanted_mhz),
                                     "--seed",
                                     std::to_string(options_.seed),
                                     "--timing-allow-fail",
                                     "-q",
                                     "--log",
                                     "nextpnr.log"},
                                    folder_);
    const std::string log =
        fs::exists(folder_ / "nextpnr.log") ? read_file(folder_ / "nextpnr.log") : placed.output;
    if (const auto lacking = lacking_in(log); !lacking.empty()) {
      throw UserError(
          "V111",
          fmt::format("the design does not fit {} ({}): {}", board_.target, board_.part, lacking),
          (folder_ / "nextpnr.log").string(),
          "fewer bits, a larger target_ii (fewer multipliers), or a larger target",
          ExitCode::kCheckFailed);
    }
    if (placed.exit_code != 0)
      throw UserError("V114", fmt::format("nextpnr-ice40 fails (exit status {}):\n{}",
                                          placed.exit_code, told_by(log)));
    const auto report = parse_nextpnr_report(read_file(folder_ / "nextpnr.json"),
                                             (folder_ / "nextpnr.json").string());
    result.logic_cells = report.logic_cells;
    result.bram4k = report.bram4k;
    result.pins = report.pins;
    result.global_buffers = report.global_buffers;
    result.fmax_mhz = report.fmax_mhz;
    const auto version = run_process({nextpnr_, "--version"}).output;
    std::smatch match;
    const std::regex number(R"(Version\s+([^)\s]+))");
    result.nextpnr_version = std::regex_search(version, match, number) ? match[1].str() : "unknown";
    if (result.fmax_mhz < result.wanted_mhz) {
      throw UserError("V112",
                      fmt::format("the design reaches {:.2f} MHz of {:g} MHz on {}",
                                  result.fmax_mhz, result.wanted_mhz, board_.target),
                      (folder_ / "nextpnr.log").string(),
                      fmt::format("lower --freq (the board has {:g} MHz), or fewer adders between "
                                  "registers",
                                  board_.clock_mhz),
                      ExitCode::kCheckFailed);
    }
  }

  /// Bitstream -> netlist -> Verilator, against the integer reference.
  void check(const fs::path& packed, Ice40Result& result) {
    say("simulating the bitstream's netlist");
    run({"iceunpack", packed.string(), "unpacked.asc"}, folder_);
    const auto netlist = with_plain_head(
        run({"icebox_vlog", "-s", "-n", kChip, "-p", "chip.pcf", "unpacked.asc"}, folder_));
    write_file(folder_ / "netlist.v", netlist);
    fs::remove(folder_ / "unpacked.asc");
    sim::SimulateOptions options{.cache = options_.cache};
    options.netlist = bench_;
    options.netlist.push_back(folder_ / "bench.sv");
    options.netlist.push_back(folder_ / "netlist.v");
    if (netlist.find("SB_RAM40_4K") != std::string::npos) {
      for (const auto& file : embedded::ice40_cells()) {
        options.netlist.push_back(folder_ / std::string(file.name));
        write_file(options.netlist.back(), file.content);
      }
    }
    const auto samples = options_.samples.rows > 0
                             ? options_.samples
                             : sim::random_samples(design_.hardware.input, options_.random_samples,
                                                   design_.hardware.features_in, 1);
    result.simulation = sim::simulate(design_, samples, options);
    const auto& s = result.simulation;
    if (s.good()) return;
    std::string first;
    if (!s.first_mismatches.empty()) {
      const auto& m = s.first_mismatches.front();
      first = fmt::format("; sample {}, element {}: expected {}, got {}", m.sample, m.element,
                          m.expected, m.got);
    }
    if (!s.failures.empty()) first += "; " + s.failures.front();
    throw UserError("V113",
                    fmt::format("the netlist of the bitstream has {} of {} outputs wrong{}",
                                s.mismatches, s.outputs, first),
                    (folder_ / "netlist.v").string(),
                    "no bitstream is kept; please report it with this folder",
                    ExitCode::kCheckFailed);
  }

  const emit::EmittedFolder& design_;
  const SmallBoard& board_;
  fs::path folder_, bitstream_;
  const Ice40Options& options_;
  std::string yosys_, nextpnr_;
  std::vector<fs::path> sources_;  ///< of the chip
  std::vector<fs::path> bench_;    ///< cells of the bench
};

}  // namespace

NextpnrReport parse_nextpnr_report(const std::string& text, const std::string& file) {
  const JsonText json(text, file, "V115", "nextpnr-ice40 --report writes this file");
  const auto used = [&](const char* type) {
    return json.has({"utilization", type}) ? json.integer({"utilization", type, "used"}) : 0;
  };
  json.at({"utilization", "ICESTORM_LC"});  // a report of another nextpnr has none
  NextpnrReport report{.logic_cells = used("ICESTORM_LC"),
                       .bram4k = used("ICESTORM_RAM"),
                       .pins = used("SB_IO"),
                       .global_buffers = used("SB_GB")};
  for (const auto& clock : json.keys({"fmax"})) {
    const double mhz = json.number({"fmax", clock, "achieved"});
    report.fmax_mhz = report.fmax_mhz == 0 ? mhz : std::min(report.fmax_mhz, mhz);
  }
  if (report.fmax_mhz <= 0) json.fail({"fmax"}, "nextpnr's report has no clock in \"fmax\"");
  return report;
}

std::string lacking_in(const std::string& log) {
  std::string lacking;
  const std::regex row(R"(Info:\s+([A-Z0-9_]+):\s+(\d+)/\s*(\d+)\s+\d+%)");
  std::set<std::string> told;
  for (std::sregex_iterator it(log.begin(), log.end(), row), end; it != end; ++it) {
    const int64_t used = std::stoll((*it)[2]), available = std::stoll((*it)[3]);
    if (used <= available || !told.insert((*it)[1]).second) continue;
    if (!lacking.empty()) lacking += ", ";
    lacking += fmt::format("{} of {} {}", used, available, (*it)[1].str());
  }
  return lacking;
}

synth::Figures Ice40Result::figures(const SmallBoard& board) const {
  synth::Figures figures{.target = board.part,
                         .tools = {{"yosys", yosys_version}, {"nextpnr", nextpnr_version}}};
  const auto add = [&](const char* name, double value, const char* unit) {
    figures.metrics.push_back({name, value, unit, "nextpnr"});
  };
  add("logic_cells", static_cast<double>(logic_cells), "ICESTORM_LC");
  add("logic_cells_fraction",
      static_cast<double>(logic_cells) / static_cast<double>(board.logic_cells), "fraction");
  add("bram4k", static_cast<double>(bram4k), "SB_RAM40_4K");
  add("fmax_mhz", fmax_mhz, "MHz");
  return figures;
}

Ice40Result build_ice40(const emit::EmittedFolder& design, const SmallBoard& board,
                        const fs::path& folder, const Ice40Options& options) {
  return Build(design, board, folder, options).run_all();
}

}  // namespace mase::fpga
