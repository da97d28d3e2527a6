// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <system_error>

#include "embedded/sim_harness.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/cache_entry.h"
#include "sim/model_config.h"
#include "sim/toolchain.h"
#include "sim/verilated_runtime.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

// Warnings are the lint tests' business and end up in the log; an elaboration $error stays an
// error. Two optimisations of Verilator 5.006 are wrong: reloop uses an undeclared __Vilp when a
// model with very wide ports is split; const-bit-op-tree narrows $signed({1'b0, a & b}) to one bit,
// which then extends as -1, and gives wrong bits for some one-bit AND-ORs.
const std::vector<std::string> kVerilatorFlags = {"--assert",
                                                  "-O3",
                                                  "-Wno-fatal",
                                                  "-Werror-USERERROR",
                                                  "-Werror-USERFATAL",
                                                  "--x-assign",
                                                  "unique",
                                                  "--x-initial",
                                                  "unique",
                                                  "--prefix",
                                                  "Vmodel",
                                                  "-Mdir",
                                                  ".",
                                                  "-fno-reloop",
                                                  "-fno-const-bit-op-tree"};

constexpr uintmax_t kUnitBytes = 1'000'000;        // of C++ in one translation unit
constexpr uintmax_t kLargeModelBytes = 2'000'000;  // of C++ that runs every cycle

/// A file as it is handed to Verilator: under a path that does not depend on where the user keeps
/// it, so that the same content always gives the same model, messages included.
struct StagedFile {
  fs::path original;
  std::string staged;
  std::string content;
};

bool is_header(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".svh" || extension == ".vh";
}

std::vector<StagedFile> stage(const ModelSource& source) {
  std::vector<StagedFile> files;
  const auto add = [&](const fs::path& path, const std::string& folder) {
    std::string staged = fmt::format("{}/{}", folder, path.filename().string());
    for (int copy = 1;
         std::any_of(files.begin(), files.end(), [&](auto& f) { return f.staged == staged; });
         ++copy) {
      staged = fmt::format("{}/{}/{}", folder, copy, path.filename().string());
    }
    files.push_back({path, staged, read_file(path)});
  };
  for (const auto& path : source.lint_configs) add(path, "src");
  for (const auto& path : source.files) add(path, "src");
  for (size_t i = 0; i < source.include_dirs.size(); ++i) {
    std::error_code error;
    std::vector<fs::path> headers;
    for (const auto& item : fs::directory_iterator(source.include_dirs[i], error)) {
      if (is_header(item.path())) headers.push_back(item.path());
    }
    if (error) {
      throw UserError("S002", fmt::format("include folder {}: {}", source.include_dirs[i].string(),
                                          error.message()));
    }
    std::sort(headers.begin(), headers.end());
    for (const auto& path : headers) add(path, fmt::format("include{}", i));
  }
  return files;
}

std::string with_original_paths(std::string text, const std::vector<StagedFile>& files) {
  for (const auto& file : files) {
    const std::string staged = "../" + file.staged + ":";
    for (size_t at = 0; (at = text.find(staged, at)) != std::string::npos;) {
      const std::string original = file.original.string() + ":";
      text.replace(at, staged.size(), original);
      at += original.size();
    }
  }
  return text;
}

/// Verilator's own lines without its advertisement of lint pragmas and manual pages.
std::string essential_lines(const std::string& output) {
  std::istringstream lines(output);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" ... ") != std::string::npos && line.find("In instance") == std::string::npos)
      continue;
    kept += line + '\n';
  }
  if (!kept.empty()) kept.pop_back();
  return kept;
}

void verilate(const ModelSource& source, const Toolchain& tools,
              const std::vector<StagedFile>& files, const fs::path& folder) {
  for (const auto& file : files) write_file(folder / file.staged, file.content);
  write_file(folder / "src/mase_probes.vlt", probe_config(source));
  std::vector<std::string> command = {tools.verilator.string()};
  command.insert(command.end(), kVerilatorFlags.begin(), kVerilatorFlags.end());
  command.push_back(source.systemc ? "--sc" : "--cc");
  if (source.trace) command.push_back("--trace-fst");
  if (!source.probes.empty())
    command.push_back("--flatten");  // all signals become members of one class
  command.insert(command.end(), {"--top-module", source.top});
  for (size_t i = 0; i < source.include_dirs.size(); ++i)
    command.push_back(fmt::format("+incdir+../include{}", i));
  command.push_back("../src/mase_probes.vlt");
  for (const auto& file : files) {
    if (file.staged.starts_with("src/")) command.push_back("../" + file.staged);
  }
  make_directories(folder / "gen");
  const std::string failure =
      with_original_paths(run_all({command}, folder / "gen", folder / "build.log"), files);
  if (!failure.empty()) {
    throw UserError(
        "S002",
        fmt::format("Verilator rejects the design '{}':\n{}", source.top, essential_lines(failure)),
        {}, "correct the SystemVerilog at the lines named above");
  }
}

void compile(const ModelSource& source, const Toolchain& tools, const fs::path& folder,
             const fs::path& cache, const fs::path& failure_log) {
  const std::string header = read_file(folder / "gen/Vmodel___024root.h");
  write_file(folder / "gen/model_config.h", model_config(source, header));
  for (const auto& file : embedded::sim_harness()) {
    write_file(folder / "gen" / std::string(file.name), file.content);
  }
  const GeneratedUnits units = generated_units(read_file(folder / "gen/Vmodel_classes.mk"));
  const CompileMode mode{source.trace, source.systemc};
  const fs::path runtime = verilated_runtime(tools, units.runtime, mode, cache);

  // A small model is two translation units, since most of the time goes into reading the same
  // headers; a large one as many as keep all processors busy. What runs once is not optimised, and
  // a large model, which is a bench of many cells that runs for a short time, only lightly.
  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> link = {tools.compiler.string()};
  const fs::path sources = runtime_sources(tools);
  const auto unit = [&](const std::string& name, const std::vector<std::string>& parts,
                        const char* optimisation) {
    std::string text;
    for (const auto& part : parts) text += fmt::format("#include \"{}\"\n", part);
    write_file(folder / "gen" / (name + ".cc"), text);
    auto command = compile_command(tools, sources, mode, optimisation);
    command.insert(command.end(), {"-I.", "-c", name + ".cc", "-o", name + ".o"});
    commands.push_back(command);
    link.push_back(name + ".o");
  };
  const auto add_units = [&](const std::string& name, const std::vector<std::string>& files,
                             const char* optimisation) {
    std::vector<std::string> parts;
    uintmax_t bytes = 0;
    int index = 0;
    for (const auto& file : files) {
      parts.push_back(file);
      bytes += fs::file_size(folder / "gen" / file);
      if (bytes < kUnitBytes && file != files.back()) continue;
      unit(fmt::format("{}_{}", name, index++), parts, optimisation);
      parts.clear();
      bytes = 0;
    }
  };
  auto fast = units.fast;
  fast.push_back(source.systemc ? "systemc_bench.cc" : "harness.cc");
  uintmax_t fast_bytes = 0;
  for (const auto& file : fast) fast_bytes += fs::file_size(folder / "gen" / file);
  add_units("fast", fast, fast_bytes > kLargeModelBytes ? "-O1" : "-O2");
  add_units("slow", units.slow, "-O0");
  link.push_back(runtime.string());
  link.insert(link.end(), tools.link_flags.begin(), tools.link_flags.end());
  link.insert(link.end(), {"-pthread", "-latomic", "-o", "../model"});
  if (source.trace) link.push_back("-lz");
  if (source.systemc) {
    const auto flags = systemc_link_flags();
    link.insert(link.end(), flags.begin(), flags.end());
  }

  const fs::path log = folder / "build.log";
  std::string failure = run_all(commands, folder / "gen", log);
  if (failure.empty()) failure = run_all({link}, folder / "gen", log);
  MASE_CHECK(failure.empty(), "the verilated design '{}' does not compile (log: {}):\n{}",
             source.top, failure_log.string(), failure);
}

}  // namespace

VerilatedModel build_model(const ModelSource& source, const fs::path& cache_folder) {
  const auto begin = std::chrono::steady_clock::now();
  MASE_CHECK(!source.channels.empty(), "model '{}' has no channels", source.top);
  MASE_CHECK(!source.systemc || source.channels.size() == 1, "SystemC model '{}': {} channels",
             source.top, source.channels.size());
  for (const auto& channel : source.channels) {
    MASE_CHECK(channel.in_bits > 0 && channel.out_bits > 0, "model '{}': channel of {} -> {} bits",
               source.top, channel.in_bits, channel.out_bits);
  }
  const Toolchain& tools = find_toolchain();
  const fs::path cache = cache_folder.empty() ? cache_directory() : cache_folder;
  const std::vector<StagedFile> files = stage(source);

  std::string identity =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", source.top, source.trace, tools.verilator_id,
                  tools.compiler_id, fmt::join(kVerilatorFlags, " "),
                  fmt::join(compile_command(tools, {}, {source.trace, source.systemc}, ""), " "));
  identity += probe_config(source);
  for (const auto& channel : source.channels)
    identity += fmt::format("{} {}\n", channel.in_bits, channel.out_bits);
  for (const auto& probe : source.probes)
    identity += fmt::format("{}.{}\n", probe.instance, probe.signal);
  for (const auto& file : files)
    identity += fmt::format("{} {}\n{}", file.staged, file.content.size(), file.content);
  for (const auto& file : embedded::sim_harness()) identity += file.content;

  const CacheEntry entry(cache / "verilator" / "models", content_hash(identity), "model");
  VerilatedModel model;
  model.from_cache = !entry.ensure([&](const fs::path& folder) {
    verilate(source, tools, files, folder);
    compile(source, tools, folder, cache, entry.failure_log());
    for (const auto& item : fs::directory_iterator(folder)) {
      if (item.is_directory()) fs::remove_all(item.path());
    }
  });
  model.executable = entry.product();
  model.verilator_version = tools.verilator_version;
  model.build_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return model;
}

}  // namespace mase::sim
