// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gen/fixed/format.h"
#include "sim/verilated_model.h"

namespace mase::rtl_test {

using fixed::Wide;

/// A beat: raw bits of every lane, lane 0 first. Bits above the lane's width are ignored on the way
/// in.
using Beat = std::vector<Wide>;

/// One cell with one choice of parameters, what goes in and what has to come out.
struct CellCase {
  std::string cell;                                             ///< module
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name, SystemVerilog text
  std::vector<std::pair<std::string, std::string>>
      memory_files;  ///< file parameter, text of the file
  /// SystemVerilog in place of a plain instance, for cells whose ports are not one stream in and
  /// one out. It drives wires ready (1 bit) and out_valid, out_data from in_valid, in_data,
  /// out_ready, clk_i, rst_ni.
  std::string body;
  int in_lanes = 1, in_width = 1;  ///< of a beat, bits
  int out_lanes = 1, out_width = 1;
  bool out_signed = true;  ///< how messages show numbers
  std::vector<Beat> inputs;
  /// Lanes that are nullopt may carry anything.
  std::vector<std::vector<std::optional<Wide>>> expected;
  int in_beats = 1, out_beats = 1;        ///< a sample
  std::optional<int64_t> latency_cycles;  ///< first beat in to last beat out, idle pipeline
  std::optional<int64_t> ii_cycles;       ///< steady state

  std::string describe() const;
};

/// A folder of its own that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Text of the top with one channel a case, in the form sim/verilated_model.h asks for.
std::string bench_top(const std::vector<CellCase>& cases);

/// Writes cell_bench.sv and the memory files of all cases into the folder.
void write_bench(const std::vector<CellCase>& cases, const std::filesystem::path& folder);

/// Runs every case on the top `cell_bench` made of `files`, whose memory files start at `folder`,
/// under all three stalls.
void run_bench(const std::vector<CellCase>& cases, const std::vector<std::filesystem::path>& files,
               const std::filesystem::path& folder, uint64_t seed);

/// Runs every case, all in one verilated top, without stalls (predicted cycles are checked too),
/// with random stalls and with the worst; every beat is compared and a fired assertion fails.
/// Failures are reported through GoogleTest.
void run_cases(const std::vector<CellCase>& cases, uint64_t seed);

/// $readmemh text of words of `lanes` numbers, lane 0 in the LSBs.
std::string memory_text(const std::vector<Beat>& words, int width_bits);

/// The folder of the cells, and all its .sv files, sorted.
std::filesystem::path cell_folder();
std::vector<std::filesystem::path> cell_files();

/// The low `width` bits of q, as the lane carries them.
Wide raw_bits(Wide q, int width_bits);

}  // namespace mase::rtl_test
