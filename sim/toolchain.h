// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase::sim {

/// The programs that turn SystemVerilog into an executable.
struct Toolchain {
  std::filesystem::path verilator, compiler;
  std::string verilator_version;  ///< "5.006"
  std::string verilator_id;       ///< the whole line of --version
  std::string compiler_id;        ///< first line of --version
  std::vector<std::string> link_flags;
};

/// Verilator from PATH; the compiler is $CXX, or the first of g++, c++ and clang++ in PATH.
/// Asked once per PATH and process. Errors: UserError S001, exit 4, that says what to install.
const Toolchain& find_toolchain();

/// Folder of the verilated runtime's sources (verilated.cpp). Errors: UserError S001, exit 4.
std::filesystem::path runtime_sources(const Toolchain& tools);

/// What a unit includes.
struct CompileMode {
  bool trace = false;    ///< the FST writer's headers
  bool systemc = false;  ///< SystemC's
};

/// Flags for every compilation. SystemC's headers are searched in $SYSTEMC_INCLUDE first, as
/// Verilator's own makefiles do.
std::vector<std::string> compile_command(const Toolchain& tools,
                                         const std::filesystem::path& sources,
                                         const CompileMode& mode, const std::string& optimisation);

/// How to link SystemC: from $SYSTEMC_LIBDIR when it is set.
std::vector<std::string> systemc_link_flags();

}  // namespace mase::sim
