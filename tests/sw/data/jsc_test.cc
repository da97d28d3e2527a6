// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/data/cache.h"
#include "sw/data/dataset.h"
#include "sw/data/jet_table.h"

namespace mase::data {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A folder of its own for every test, with the dataset cache inside.
class Jsc : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / fmt::format("mase-jsc-{}-{}", info->name(), ::getpid());
    fs::create_directories(folder_);
    setenv("MASE_CACHE_DIR", (folder_ / "cache").c_str(), 1);
    unsetenv("MASE_DATA");
  }
  void TearDown() override {
    fs::remove_all(folder_);
    unsetenv("MASE_CACHE_DIR");
  }
  fs::path write(const std::string& name, const std::string& text) {
    write_file(folder_ / name, text);
    return folder_ / name;
  }
  fs::path folder_;
};

std::string header(const std::string& label = "class") {
  std::string text;
  for (const auto name : kJetFeatures) text += fmt::format("{},", name);
  return text + label + "\n";
}

/// Row r: feature c is r + c / 16, but the last, which is constant.
std::string row(int r) {
  std::string text;
  for (size_t c = 0; c + 1 < kJetFeatures.size(); ++c) text += fmt::format("{},", r + c / 16.0);
  return text + fmt::format("7,{}\n", kJetClasses[r % 5]);
}

std::string csv(int rows) {
  std::string text = header();
  for (int r = 0; r < rows; ++r) text += row(r);
  return text;
}

std::string arff(int rows) {
  std::string text = "% comment\n@RELATION hls4ml_lhc_jets_hlf\n\n";
  for (const auto name : kJetFeatures) text += fmt::format("@ATTRIBUTE {} REAL\n", name);
  text += "@ATTRIBUTE class {g, q, w, z, t}\n\n@DATA\n";
  for (int r = 0; r < rows; ++r) text += row(r);
  return text;
}

void expect_error(const std::function<void()>& run, const std::string& code,
                  const std::string& message, const std::string& where = "") {
  try {
    run();
    ADD_FAILURE() << "no error " << code << " " << message;
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_THAT(error.message(), HasSubstr(message));
    EXPECT_THAT(error.where(), HasSubstr(where));
    EXPECT_EQ(error.exit_code(), ExitCode::kBadInput);
  }
}

TEST_F(Jsc, SplitsAndStandardisesWithTheTrainingPart) {
  const Dataset dataset = load_jsc({.path = write("jets.csv", csv(100)), .use_cache = false});
  EXPECT_EQ(dataset.train.rows, 80);
  EXPECT_EQ(dataset.validation.rows, 20);
  EXPECT_EQ(dataset.test.rows, 20);
  EXPECT_EQ(dataset.test.features, dataset.validation.features);
  for (int64_t c = 0; c < 15; ++c) {
    double sum = 0, squares = 0;
    for (int64_t r = 0; r < 80; ++r) {
      const double v = dataset.train.features[r * 16 + c];
      sum += v;
      squares += v * v;
    }
    EXPECT_NEAR(sum / 80, 0, 1e-6);
    EXPECT_NEAR(squares / 80, 1, 1e-6);
  }
  EXPECT_EQ(dataset.deviation[15], 1) << "a constant feature is only centred";
  EXPECT_EQ(dataset.train.features[15], 0);
  // Every jet is in exactly one part, and goes back to its physical value and its label.
  std::set<int> seen;
  for (const Split* part : {&dataset.train, &dataset.validation}) {
    for (int64_t r = 0; r < part->rows; ++r) {
      const double value = part->features[r * 16] * dataset.deviation[0] + dataset.mean[0];
      const int jet = static_cast<int>(std::lround(value));
      EXPECT_NEAR(value, jet, 1e-4);
      EXPECT_EQ(part->labels[r], jet % 5);
      EXPECT_TRUE(seen.insert(jet).second) << jet;
    }
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST_F(Jsc, SeparatesTestWhenAsked) {
  const Dataset dataset =
      load_jsc({.path = write("jets.csv", csv(100)), .use_cache = false, .test_fraction = 0.1});
  EXPECT_EQ(dataset.train.rows, 80);
  EXPECT_EQ(dataset.validation.rows, 10);
  EXPECT_EQ(dataset.test.rows, 10);
  EXPECT_NE(dataset.test.features, dataset.validation.features);
}

TEST_F(Jsc, SplitDependsOnItsSeedAlone) {
  const auto path = write("jets.csv", csv(50));
  const Dataset a = load_jsc({.path = path, .use_cache = false});
  const Dataset b = load_jsc({.path = path, .use_cache = false});
  const Dataset c = load_jsc({.path = path, .use_cache = false, .split_seed = 1});
  EXPECT_TRUE(std::equal(a.train.labels, a.train.labels + 40, b.train.labels));
  EXPECT_FALSE(std::equal(a.train.features, a.train.features + 640, c.train.features));
}

TEST_F(Jsc, ArffAndCsvGiveTheSameJets) {
  const JetTable a = read_jets_csv(csv(20), "a.csv");
  const JetTable b = read_jets_arff(arff(20), "b.arff");
  EXPECT_EQ(a.features, b.features);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.kind, "CSV");
  EXPECT_EQ(b.kind, "ARFF");
}

TEST_F(Jsc, ReadsColumnsInAnyOrderWithQuotesAndCarriageReturns) {
  std::string text = "\"label\",extra";
  for (size_t c = 16; c-- > 0;) text += fmt::format(",j_{}", kJetFeatures[c]);
  text += "\r\n\"t\",hello";
  for (size_t c = 16; c-- > 0;) text += fmt::format(",{}", c);
  text += "\r\n";
  const JetTable table = read_jets_csv(text, "a.csv");
  ASSERT_EQ(table.rows(), 1u);
  EXPECT_EQ(table.labels[0], 2);
  for (size_t c = 0; c < 16; ++c) EXPECT_EQ(table.features[c], c);
}

TEST_F(Jsc, NamesLineAndColumnOfWhatIsWrong) {
  const auto bad = [&](const std::string& text) {
    return [text] { read_jets_csv(text, "f.csv"); };
  };
  std::string broken = csv(3);
  broken.replace(broken.find("2.0625"), 6, "2.06x5");
  expect_error(bad(broken), "D012", "'2.06x5' is not a finite number (feature c1_b0_mmdt)",
               "f.csv:4:3");
  expect_error(bad(csv(2) + "1,2,3\n"), "D012", "fields where the header names 17", "f.csv:4:");
  expect_error(bad(csv(1).substr(0, csv(1).size() - 6)), "D012", "fields where the header names 17",
               "f.csv:2:");
  std::string label = csv(1);
  label[label.size() - 2] = 'x';
  expect_error(bad(label), "D012", "label 'x' is not a jet class", "f.csv:2:");
  std::string nan = csv(1);
  nan.replace(nan.find("0.0625"), 6, "nan");
  expect_error(bad(nan), "D012", "'nan' is not a finite number", "f.csv:2:3");
  expect_error(bad(header("kind") + row(0)), "D012", "no label column", "f.csv:1:1");
  std::string missing = csv(1);
  missing.replace(missing.find("zlogz"), 5, "zlog1");
  expect_error(bad(missing), "D012", "lacks the feature column(s) zlogz", "f.csv:1:1");
  expect_error(bad(header()), "D012", "no jets", "f.csv");
  expect_error(bad(""), "D012", "empty", "f.csv:1:1");
  expect_error(bad(row(0)), "D012", "lacks the feature column(s)", "f.csv:1:1");
}

TEST_F(Jsc, ArffThatEndsBeforeItsDataSaysSo) {
  const std::string text = arff(3);
  expect_error([&] { read_jets_arff(text.substr(0, text.find("@DATA")), "f.arff"); }, "D012",
               "ends before @data", "f.arff");
  expect_error([&] { read_jets_arff("@relation x\n@atribute y REAL\n", "f.arff"); }, "D012",
               "'@atribute'", "f.arff:2:1");
}

TEST_F(Jsc, AbsentFileSaysWhereToGetItAndWhereToPutIt) {
  const auto expect_help = [&](const DatasetOptions& options, const std::string& message) {
    try {
      load_jsc(options);
      FAIL();
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "D010");
      EXPECT_THAT(error.message(), HasSubstr(message));
      EXPECT_THAT(error.help(), HasSubstr("42468"));
      EXPECT_THAT(error.help(), HasSubstr("3602260"));
      EXPECT_THAT(error.help(), HasSubstr("MASE_DATA"));
      EXPECT_THAT(error.help(), HasSubstr("--dataset-path"));
    }
  };
  expect_help({}, "neither --dataset-path nor MASE_DATA");
  expect_help({.path = folder_ / "none.csv"}, "file not found");
  expect_help({.path = folder_}, "no jet data under a known name");
}

TEST_F(Jsc, FindsAKnownNameInTheFolderOfTheEnvironment) {
  write("jsc_openml_1000.csv", csv(10));
  setenv("MASE_DATA", folder_.c_str(), 1);
  EXPECT_EQ(load_jsc({.use_cache = false}).train.rows, 8);
}

TEST_F(Jsc, CacheGivesTheSameDataAndNoticesAChangedFile) {
  const auto path = write("jets.csv", csv(40));
  const DatasetOptions options{.path = path};
  const Dataset fresh = load_jsc(options);
  const Dataset cached = load_jsc(options);
  EXPECT_THAT(cached.notes, ::testing::Contains("read from the binary cache"));
  ASSERT_EQ(cached.train.rows, fresh.train.rows);
  EXPECT_TRUE(std::equal(fresh.train.features, fresh.train.features + fresh.train.rows * 16,
                         cached.train.features));
  EXPECT_TRUE(std::equal(fresh.validation.labels, fresh.validation.labels + fresh.validation.rows,
                         cached.validation.labels));
  EXPECT_EQ(cached.mean, fresh.mean);
  EXPECT_EQ(cached.deviation, fresh.deviation);
  write("jets.csv", csv(50));
  EXPECT_EQ(load_jsc(options).train.rows, 40);
}

TEST_F(Jsc, DamagedCacheIsMadeAnew) {
  const auto path = write("jets.csv", csv(40));
  const DatasetOptions options{.path = path};
  load_jsc(options);
  const fs::path cache = cache_path(path, options);
  ASSERT_TRUE(fs::exists(cache));
  std::string bytes = read_file(cache);
  bytes[bytes.size() - 5] ^= 1;
  write_file(cache, bytes);
  EXPECT_FALSE(read_cache(cache).has_value());
  write_file(cache, bytes.substr(0, bytes.size() / 2));
  EXPECT_FALSE(read_cache(cache).has_value());
  EXPECT_EQ(load_jsc(options).train.rows, 32);
  EXPECT_TRUE(read_cache(cache).has_value());
}

TEST_F(Jsc, DisabledCacheIsNotWritten) {
  load_jsc({.path = write("jets.csv", csv(40)), .use_cache = false});
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(Jsc, BadFractionsAndTooFewJetsAreErrors) {
  const auto path = write("jets.csv", csv(4));
  expect_error([&] { load_jsc({.path = path, .train_fraction = 1.0}); }, "D011",
               "leave no validation part");
  expect_error([&] { load_jsc({.path = path, .train_fraction = 0.2}); }, "D011", "too few");
}

TEST_F(Jsc, BinaryRubbishIsNeitherFormat) {
  expect_error(
      [&] { load_jsc({.path = write("x.z", std::string("PK\0\0abc", 7)), .use_cache = false}); },
      "D012", "neither HDF5, ARFF nor CSV");
}

/// Writes a table as PyTables does: a compound data set with float columns, more of them than are
/// needed.
void write_hdf5(const fs::path& path, int rows, int duplicates, bool leave_out_label = false,
                bool two_hot = false) {
  std::vector<std::string> names = {"j_index", "j_pt"};
  for (const auto name : kJetFeatures) names.push_back(fmt::format("j_{}", name));
  for (const auto name : kJetClasses) {
    if (!(leave_out_label && name == "t")) names.push_back(fmt::format("j_{}", name));
  }
  const hid_t type = H5Tcreate(H5T_COMPOUND, names.size() * sizeof(float));
  for (size_t i = 0; i < names.size(); ++i)
    H5Tinsert(type, names[i].c_str(), i * sizeof(float), H5T_NATIVE_FLOAT);
  std::vector<float> data;
  for (int r = 0; r < rows + duplicates; ++r) {
    const int jet = r < rows ? r : r - rows;
    data.push_back(
        static_cast<float>(r));  // the index differs between duplicates and is not looked at
    data.push_back(1);
    for (int c = 0; c < 16; ++c) data.push_back(static_cast<float>(jet + c / 16.0));
    for (size_t k = 0; k < kJetClasses.size(); ++k) {
      if (leave_out_label && kJetClasses[k] == "t") continue;
      data.push_back(jet % 5 == static_cast<int>(k) || (two_hot && r == 3) ? 1.0F : 0.0F);
    }
  }
  const hsize_t count = static_cast<hsize_t>(rows + duplicates);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t dataset =
      H5Dcreate2(file, "t_allpar_new", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data());
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
}

TEST_F(Jsc, ReadsTheHdf5TableOnce) {
  write_hdf5(folder_ / "j.z", 70000, 123);  // more than one chunk
  const JetTable table = read_jets(folder_ / "j.z");
  EXPECT_EQ(table.kind, "HDF5");
  EXPECT_EQ(table.rows(), 70000u);
  EXPECT_EQ(table.duplicates, 123);
  EXPECT_EQ(table.features[16 * 69999], 69999);
  EXPECT_EQ(table.features[16 * 69999 + 3], 69999 + 3 / 16.0);
  EXPECT_EQ(table.labels[69999], 4);
  const Dataset dataset = load_jsc({.path = folder_ / "j.z", .use_cache = false});
  EXPECT_THAT(dataset.notes, ::testing::Contains("123 duplicate jets dropped"));
}

TEST_F(Jsc, FaultyHdf5FilesAreNamed) {
  write_hdf5(folder_ / "a.z", 100, 0, true);
  expect_error([&] { read_jets(folder_ / "a.z"); }, "D013", "lacks the numeric column(s) j_t",
               "a.z");
  write_hdf5(folder_ / "b.z", 100, 0, false, true);
  expect_error([&] { read_jets(folder_ / "b.z"); }, "D012",
               "row 3: the labels j_g, j_q, j_t, j_w, j_z are not one-hot", "b.z");
  write_hdf5(folder_ / "c.z", 10000, 0);
  const std::string bytes = read_file(folder_ / "c.z");
  write_file(folder_ / "c.z", bytes.substr(0, bytes.size() / 2));
  expect_error([&] { read_jets(folder_ / "c.z"); }, "D013", "", "c.z");
  const hid_t file = H5Fcreate((folder_ / "d.z").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  expect_error([&] { read_jets(folder_ / "d.z"); }, "D013", "no table t_allpar_new", "d.z");
}

TEST_F(Jsc, ReadsTheThousandRealJets) {
  const fs::path path = fs::path(MASE_SHARED_DIR) / "data" / "jsc_openml_1000.csv";
  if (!fs::exists(path)) GTEST_SKIP() << "needs " << path;
  const Dataset dataset = load_jsc({.path = path, .use_cache = false});
  EXPECT_EQ(dataset.train.rows, 800);
  EXPECT_EQ(dataset.validation.rows, 200);
  EXPECT_EQ(dataset.classes, 5);
  EXPECT_EQ(dataset.feature_names.front(), "zlogz");
}

}  // namespace
}  // namespace mase::data
