// SPDX-License-Identifier: Apache-2.0
#include "gen/graph/mz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/graph/node_json.h"

namespace mase::graph {

namespace {

using nlohmann::ordered_json;
static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

constexpr uint64_t kMaxHeader = 100'000'000;  // the limit of the safetensors format

struct Entry {
  std::string name;
  Dtype dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  Graph run() {
    const ordered_json header = parse_header();
    Graph graph = parse_graph(header);
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name != "__metadata__") entries.push_back(parse_entry(name, value));
    }
    check_layout(entries);
    for (const auto& entry : entries) attach(graph, entry);
    verify(graph, where_);
    return graph;
  }

 private:
  [[noreturn]] void fail(const char* code, const std::string& what,
                         const std::string& help = {}) const {
    throw UserError(code, what, where_, help);
  }

  ordered_json parse_header() {
    if (bytes_.size() < 8) {
      fail("M001",
           fmt::format("the file has {} bytes; a .mz file begins with an 8-byte header length",
                       bytes_.size()),
           "the file is truncated or not a .mz file");
    }
    if (bytes_.starts_with("PK\x03\x04")) {
      fail("M007", "this is a zip archive, as checkpoints and state dicts of PyTorch are",
           "add --load-type pl for a training checkpoint, --load-type pt for a state dict");
    }
    uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    if (length > kMaxHeader || length > bytes_.size() - 8) {
      fail("M002",
           fmt::format("offset 0: the header length {} is longer than the file ({} bytes after it)",
                       length, bytes_.size() - 8),
           "the file is truncated or not a .mz file");
    }
    data_ = bytes_.substr(8 + length);
    try {
      ordered_json header = ordered_json::parse(bytes_.substr(8, length));
      if (!header.is_object()) fail("M003", "offset 8: the header is no JSON object");
      return header;
    } catch (const ordered_json::parse_error& error) {
      // The library's own text quotes the file, which may hold anything.
      fail("M003", fmt::format("offset {}: the header is no JSON from here on", 7 + error.byte),
           "the file is corrupted: write it again");
    } catch (const ordered_json::exception&) {
      fail("M003", "offset 8: the header is no JSON", "the file is corrupted: write it again");
    }
  }

  Graph parse_graph(const ordered_json& header) const {
    const auto meta = header.find("__metadata__");
    if (meta == header.end() || !meta->is_object()) {
      fail("M004", "__metadata__ is missing",
           "this is a safetensors file, but not one of mase-gen (format mase-graph)");
    }
    const auto text = [&](const char* key) -> std::string {
      const auto it = meta->find(key);
      if (it == meta->end() || !it->is_string())
        fail("M004", fmt::format("__metadata__.{} is missing", key));
      return it->get<std::string>();
    };
    if (const auto format = text("format"); format != "mase-graph") {
      fail("M004", fmt::format("__metadata__.format is '{}', wanted 'mase-graph'", format));
    }
    if (const auto version = text("version"); version != "1") {
      fail("M005",
           fmt::format("__metadata__.version is '{}', this program reads version 1", version),
           "use the mase-gen that wrote the file, or a newer one");
    }
    try {
      return graph_from_json(ordered_json::parse(text("graph")), where_);
    } catch (const ordered_json::parse_error& error) {
      fail("M006", fmt::format("__metadata__.graph: no JSON from its byte {} on", error.byte),
           "the file is corrupted: write it again");
    } catch (const ordered_json::exception&) {
      fail("M006", "__metadata__.graph is no valid graph", "the file is corrupted: write it again");
    }
  }

  Entry parse_entry(const std::string& name, const ordered_json& value) const {
    try {
      Entry entry{.name = name};
      const auto dtype = value.at("dtype").get<std::string>();
      if (dtype != "F32" && dtype != "F64") {
        fail("M010", fmt::format("tensor {}: dtype is {}, allowed F32, F64", name, dtype));
      }
      entry.dtype = dtype == "F32" ? Dtype::kF32 : Dtype::kF64;
      uint64_t elements = 1;
      for (const auto& d : value.at("shape")) {
        const auto dim = d.get<int64_t>();
        if (dim < 0 || dim > (int64_t{1} << 32) || elements > (uint64_t{1} << 40)) {
          fail("M011", fmt::format("tensor {}: dimension {} in its shape", name, dim));
        }
        entry.shape.push_back(dim);
        elements *= static_cast<uint64_t>(dim);
      }
      const auto& offsets = value.at("data_offsets");
      if (offsets.size() != 2)
        fail("M012", fmt::format("tensor {}: data_offsets needs two numbers", name));
      entry.begin = offsets.at(0).get<uint64_t>();
      entry.end = offsets.at(1).get<uint64_t>();
      if (entry.begin > entry.end || entry.end > data_.size()) {
        fail("M013",
             fmt::format(
                 "tensor {}: data_offsets [{}, {}] leave the file, which holds {} bytes of data",
                 name, entry.begin, entry.end, data_.size()),
             "the file is truncated or corrupted");
      }
      const uint64_t wanted = elements * (entry.dtype == Dtype::kF32 ? 4 : 8);
      if (entry.end - entry.begin != wanted) {
        fail("M014",
             fmt::format("tensor {}: {} bytes for shape [{}] of {}, wanted {}", name,
                         entry.end - entry.begin, fmt::join(entry.shape, ", "), dtype, wanted));
      }
      return entry;
    } catch (const ordered_json::exception& error) {
      fail("M012", fmt::format("tensor {}: {}", name, error.what()));
    }
  }

  void check_layout(std::vector<Entry> entries) const {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    uint64_t at = 0;
    for (const auto& entry : entries) {
      if (entry.begin != at) {
        fail("M015",
             fmt::format("tensor {}: begins at data offset {}, but the tensors before it end at {}",
                         entry.name, entry.begin, at),
             "tensors may not overlap or leave gaps");
      }
      at = entry.end;
    }
    if (at != data_.size())
      fail("M016",
           fmt::format("{} bytes after the last tensor (data offset {})", data_.size() - at, at));
  }

  void attach(Graph& graph, const Entry& entry) const {
    const size_t dot = entry.name.rfind('.');
    Node* node = dot == std::string::npos ? nullptr : graph.find(entry.name.substr(0, dot));
    if (node == nullptr)
      fail("M017", fmt::format("tensor {}: no node of the graph has this name", entry.name),
           "tensors are named <node>.<parameter>");
    Tensor tensor{entry.shape, entry.dtype, {}};
    const char* from = data_.data() + entry.begin;
    const size_t n = static_cast<size_t>(tensor.elements());
    tensor.data.resize(n);
    if (entry.dtype == Dtype::kF64) {
      std::memcpy(tensor.data.data(), from, n * 8);
    } else {
      for (size_t i = 0; i < n; ++i) {
        float value;
        std::memcpy(&value, from + 4 * i, 4);
        tensor.data[i] = value;
      }
    }
    node->parameters[entry.name.substr(dot + 1)] = std::move(tensor);
  }

  std::string_view bytes_, data_;
  const std::string& where_;
};

void append(std::string& bytes, const Tensor& tensor) {
  for (const double value : tensor.data) {
    if (tensor.dtype == Dtype::kF64) {
      bytes.append(reinterpret_cast<const char*>(&value), 8);
    } else {
      const float narrow = static_cast<float>(value);
      bytes.append(reinterpret_cast<const char*>(&narrow), 4);
    }
  }
}

}  // namespace

Graph parse_mz(std::string_view bytes, const std::string& where) {
  return Reader(bytes, where).run();
}

Graph read_mz(const std::filesystem::path& path) {
  return parse_mz(read_file(path), path.string());
}

std::string serialise_mz(const Graph& graph) {
  verify(graph);
  ordered_json header;
  header["__metadata__"] = {
      {"format", "mase-graph"}, {"version", "1"}, {"graph", graph_to_json(graph).dump()}};
  std::string data;
  for (const auto& node : graph.nodes) {
    for (const auto& [key, tensor] : node.parameters) {
      const size_t begin = data.size();
      append(data, tensor);
      header[node.name + "." + key] = {{"dtype", tensor.dtype == Dtype::kF32 ? "F32" : "F64"},
                                       {"shape", tensor.shape},
                                       {"data_offsets", {begin, data.size()}}};
    }
  }
  std::string text = header.dump();
  while (text.size() % 8 != 0)
    text.push_back(' ');  // tensors start 8-byte aligned, as safetensors recommends
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + text + data;
}

void write_mz(const Graph& graph, const std::filesystem::path& path) {
  write_file(path, serialise_mz(graph));
}

}  // namespace mase::graph
