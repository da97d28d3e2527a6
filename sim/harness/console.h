// SPDX-License-Identifier: Apache-2.0
// What a verilated model prints, read back by its own process. Compiled beside the model only.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "message.h"
#include "verilated.h"

namespace mase::sim {

inline constexpr size_t kMaxAssertions = 100;  // a broken design fires every cycle

/// Reads what the model prints (its stdout goes to a file), and keeps the errors with their cycle.
class Console {
 public:
  explicit Console(const char* path) {
    // Line buffered, so that the text survives a crash of the model.
    if (!std::freopen(path, "a", stdout)) std::exit(kBadRequestExit);
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
    fd_ = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) std::exit(kBadRequestExit);
  }

  std::string news() {
    std::fflush(stdout);
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::pread(fd_, buffer, sizeof buffer, offset_)) > 0; offset_ += n) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }

  void collect(VerilatedContext& context, int64_t cycle) {
    context.gotError(false);
    context.gotFinish(false);
    const std::string text = news();
    const size_t known = messages.size();
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      const size_t mark = line.find("%Error");
      if (mark == std::string::npos || line.find("Verilog $stop") != std::string::npos) continue;
      const size_t message = line.find(": ", mark);
      add(cycle, message == std::string::npos ? line : line.substr(message + 2));
    }
    // The design stopped itself without a word.
    if (messages.size() == known) add(cycle, "the design called $stop");
  }

  void add(int64_t cycle, const std::string& message) {
    const std::string when = cycle < 0 ? "during reset" : "cycle " + std::to_string(cycle);
    messages.push_back(when + ": " + message);
  }

  bool full() const { return messages.size() >= kMaxAssertions; }
  std::vector<std::string> messages;

 private:
  int fd_ = -1;
  off_t offset_ = 0;
};

}  // namespace mase::sim
