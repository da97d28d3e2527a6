// SPDX-License-Identifier: Apache-2.0
// How fast trials are stored: 24 parameters, two objectives, two constraints, three user attributes.
//   bench_storage_rate [TRIALS] [LOCATION]    default: 5000 into an SQLite file in the current folder
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sw/search/storage/storage.h"

namespace {

using namespace mase::search;
using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

void print(const char* what, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  double sum = 0;
  for (const double v : us) sum += v;
  const auto n = us.size();
  fmt::print("{:<24} mean {:7.0f} us   median {:7.0f} us   99 % {:7.0f} us   max {:7.0f} us\n", what,
             sum / static_cast<double>(n), us[n / 2], us[n * 99 / 100], us.back());
}

}  // namespace

int main(int argc, char** argv) {
  const int trials = argc > 1 ? std::atoi(argv[1]) : 5000;
  const std::string file = "storage_rate.db";
  const std::string location = argc > 2 ? argv[2] : file;
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);

  StudyHeader header;
  header.name = fmt::format("rate-{}", Clock::now().time_since_epoch().count());
  header.directions = {Direction::kMaximise, Direction::kMinimise};
  header.metric_names = {"accuracy", "latency_ns"};
  header.constraint_names = {"lut.upper", "dsp.upper"};
  for (int i = 0; i < 24; ++i) {
    StoredParameter p;
    p.parameter.name = fmt::format("seq_blocks_{}/config/data_in_width", i);
    p.parameter.choices = 4;
    p.choices = {"2", "4", "6", "8"};
    header.parameters.push_back(p);
  }
  auto storage = Storage::open(location);
  storage->open_study(header, OpenRule::kCreate);

  std::vector<double> begin_us, finish_us;
  const auto start = Clock::now();
  for (int i = 0; i < trials; ++i) {
    auto at = Clock::now();
    const auto begun = storage->begin_trial([&](const TrialRequest& request) {
      Point point;
      for (int k = 0; k < 24; ++k) point.push_back((request.number >> (k % 12)) & 3);
      return std::optional<Proposal>({point, {{"NSGAIISampler:generation", "0"}}});
    });
    begin_us.push_back(us_since(at));
    Storage::Result result;
    result.values = {0.75, 100.0 + i};
    result.constraints = {-1.0, 2.0};
    result.user_attributes = {{"software_metrics", R"({"accuracy": 0.75})"},
                              {"hardware_metrics", R"({"latency_ns": 100.0, "lut": 12345.0})"},
                              {"scaled_metrics", R"({"accuracy": 0.75, "latency_ns": 100.0})"}};
    at = Clock::now();
    storage->finish_trial(*begun, result);
    finish_us.push_back(us_since(at));
  }
  const double all = us_since(start);
  fmt::print("{} trials of 24 parameters: {:.3f} ms a trial, {:.0f} trials/s\n", trials,
             all / 1000 / trials, trials * 1e6 / all);
  print("first transaction", begin_us);
  print("second transaction", finish_us);
  const auto at = Clock::now();
  const auto read = storage->read_trials();
  fmt::print("read back {} trials in {:.0f} ms\n", read.size(), us_since(at) / 1000);
}
