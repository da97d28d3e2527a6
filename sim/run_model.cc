// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/harness/message.h"
#include "sim/harness/ports.h"
#include "sim/verilated_model.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

constexpr char kTemporaryHelp[] = "free space there, or set TMPDIR to a folder you may write to";

/// A folder of this run alone, removed with everything in it.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::string pattern = (fs::temp_directory_path() / "mase-gen-run.XXXXXX").string();
    if (!::mkdtemp(pattern.data())) {
      throw UserError(
          "S003",
          fmt::format("cannot create the temporary folder {}: {}", pattern, std::strerror(errno)),
          {}, kTemporaryHelp);
    }
    path_ = pattern;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void check_request(const ModelSource& source, const RunRequest& request) {
  MASE_CHECK(request.channels.size() == source.channels.size(),
             "{} channels asked of a model of {}", request.channels.size(), source.channels.size());
  MASE_CHECK(!request.host || source.systemc, "a host asked of a model without SystemC");
  MASE_CHECK(request.trace_file.empty() || source.trace, "a trace asked of a model built without");
  for (size_t c = 0; c < source.channels.size(); ++c) {
    const ChannelInput& input = request.channels[c];
    const int bits = source.channels[c].in_bits;
    const auto words = static_cast<size_t>((bits + 31) / 32);
    MASE_CHECK(input.in_beats >= 0 && input.out_beats >= 0, "channel {}: negative number of beats",
               c);
    MASE_CHECK(input.words.size() == static_cast<size_t>(input.in_beats) * words,
               "channel {}: {} words for {} beats of {} bits", c, input.words.size(),
               input.in_beats, bits);
    const uint32_t unused = ~word_mask(bits, static_cast<int>(words) - 1);
    for (size_t i = words - 1; unused != 0 && i < input.words.size(); i += words) {
      MASE_CHECK((input.words[i] & unused) == 0, "channel {}: beat {} has bits beyond its {}", c,
                 i / words, bits);
    }
  }
}

fs::path prepare_trace(const fs::path& file) {
  if (file.empty()) return {};
  const fs::path absolute = fs::absolute(file);
  std::error_code ignored;
  if (absolute.has_parent_path()) fs::create_directories(absolute.parent_path(), ignored);
  errno = 0;
  if (!std::ofstream(absolute, std::ios::binary)) {
    throw UserError(
        "S003",
        fmt::format("cannot write the trace file {}: {}", file.string(), std::strerror(errno)), {},
        "choose a --trace file in a folder you may write to");
  }
  return absolute;
}

void write_request(const ModelSource& source, const RunRequest& request, const fs::path& trace_file,
                   const fs::path& path) {
  MessageWriter message(path.c_str());
  message.number(kRequestMagic);
  message.number(static_cast<uint64_t>(request.stall));
  message.number(request.seed);
  message.number(static_cast<uint64_t>(request.timeout_cycles));
  message.text(trace_file.string());
  message.number(request.channels.size());
  for (const auto& channel : request.channels) {
    message.number(static_cast<uint64_t>(channel.in_beats));
    message.number(static_cast<uint64_t>(channel.out_beats));
    message.array(channel.words);
  }
  if (source.systemc) {
    std::vector<uint64_t> words;
    if (const auto& host = request.host) {
      words = {host->design_period_ps, host->host_period_ps, host->dma_bits,    host->burst_words,
               host->outstanding,      host->latency_min,    host->latency_max, host->fifo_words};
    }
    message.array(words);
  }
  if (!message.finish()) {
    throw UserError("S003", fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
                    {}, kTemporaryHelp);
  }
}

bool read_response(const fs::path& path, const ModelSource& source, const RunRequest& request,
                   RunResult& result) {
  MessageReader message(path.c_str());
  if (message.number() != kResponseMagic) return false;
  result.cycles = static_cast<int64_t>(message.number());
  result.loop_seconds = static_cast<double>(message.number()) * 1e-9;
  result.timed_out = message.number() != 0;
  for (size_t c = 0; c < source.channels.size(); ++c) {
    ChannelResult& channel = result.channels.emplace_back();
    channel.words = message.array<uint32_t>();
    channel.in_cycles = message.array<int64_t>();
    channel.out_cycles = message.array<int64_t>();
  }
  result.probe_counts = message.array<int64_t>();
  const uint64_t assertions = message.number();
  for (uint64_t i = 0; i < assertions && message.good(); ++i)
    result.assertions.push_back(message.text());
  if (source.systemc) {
    const auto seen = message.array<uint64_t>();
    if (seen.size() != 3) return false;
    if (request.host) {
      result.host = {static_cast<int64_t>(seen[0]), static_cast<int64_t>(seen[1]),
                     static_cast<int64_t>(seen[2])};
    }
  }
  return message.good();
}

/// Verilator prints "%Warning: mem/w.mem:0: $readmem file not found" and the like.
void check_memory_files(const std::string& output, const fs::path& working_directory) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const size_t reason = line.find("$readmem");
    if (reason == std::string::npos) continue;
    const size_t begin = line.find(": ");
    std::string file =
        begin == std::string::npos ? line : line.substr(begin + 2, reason - begin - 2);
    while (!file.empty() && (file.back() == ' ' || file.back() == ':')) file.pop_back();
    if (file.ends_with(":0")) file.resize(file.size() - 2);  // line 0: the file as a whole
    throw UserError("S003", fmt::format("memory file {}: {}", file, line.substr(reason)),
                    working_directory.empty() ? "" : working_directory.string(),
                    "paths of memory files start at the design's folder; emit the design again, or "
                    "copy the whole folder");
  }
}

}  // namespace

RunResult run_model(const VerilatedModel& model, const ModelSource& source,
                    const RunRequest& request) {
  check_request(source, request);
  std::error_code error;
  if (!request.working_directory.empty() && !fs::is_directory(request.working_directory, error)) {
    throw UserError("S003", fmt::format("the design's folder {} does not exist",
                                        request.working_directory.string()));
  }
  const fs::path trace_file = prepare_trace(request.trace_file);
  const PrivateFolder folder;
  const fs::path in = folder.path() / "request", out = folder.path() / "response",
                 console = folder.path() / "console";
  write_request(source, request, trace_file, in);
  const ProcessResult process = run_process(
      {fs::absolute(model.executable).string(), in.string(), out.string(), console.string()},
      request.working_directory);
  const std::string output = (fs::exists(console) ? read_file(console) : "") + process.output;
  if (process.exit_code == kMemoryFileExit || process.exit_code > 128) {
    check_memory_files(output, request.working_directory);
  }
  RunResult result;
  if (process.exit_code != 0 || !read_response(out, source, request, result)) {
    const fs::path log = model.executable.parent_path() / "crash.log";
    write_file(log, output);
    MASE_CHECK(false, "the verilated model {} ended with exit status {} (its output: {}); {}",
               model.executable.string(), process.exit_code, log.string(), output.substr(0, 2000));
  }
  return result;
}

}  // namespace mase::sim
