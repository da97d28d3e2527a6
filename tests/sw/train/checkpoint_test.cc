// SPDX-License-Identifier: Apache-2.0
#include "sw/train/checkpoint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/graph/mz.h"
#include "sw/model/zoo.h"
#include "sw/train/torch_file.h"

namespace mase::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Checkpoints : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / fmt::format("mase-ckpt-{}-{}", info->name(), ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Debian's Python, which has python3-torch where the package is installed.
  static bool has_torch() {
    return fs::exists("/usr/bin/python3") &&
           run_process({"/usr/bin/python3", "-c", "import torch"}).exit_code == 0;
  }
  std::string python(const std::string& program) {
    write_file(folder_ / "program.py", program);
    const ProcessResult result = run_process({"/usr/bin/python3", "program.py"}, folder_);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  }
  fs::path folder_;
};

void expect_error(const std::function<void()>& run, const std::string& code,
                  const std::string& text) {
  try {
    run();
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_THAT(error.message() + " " + error.where() + " " + error.help(), HasSubstr(text));
  }
}

TEST_F(Checkpoints, StateDictComesBackUnchanged) {
  const auto graph = model::build_model("jsc-toy", 3);
  write_state_dict(graph, folder_ / "a.pt");
  const Loaded loaded =
      load_model(model::build_model("jsc-toy", 4), folder_ / "a.pt", LoadType::kPt);
  for (const auto& node : graph.nodes)
    EXPECT_EQ(loaded.graph.find(node.name)->parameters, node.parameters);
  EXPECT_FALSE(loaded.training.has_value());
}

TEST_F(Checkpoints, EqualValuesGiveEqualBytes) {
  const auto graph = model::build_model("toy", 3);
  write_state_dict(graph, folder_ / "a.pt");
  write_state_dict(graph, folder_ / "b.pt");
  EXPECT_EQ(read_file(folder_ / "a.pt"), read_file(folder_ / "b.pt"));
}

TEST_F(Checkpoints, TrainingStateComesBackUnchanged) {
  const auto graph = model::build_model("toy", 3);
  TrainingState s;
  s.epoch = 3;
  s.batch = 17;
  s.global_step = 123456789012;
  s.seed = ~uint64_t{0};
  s.optimizer = "adamw";
  s.learning_rate = 0.1;
  s.epoch_loss = 1.0 / 3;
  s.best_epoch = 2;
  s.optimizer_state = {9, {0.1, 0.2}, {0.3, 1e-300}};
  write_checkpoint(graph, model::build_model("toy", 4), s, folder_ / "l.ckpt");
  const Loaded loaded = load_model(model::build_model("toy", 9), folder_ / "l.ckpt", LoadType::kPl);
  EXPECT_EQ(loaded.training->global_step, s.global_step);
  EXPECT_EQ(loaded.training->seed, s.seed);
  EXPECT_EQ(loaded.training->epoch_loss, s.epoch_loss);
  EXPECT_EQ(loaded.training->optimizer_state.second_moment, s.optimizer_state.second_moment);
  EXPECT_EQ(loaded.best->find("seq_blocks_1")->parameters,
            model::build_model("toy", 4).find("seq_blocks_1")->parameters);
  EXPECT_EQ(loaded.graph.find("seq_blocks_1")->parameters, graph.find("seq_blocks_1")->parameters);
}

TEST_F(Checkpoints, PythonReadsWhatWeWrite) {
  if (!has_torch()) GTEST_SKIP() << "needs Debian's python3-torch";
  write_state_dict(model::build_model("jsc-tiny", 3), folder_ / "a.pt");
  write_checkpoint(model::build_model("jsc-tiny", 3), std::nullopt, {}, folder_ / "a.ckpt");
  const std::string out = python(R"(
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.seq_blocks = torch.nn.Sequential(torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 5), torch.nn.ReLU())
net = Net()
net.load_state_dict(torch.load('a.pt'))
torch.manual_seed(3)
assert torch.equal(net.seq_blocks[2].weight, Net().seq_blocks[2].weight)
c = torch.load('a.ckpt')
assert torch.equal(c['state_dict']['model.seq_blocks.2.weight'], net.seq_blocks[2].weight)
assert c['epoch'] == 0
print('good')
)");
  EXPECT_THAT(out, HasSubstr("good"));
}

TEST_F(Checkpoints, WeReadWhatPythonWrites) {
  if (!has_torch()) GTEST_SKIP() << "needs Debian's python3-torch";
  python(R"(
import argparse, collections, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.seq_blocks = torch.nn.Sequential(torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 5), torch.nn.ReLU())
torch.manual_seed(11)
net = Net()
torch.save(net.state_dict(), 'state.pt')
torch.save({'half': net.half().state_dict()}, 'nested.pt')
torch.manual_seed(11)
net = Net()
opt = torch.optim.Adam(net.parameters())
net.seq_blocks(torch.randn(4, 16)).sum().backward()
net = Net(); torch.manual_seed(11); net = Net()
torch.save({'epoch': 2, 'global_step': 30, 'pytorch-lightning_version': '2.0', 'hyper_parameters': argparse.Namespace(lr=1e-3, big=1 << 80),
            'state_dict': collections.OrderedDict(('model.' + k, v) for k, v in net.state_dict().items()),
            'optimizer_states': [opt.state_dict()], 'callbacks': {"ModelCheckpoint{'monitor': None}": {'best': torch.tensor(1.5)}}}, 'light.ckpt')
torch.save(net, 'whole.pt')
torch.save(net.state_dict(), 'legacy.pt', _use_new_zipfile_serialization=False)
t = torch.arange(12.).reshape(3, 4).t()
torch.save({'x.weight': t, 'view': torch.arange(10.)[3:7:2], 'i': torch.tensor([1, -2]), 'b': torch.tensor([1.5]).bfloat16(), 'h': torch.tensor([-0.1]).half()}, 'odd.pt')
)");
  const auto want = model::build_model("jsc-tiny", 11);
  for (const auto& [file, type] :
       {std::pair{"state.pt", LoadType::kPt}, std::pair{"light.ckpt", LoadType::kPl}}) {
    const Loaded loaded = load_model(model::build_model("jsc-tiny", 0), folder_ / file, type);
    for (const auto& node : want.nodes)
      EXPECT_EQ(loaded.graph.find(node.name)->parameters, node.parameters) << file;
    EXPECT_FALSE(loaded.training.has_value());
  }
  const Loaded light =
      load_model(model::build_model("jsc-tiny", 0), folder_ / "light.ckpt", LoadType::kPl);
  ASSERT_EQ(light.notes.size(), 1u);
  EXPECT_THAT(light.notes[0], HasSubstr("argparse.Namespace"));
  expect_error([&] { load_model(want, folder_ / "legacy.pt", LoadType::kPt); }, "C010", "legacy");
  expect_error([&] { load_model(want, folder_ / "whole.pt", LoadType::kPt); }, "C011",
               "torch.save(model.state_dict(), FILE)");
  const Checkpoint odd = read_checkpoint(folder_ / "odd.pt");
  EXPECT_EQ(odd.tensors.at("x.weight").shape, (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(odd.tensors.at("x.weight").data,
            (std::vector<double>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  EXPECT_EQ(odd.tensors.at("view").data, (std::vector<double>{3, 5}));
  EXPECT_EQ(odd.tensors.at("i").data, (std::vector<double>{1, -2}));
  EXPECT_EQ(odd.tensors.at("b").data, (std::vector<double>{1.5}));
  EXPECT_EQ(odd.tensors.at("h").data, (std::vector<double>{-0.0999755859375}));
}

/// What a hostile pickle would run is only named.
TEST_F(Checkpoints, NothingIsExecuted) {
  std::vector<std::string> skipped;
  const std::string pickle(
      "\x80\x02}X\x01\x00\x00\x00"
      "acos\nsystem\nX\x04\x00\x00\x00"
      "true\x85Rs.",
      33);
  const Ref value = read_pickle(
      pickle, [](const std::string&) { return std::string(); }, "x", skipped);
  EXPECT_EQ(skipped, std::vector<std::string>{"os.system"});
  EXPECT_NE(value->find("a")->as<Skipped>(), nullptr);
}

TEST_F(Checkpoints, EveryTruncationAndFlippedByteIsAnErrorNeverACrash) {
  const auto graph = model::build_model("toy", 3);
  write_state_dict(graph, folder_ / "a.pt");
  const std::string bytes = read_file(folder_ / "a.pt");
  for (size_t length = 0; length < bytes.size(); length += 61) {
    write_file(folder_ / "b.pt", bytes.substr(0, length));
    EXPECT_THROW(load_model(graph, folder_ / "b.pt", LoadType::kPt), UserError) << length;
  }
  int refused = 0;
  for (size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    write_file(folder_ / "b.pt", damaged);
    try {
      load_model(graph, folder_ / "b.pt", LoadType::kPt);
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100) << "the archive's checksums see damaged contents";
}

TEST_F(Checkpoints, EveryDamagedPickleIsAnErrorNeverACrash) {
  std::string storage;
  const auto graph = model::build_model("jsc-tiny", 3);
  Ref root = make_value(Dict{});
  set(root, "w", make_value(TensorValue{"FloatStorage", {2, 2}, {1, 2, 3, 4}}));
  set(root, "n", make_value(int64_t{5000000000}));
  const std::string pickle = write_pickle(root, [&](const TensorValue&) {
    storage = std::string(16, '\0');
    return std::string("0");
  });
  const StorageReader reader = [&](const std::string& key) {
    if (key != "0") throw UserError("C010", "no storage");
    return storage;
  };
  std::vector<std::string> skipped;
  EXPECT_EQ(*read_pickle(pickle, reader, "x", skipped)->find("n")->as<int64_t>(), 5000000000);
  for (size_t length = 0; length < pickle.size(); ++length) {
    EXPECT_THROW(read_pickle(pickle.substr(0, length), reader, "x", skipped), UserError) << length;
  }
  for (size_t at = 0; at < pickle.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = pickle;
      damaged[at] = static_cast<char>(value);
      try {
        read_pickle(damaged, reader, "x", skipped);
      } catch (const UserError&) {}
    }
  }
}

TEST_F(Checkpoints, DeepAndCircularPicklesAreErrors) {
  std::vector<std::string> skipped;
  const auto read = [&](const std::string& pickle) {
    return [&skipped, pickle] { read_pickle(pickle, {}, "x", skipped); };
  };
  const size_t depth = 500000;
  expect_error(read("\x80\x02" + std::string(depth, '(') + std::string(depth, 'l') + "."), "C012",
               "deeper than 64");
  expect_error(read("\x80\x02" + std::string(depth, '(') + std::string(depth, 'l')), "C012",
               "too early");
  const std::string ring(
      "\x80\x02]q\x00h\x00"
      "a.",
      9);
  expect_error(read(ring), "C012", "deeper than 64");
  std::string wide("\x80\x02]", 3);
  for (int i = 0; i < 40; ++i) wide += "2\x86";  // each holds the one before twice: 2^40 paths
  expect_error(read(wide + "."), "C012", "more objects");
}

TEST_F(Checkpoints, MismatchesAreAllNamed) {
  write_state_dict(model::build_model("jsc-tiny", 3), folder_ / "a.pt");
  const auto load = [&](const char* model) {
    return
        [&, model] { load_model(model::build_model(model, 0), folder_ / "a.pt", LoadType::kPt); };
  };
  expect_error(load("jsc-toy"), "C020", "seq_blocks.2.weight has shape [5, 16], wanted [8, 16]");
  expect_error(load("jsc-toy"), "C020", "missing seq_blocks_5.bias [8]");
  expect_error(load("hls4ml-jet"), "C020", "unexpected seq_blocks.0.running_mean");
  write_checkpoint(model::build_model("jsc-tiny", 3), std::nullopt, {}, folder_ / "a.ckpt");
  expect_error(
      [&] { load_model(model::build_model("jsc-toy", 0), folder_ / "a.ckpt", LoadType::kPl); },
      "C021", "not the structure of model jsc-toy");
}

TEST_F(Checkpoints, ForeignFilesAreNamed) {
  const auto graph = model::build_model("toy", 3);
  expect_error([&] { load_model(graph, folder_ / "none.pt", LoadType::kPt); }, "B001", "none.pt");
  write_file(folder_ / "text.pt", "hello");
  expect_error([&] { load_model(graph, folder_ / "text.pt", LoadType::kPt); }, "C010",
               "not a zip archive");
  write_file(folder_ / "empty.pt", "");
  expect_error([&] { load_model(graph, folder_ / "empty.pt", LoadType::kPt); }, "C010", "empty");
  expect_error([&] { parse_load_type("zip"); }, "C001", "unknown load-type 'zip'");
  write_state_dict(graph, folder_ / "w.pt");
  expect_error([&] { load_model(std::nullopt, folder_ / "w.pt", LoadType::kPt); }, "C002",
               "name the model");
}

TEST_F(Checkpoints, MzKeepsItsFormats) {
  auto graph = model::build_model("hls4ml-jet", 3);
  graph.find("seq_blocks_0")->quant =
      graph::Quant{.data_in_width = 8, .weight_width = 6, .bias_width = 5};
  graph::write_mz(graph, folder_ / "g.mz");
  EXPECT_TRUE(load_model(std::nullopt, folder_ / "g.mz", LoadType::kMz)
                  .graph.find("seq_blocks_0")
                  ->quantised());
  expect_error([&] { load_model(model::build_model("toy", 0), folder_ / "g.mz", LoadType::kMz); },
               "C021", "not the structure of model toy");
}

std::string safetensors(const graph::Graph& graph, const std::string& dtype = "F32") {
  std::string header = "{", data;
  for (const auto& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters) {
      const size_t start = data.size();
      for (const double v : tensor.data) {
        const auto f = static_cast<float>(v);
        data.append(reinterpret_cast<const char*>(&f), 4);
      }
      std::string shape;
      for (const int64_t d : tensor.shape) shape += (shape.empty() ? "" : ",") + std::to_string(d);
      header += fmt::format(
          "{}\"{}.{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
          header.size() > 1 ? "," : "", node.name, name, dtype, shape, start, data.size());
    }
  }
  header += "}";
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

TEST_F(Checkpoints, HuggingFaceFolders) {
  const auto want = model::build_model("hls4ml-jet", 3);
  const auto load = [&] {
    return load_model(model::build_model("hls4ml-jet", 0), folder_, LoadType::kHf);
  };
  expect_error(load, "C030", "no config.json");
  write_file(folder_ / "config.json", R"({"model_type": "hls4ml-jet"})");
  expect_error(load, "C030", "neither model.safetensors nor pytorch_model.bin");
  write_state_dict(want, folder_ / "pytorch_model.bin");
  EXPECT_EQ(load().graph.find("seq_blocks_0")->parameters, want.find("seq_blocks_0")->parameters);
  write_file(folder_ / "model.safetensors", safetensors(model::build_model("hls4ml-jet", 5)));
  EXPECT_EQ(load().graph.find("seq_blocks_2")->parameters,
            model::build_model("hls4ml-jet", 5).find("seq_blocks_2")->parameters);
  const std::string whole = safetensors(want);
  write_file(folder_ / "model.safetensors", whole.substr(0, whole.size() - 4));
  expect_error(load, "C031", "data_offsets");
  write_file(folder_ / "model.safetensors", whole.substr(0, 40));
  expect_error(load, "C031", "truncated");
  write_file(folder_ / "model.safetensors", safetensors(want, "F8_E4M3"));
  expect_error(load, "C031", "F8_E4M3");
  write_file(folder_ / "config.json", R"({"model_type": "opt"})");
  expect_error(load, "C031", "model_type 'opt'");
  write_file(folder_ / "config.json", "{");
  expect_error(load, "C031", "not a JSON object");
  expect_error([&] { load_model(want, folder_ / "none", LoadType::kHf); }, "C030", "not a folder");
}

}  // namespace
}  // namespace mase::train
