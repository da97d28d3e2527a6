// SPDX-License-Identifier: Apache-2.0
#include "sim/toolchain.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "gen/base/error.h"
#include "gen/base/process.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

fs::path find_verilator() {
  const fs::path verilator = find_program("verilator");
  if (verilator.empty()) {
    throw UserError("S001", "verilator is not in PATH; it compiles the design for simulation", {},
                    "install it, for example with `apt install verilator`", ExitCode::kToolMissing);
  }
  return verilator;
}

fs::path find_compiler() {
  const std::string chosen = environment("CXX");
  for (const std::string name : {chosen.c_str(), "g++", "c++", "clang++"}) {
    if (name.empty()) continue;
    if (const fs::path compiler = find_program(name); !compiler.empty()) return compiler;
    if (name == chosen) {
      throw UserError("S001", fmt::format("the C++ compiler '{}' of $CXX is not in PATH", chosen),
                      {}, "unset CXX, or install g++, for example with `apt install g++`",
                      ExitCode::kToolMissing);
    }
  }
  throw UserError("S001",
                  "no C++ compiler (g++, c++, clang++) in PATH; it compiles what Verilator writes",
                  {}, "install one, for example with `apt install g++`", ExitCode::kToolMissing);
}

std::string version_of(const fs::path& program) {
  const ProcessResult result = run_process({program.string(), "--version"});
  if (result.exit_code != 0) {
    throw UserError(
        "S001",
        fmt::format("`{} --version` fails: {}", program.string(), first_line(result.output)), {},
        "repair or reinstall it", ExitCode::kToolMissing);
  }
  return first_line(result.output);
}

Toolchain detect() {
  Toolchain tools;
  tools.verilator = find_verilator();
  tools.compiler = find_compiler();
  // `verilator` is a Perl script that takes 50 ms to start; the program behind it takes 2.
  fs::path binary = tools.verilator;
  binary += "_bin";
  tools.verilator_id = version_of(fs::exists(binary) ? binary : tools.verilator);
  const std::string& id = tools.verilator_id;  // "Verilator 5.006 2023-01-22 rev ..."
  const size_t begin = id.find(' ');
  tools.verilator_version =
      begin == std::string::npos ? id : id.substr(begin + 1, id.find(' ', begin + 1) - begin - 1);
  tools.compiler_id = version_of(tools.compiler);
  if (!find_program("mold").empty()) tools.link_flags.push_back("-fuse-ld=mold");
  return tools;
}

}  // namespace

const Toolchain& find_toolchain() {
  static std::mutex mutex;
  static std::map<std::string, Toolchain> known;
  const std::lock_guard lock(mutex);
  const std::string key = environment("PATH") + '\n' + environment("CXX");
  if (const auto it = known.find(key); it != known.end()) return it->second;
  return known.emplace(key, detect()).first->second;
}

fs::path runtime_sources(const Toolchain& tools) {
  std::string root = environment("VERILATOR_ROOT");
  if (root.empty()) {
    const auto result = run_process({tools.verilator.string(), "--getenv", "VERILATOR_ROOT"});
    root = first_line(result.output);
  }
  const fs::path folder = fs::path(root) / "include";
  if (!fs::exists(folder / "verilated.cpp")) {
    throw UserError("S001", fmt::format("verilated.cpp is not in {}", folder.string()), {},
                    "reinstall Verilator, or set VERILATOR_ROOT", ExitCode::kToolMissing);
  }
  return folder;
}

std::vector<std::string> compile_command(const Toolchain& tools, const fs::path& sources,
                                         const CompileMode& mode, const std::string& optimisation) {
  std::vector<std::string> command = {tools.compiler.string(),
                                      "-std=gnu++17",
                                      optimisation,
                                      "-fno-plt",
                                      "-w",
                                      fmt::format("-DVM_SC={:d}", mode.systemc),
                                      "-DVM_COVERAGE=0",
                                      fmt::format("-DVM_TRACE={:d}", mode.trace),
                                      fmt::format("-DVM_TRACE_FST={:d}", mode.trace),
                                      "-DVM_TRACE_VCD=0",
                                      "-isystem",
                                      sources.string(),
                                      "-isystem",
                                      (sources / "vltstd").string()};
  if (const std::string folder = environment("SYSTEMC_INCLUDE"); mode.systemc && !folder.empty())
    command.insert(command.end(), {"-isystem", folder});
  return command;
}

std::vector<std::string> systemc_link_flags() {
  const std::string folder = environment("SYSTEMC_LIBDIR");
  if (folder.empty()) return {"-lsystemc"};
  return {"-L" + folder, "-Wl,-rpath," + folder, "-lsystemc"};
}

}  // namespace mase::sim
