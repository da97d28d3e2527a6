// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "sw/search/storage/python_json.h"

namespace mase::search {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Where process ids mean the same: the running kernel and the namespace.
std::string machine() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::error_code none;
  const auto names = std::filesystem::read_symlink("/proc/self/ns/pid", none).string();
  return fmt::format("{}/{}/{}", host, first_line("/proc/sys/kernel/random/boot_id"), names);
}

/// State and start time (ticks since boot) of a process; nullopt: there is none.
struct Process {
  char state;
  std::string start;
};
std::optional<Process> process(int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  // pid (name) S ...: the name may hold anything, so the last ')' counts.
  const size_t close = line.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(close + 1));
  Process found{};
  rest >> found.state;
  std::string field;
  for (int i = 4; i <= 22 && rest >> field; ++i) {}
  found.start = field;
  return found;
}

}  // namespace

std::string describe_worker() {
  const auto self = process(::getpid());
  std::random_device random;
  const nlohmann::json description = {{"machine", machine()},
                                      {"pid", ::getpid()},
                                      {"start", self ? self->start : ""},
                                      {"token", fmt::format("{:08x}{:08x}", random(), random())}};
  return description.dump();
}

bool is_gone(const std::string& description) {
  const auto worker = parse_stored_json(description);
  if (!worker || !worker->is_object()) return false;
  for (const char* key : {"machine", "start"}) {
    if (!worker->contains(key) || !(*worker)[key].is_string()) return false;
  }
  if (!worker->contains("pid") || !(*worker)["pid"].is_number_integer()) return false;
  if ((*worker)["machine"] != machine()) return false;
  const auto found = process((*worker)["pid"].get<int64_t>());
  if (!found) return !first_line("/proc/self/stat").empty();  // no /proc: nothing is known
  return found->state == 'Z' || found->state == 'X' || found->start != (*worker)["start"];
}

}  // namespace mase::search
