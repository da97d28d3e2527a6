// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <random>

#include "gen/base/error.h"
#include "sw/data/cache.h"
#include "sw/data/dataset.h"
#include "sw/data/jet_table.h"

namespace mase::data {

namespace fs = std::filesystem;

namespace {

/// Names a folder is searched for, in this order: full sets first.
constexpr std::string_view kKnownNames[] = {
    "processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z",
    "hls4ml_lhc_jets_hlf.arff",
    "hls4ml_lhc_jets_hlf.csv",
    "jsc.arff",
    "jsc.csv",
    "jsc_openml_1000.csv"};

constexpr const char* kWhereToGet =
    "get OpenML data set 42468 (hls4ml_lhc_jets_hlf, from Zenodo record 3602260) as ARFF or CSV, "
    "or the HDF5 file "
    "processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z that LogicNets and MASE "
    "use; then give the file, or the folder "
    "that holds it, with --dataset-path or the environment variable MASE_DATA";

fs::path find_source(const DatasetOptions& options) {
  fs::path path = options.path;
  std::string origin = "--dataset-path";
  if (path.empty()) {
    const char* variable = std::getenv("MASE_DATA");
    if (variable == nullptr || *variable == '\0') {
      throw UserError(
          "D010", "the dataset jsc needs a file, and neither --dataset-path nor MASE_DATA is given",
          {}, kWhereToGet);
    }
    path = variable;
    origin = "MASE_DATA";
  }
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const auto name : kKnownNames) {
      if (fs::is_regular_file(path / name, error)) return path / name;
    }
    throw UserError("D010",
                    fmt::format("{}: the folder holds no jet data under a known name ({})",
                                path.string(), fmt::join(kKnownNames, ", ")),
                    origin, kWhereToGet);
  }
  if (!fs::exists(path, error)) {
    throw UserError("D010", fmt::format("file not found: {}", path.string()), origin, kWhereToGet);
  }
  return path;
}

void check_fractions(const DatasetOptions& options) {
  const bool good = options.train_fraction > 0 && options.train_fraction < 1 &&
                    options.test_fraction >= 0 &&
                    options.train_fraction + options.test_fraction < 1;
  if (!good) {
    throw UserError("D011",
                    fmt::format("train fraction {} and test fraction {} leave no validation part",
                                options.train_fraction, options.test_fraction),
                    {}, "0 < train, 0 <= test, train + test < 1");
  }
}

/// Fisher-Yates over std::mt19937_64, whose stream the C++ standard fixes; std::shuffle's is not
/// portable.
std::vector<int64_t> shuffled(size_t count, uint64_t seed) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::mt19937_64 random(seed);
  for (size_t i = count; i > 1; --i) {
    const auto j = static_cast<size_t>((static_cast<unsigned __int128>(random()) * i) >> 64);
    std::swap(order[i - 1], order[j]);
  }
  return order;
}

class Standardiser {
 public:
  Standardiser(const JetTable& table, std::span<const int64_t> rows) {
    const size_t columns = kJetFeatures.size();
    mean.assign(columns, 0);
    deviation.assign(columns, 0);
    for (const int64_t r : rows) {
      for (size_t c = 0; c < columns; ++c) mean[c] += table.features[r * columns + c];
    }
    for (double& m : mean) m /= static_cast<double>(rows.size());
    for (const int64_t r : rows) {
      for (size_t c = 0; c < columns; ++c) {
        const double d = table.features[r * columns + c] - mean[c];
        deviation[c] += d * d;
      }
    }
    for (double& d : deviation) {
      d = std::sqrt(d / static_cast<double>(rows.size()));
      if (d == 0)
        d = 1;  // a constant feature stays constant, as scikit-learn's StandardScaler has it
    }
  }

  Split part(const std::string& name, const JetTable& table, std::span<const int64_t> rows) const {
    const size_t columns = kJetFeatures.size();
    std::vector<float> features(rows.size() * columns);
    std::vector<int64_t> labels(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const double* row = table.features.data() + rows[i] * columns;
      for (size_t c = 0; c < columns; ++c)
        features[i * columns + c] = static_cast<float>((row[c] - mean[c]) / deviation[c]);
      labels[i] = table.labels[rows[i]];
    }
    return make_split(name, static_cast<int64_t>(columns), std::move(features), std::move(labels));
  }

  std::vector<double> mean, deviation;
};

Dataset prepare(const fs::path& source, const DatasetOptions& options) {
  const JetTable table = read_jets(source);
  const size_t rows = table.rows();
  const auto train_rows =
      static_cast<size_t>(std::llround(options.train_fraction * static_cast<double>(rows)));
  const auto test_rows =
      static_cast<size_t>(std::llround(options.test_fraction * static_cast<double>(rows)));
  if (train_rows < 2 || train_rows + test_rows >= rows ||
      (options.test_fraction > 0 && test_rows == 0)) {
    throw UserError("D011",
                    fmt::format("{} jets are too few to split {}/{}", rows, options.train_fraction,
                                options.test_fraction),
                    source.string());
  }
  const auto order = shuffled(rows, options.split_seed);
  const std::span<const int64_t> all(order);
  const auto train = all.first(train_rows);
  const auto validation = all.subspan(train_rows, rows - train_rows - test_rows);
  const Standardiser standardiser(table, train);
  Dataset dataset;
  dataset.features = static_cast<int64_t>(kJetFeatures.size());
  dataset.mean = standardiser.mean;
  dataset.deviation = standardiser.deviation;
  dataset.train = standardiser.part("train", table, train);
  dataset.validation = standardiser.part("validation", table, validation);
  if (test_rows > 0) {
    dataset.test = standardiser.part("test", table, all.last(test_rows));
  } else {
    dataset.test = dataset.validation;
    dataset.test.name = "test";
  }
  if (table.duplicates > 0)
    dataset.notes.push_back(fmt::format("{} duplicate jets dropped", table.duplicates));
  return dataset;
}

}  // namespace

Dataset load_jsc(const DatasetOptions& options) {
  check_fractions(options);
  const fs::path source = find_source(options);
  Dataset dataset;
  bool cached = false;
  if (options.use_cache) {
    const fs::path cache = cache_path(source, options);
    if (auto found = read_cache(cache)) {
      dataset = std::move(*found);
      cached = true;
    } else {
      dataset = prepare(source, options);
      try {
        write_cache(dataset, cache);
      } catch (const UserError& error) {
        dataset.notes.push_back(fmt::format("the dataset was not cached: {}", error.message()));
      }
    }
  } else {
    dataset = prepare(source, options);
  }
  dataset.name = "jsc";
  dataset.features = static_cast<int64_t>(kJetFeatures.size());
  dataset.classes = static_cast<int64_t>(kJetClasses.size());
  dataset.feature_names.assign(kJetFeatures.begin(), kJetFeatures.end());
  dataset.class_names.assign(kJetClasses.begin(), kJetClasses.end());
  dataset.source = source.string();
  if (cached) dataset.notes.push_back("read from the binary cache");
  if (options.test_fraction == 0)
    dataset.notes.push_back(
        "validation and test are the same hold-out part; it is never trained on");
  return dataset;
}

}  // namespace mase::data
