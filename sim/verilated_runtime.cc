// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated_runtime.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/cache_entry.h"

namespace mase::sim {

namespace fs = std::filesystem;

std::string run_all(const std::vector<std::vector<std::string>>& commands,
                    const fs::path& working_directory, const fs::path& log) {
  std::vector<ProcessResult> results(commands.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i; (i = next++) < commands.size();)
      results[i] = run_process(commands[i], working_directory);
  };
  const size_t workers =
      std::min<size_t>(commands.size(), std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::future<void>> running;
  for (size_t i = 1; i < workers; ++i) running.push_back(std::async(std::launch::async, work));
  work();
  for (auto& worker : running) worker.get();
  std::ofstream out(log, std::ios::app);
  std::string failure;
  for (size_t i = 0; i < commands.size(); ++i) {
    out << fmt::format("$ {}\n{}", fmt::join(commands[i], " "), results[i].output);
    if (results[i].exit_code != 0 && failure.empty()) {
      failure = fmt::format("{}(exit status {})", results[i].output, results[i].exit_code);
    }
  }
  return failure;
}

fs::path verilated_runtime(const Toolchain& tools, const std::vector<std::string>& units,
                           const CompileMode& mode, const fs::path& cache) {
  const fs::path sources = runtime_sources(tools);
  const auto command = compile_command(tools, sources, mode, "-O2");
  const std::string key =
      content_hash(fmt::format("{}\n{}\n{}\n{}", tools.verilator_id, tools.compiler_id,
                               fmt::join(command, " "), fmt::join(units, " ")));
  const CacheEntry entry(cache / "verilator" / "runtime", key, "libverilated.a");
  entry.ensure([&](const fs::path& folder) {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> archive = {"ar", "crs", "libverilated.a"};
    for (const auto& unit : units) {
      auto compile = command;
      for (const auto& word : {std::string("-c"), (sources / (unit + ".cpp")).string(),
                               std::string("-o"), unit + ".o"}) {
        compile.push_back(word);
      }
      commands.push_back(compile);
      archive.push_back(unit + ".o");
    }
    const fs::path log = folder / "build.log";
    std::string failure = run_all(commands, folder, log);
    if (failure.find("zlib.h") != std::string::npos) {
      throw UserError("S001", "zlib's header zlib.h, which FST tracing needs, is missing", {},
                      "install it, for example with `apt install zlib1g-dev`",
                      ExitCode::kToolMissing);
    }
    if (failure.empty()) failure = run_all({archive}, folder, log);
    if (failure.find("systemc.h") != std::string::npos) {
      throw UserError("S001", "SystemC's header systemc.h is missing", {},
                      "install it, for example with `apt install libsystemc-dev`, or set "
                      "SYSTEMC_INCLUDE and SYSTEMC_LIBDIR; --backend verilator needs no SystemC",
                      ExitCode::kToolMissing);
    }
    MASE_CHECK(failure.empty(), "the verilated runtime does not compile (log: {}):\n{}",
               entry.failure_log().string(), failure);
    for (const auto& unit : units) fs::remove(folder / (unit + ".o"));
  });
  return entry.product();
}

}  // namespace mase::sim
