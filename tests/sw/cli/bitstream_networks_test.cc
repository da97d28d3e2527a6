// SPDX-License-Identifier: Apache-2.0
// The networks of the manual, trained and quantised, on their way to the U250: every flow's folder
// passes every check, and the kernel around them gives the reference's bits at the core's rate.
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "gen/emit/emit.h"
#include "tests/fpga/kernel_cases.h"
#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const char* const kJetFile = MASE_SHARED_DIR "/data/jsc_openml_1000.csv";

/// What a flow of --target xcu250 has to write and to say. Another flow is another row.
struct Flow {
  const char* name;
  std::vector<std::string> options;
  std::vector<const char*> checks;
  std::vector<const char*> files;
};

const std::vector<Flow>& flows() {
  static const std::vector<Flow> all = {
      {"ooc",
       {},
       {"lint", "commands", "order", "timing gate"},
       {"build.tcl", "clocks.xdc", "flow.json", "run.sh", "top.sv"}},
      {"vitis",
       {},
       {"lint", "packaging", "memories", "metadata", "link"},
       {"package.tcl", "kernel.xml", "link.cfg", "host.cc", "samples.bin", "expected.bin",
        "flow.json", "run.sh", "src/top.sv", "src/top_kernel.v"}},
      {"vivado",
       {"--host", "xdma"},
       {"commands", "order", "pins", "clocks", "timing gate", "lint"},
       {"build.tcl", "pins.xdc", "clocks.xdc", "placement.xdc", "host_xdma.cc", "host_batch.h",
        "samples.bin", "expected.bin", "flow.json", "run.sh", "top.sv", "top_kernel_body.sv",
        "top_fabric.sv", "top_device.sv"}},
      {"vivado",
       {"--host", "jtag"},
       {"commands", "order", "pins", "clocks", "timing gate", "host", "lint"},
       {"build.tcl", "pins.xdc", "clocks.xdc", "placement.xdc", "jtag.tcl", "samples.bin",
        "expected.bin", "flow.json", "run.sh", "top.sv", "top_kernel_body.sv", "top_fabric.sv",
        "top_device.sv"}},
  };
  return all;
}

class Networks : public MaseGen {
 protected:
  /// Trains, quantises and emits with the example's own file; false: its data are not here.
  bool make(const std::string& example, const std::vector<std::string>& training, bool jets = true,
            const std::vector<std::string>& again = {}) {
    if (jets && !fs::exists(kJetFile)) return false;
    config_ = kExamples + example;
    auto train = with({"train", "--project", "float"}, training);
    std::vector<std::string> data;
    if (jets) data = {"--dataset-path", kJetFile, "--disable-dataset-cache"};
    good(with(train, data));
    good(with({"transform", "--project", "net", "--load-type", "pl", "--load",
               "mase_output/float/software/training_ckpts/best.ckpt"},
              {}));
    std::string graph = "mase_output/net/software/transform/transformed_ckpt/graph_module.mz",
                type = "mz";
    if (!again.empty()) {
      good(with(with({"train", "--project", "net", "--load", graph}, again), data));
      graph = "mase_output/net/software/training_ckpts/best.ckpt";
      type = "pl";
    }
    good(with({"emit", "--project", "net", "--load-type", type, "--load", graph}, {}));
    return true;
  }
  bool make_toy() { return make("toy_demo.toml", {"--max-epochs", "2"}, false); }
  bool make_jsc_tiny() { return make("jsc_tiny_8bit.toml", {"--max-epochs", "5"}); }
  /// Pruned in a few epochs: as many layers and wires as the published one, a tenth of its LUTs.
  bool make_unrolled_jet() {
    return make("hls4ml_jet_unrolled.toml", {"--regularizer", "none", "--max-epochs", "10"}, true,
                {"--max-epochs", "12", "--regularizer-ramp", "3"});
  }

  /// `netlist`: --netlist-check of the first flow; the others have the same core.
  void expect_folders_of_every_flow(const char* netlist = "always") const {
    if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
    if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
    for (const Flow& flow : flows()) {
      SCOPED_TRACE(fmt::format("{} {}", flow.name, fmt::join(flow.options, " ")));
      const bool first = &flow == &flows().front();
      const auto text = good(with(with({"bitstream", "--project", "net", "--flow", flow.name},
                                       {"--dry-run", "--netlist-check", first ? netlist : "never"}),
                                  flow.options));
      if (first && std::string(netlist) == "always") {
        EXPECT_THAT(text, HasSubstr("outputs of Yosys's netlist"));
      }
      for (const char* check : flow.checks)
        EXPECT_THAT(text, HasSubstr(fmt::format("| {} ", check)));
      const auto build =
          folder_ / "mase_output/net/hardware/bitstream" / (std::string("xcu250_") + flow.name);
      for (const char* file : flow.files) EXPECT_TRUE(fs::exists(build / file)) << file;
      const auto json = nlohmann::json::parse(read_file(build / "flow.json"));
      for (const auto& source : json["sources"]) EXPECT_TRUE(fs::exists(build / source)) << source;
      for (const auto& entry : fs::recursive_directory_iterator(build)) {
        for (const char* placeholder : {".bit", ".mcs", ".xo", ".xclbin"})
          EXPECT_NE(entry.path().extension(), placeholder) << entry.path();
      }
    }
  }

  /// `options` of the kernel, as --flow vitis writes it.
  void expect_kernel(int gap, uint64_t seed) const {
    if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
    const auto design = emit::read_design(folder_ / "mase_output/net/hardware");
    const auto core = fpga::design_core(design.hardware, design.graph, design.top_name);
    fpga::expect_rate(core, {}, gap, seed);
  }

 private:
  std::vector<std::string> with(std::vector<std::string> words,
                                const std::vector<std::string>& more) const {
    if (words.size() < 2 || words[1] != "--config")
      words.insert(words.begin() + 1, {"--config", config_});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string config_;
};

constexpr char kNoJets[] = "the 1,000 jets are not here";

TEST_F(Networks, ToyPassesEveryCheckOfEveryFlow) {
  ASSERT_TRUE(make_toy());
  expect_folders_of_every_flow();
}

TEST_F(Networks, JscTinyPassesEveryCheckAndKeepsItsRate) {
  if (!make_jsc_tiny()) GTEST_SKIP() << kNoJets;
  expect_folders_of_every_flow();
  expect_kernel(40, 1);
}

TEST_F(Networks, UnrolledJetPassesEveryCheckOfEveryFlow) {
  if (!make_unrolled_jet()) GTEST_SKIP() << kNoJets;
  expect_folders_of_every_flow("never");  // minutes
}

class NetworksSlow : public Networks {};

TEST_F(NetworksSlow, ToyKeepsItsRate) {
  ASSERT_TRUE(make_toy());
  for (const int gap : {0, 40}) expect_kernel(gap, 2);
}

TEST_F(NetworksSlow, JscTinyKeepsItsRate) {
  if (!make_jsc_tiny()) GTEST_SKIP() << kNoJets;
  for (const int gap : {0, 40}) expect_kernel(gap, 3);
}

TEST_F(NetworksSlow, UnrolledJetKeepsASampleACycle) {
  if (!make_unrolled_jet()) GTEST_SKIP() << kNoJets;
  for (const int gap : {0, 40}) expect_kernel(gap, 4);
}

/// Yosys and Verilator take minutes for it.
TEST_F(NetworksSlow, UnrolledJetsNetlistGivesTheReferencesBits) {
  if (!make_unrolled_jet()) GTEST_SKIP() << kNoJets;
  expect_folders_of_every_flow("always");
}

/// As the float network is quantised: every weight of 8 bits wired in.
TEST_F(NetworksSlow, DenseUnrolledJetPassesEveryCheckAndKeepsASampleACycle) {
  if (!make("hls4ml_jet_unrolled.toml", {"--regularizer", "none", "--max-epochs", "10"}))
    GTEST_SKIP() << kNoJets;
  expect_folders_of_every_flow("never");
  expect_kernel(40, 5);
}

}  // namespace
}  // namespace mase::cli
