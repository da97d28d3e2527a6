// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/model/zoo.h"
#include "sw/train/checkpoint.h"
#include "sw/train/storage_type.h"

namespace mase::train {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& what,
                       const std::string& help = {}) {
  throw UserError("C031", what, path.string(), help);
}

std::string_view storage_of(const std::string& dtype) {
  if (dtype == "F32") return "FloatStorage";
  if (dtype == "F64") return "DoubleStorage";
  if (dtype == "F16") return "HalfStorage";
  if (dtype == "BF16") return "BFloat16Storage";
  if (dtype == "I64") return "LongStorage";
  return {};
}

TensorValue read_tensor(const fs::path& path, const std::string& name, const json& entry,
                        std::string_view data) {
  TensorValue tensor;
  try {
    tensor.type = storage_of(entry.at("dtype").get<std::string>());
    tensor.shape = entry.at("shape").get<std::vector<int64_t>>();
    const auto range = entry.at("data_offsets").get<std::vector<uint64_t>>();
    const StorageType* type = find_storage_type(tensor.type);
    if (type == nullptr)
      fail(path, fmt::format("tensor {}: dtype {} is not read", name, entry.at("dtype").dump()),
           "allowed: F32, F64, F16, BF16, I64");
    uint64_t count = 1;
    for (const int64_t extent : tensor.shape) {
      if (extent < 0 || extent > (1 << 24) ||
          (count *= static_cast<uint64_t>(extent)) > (uint64_t{1} << 28)) {
        fail(path, fmt::format("tensor {}: impossible shape {}", name, entry.at("shape").dump()));
      }
    }
    if (range.size() != 2 || range[0] > range[1] || range[1] > data.size() ||
        range[1] - range[0] != count * static_cast<uint64_t>(type->bytes)) {
      fail(path,
           fmt::format("tensor {}: data_offsets {} do not fit its shape and the file", name,
                       entry.at("data_offsets").dump()),
           "is the file truncated?");
    }
    for (uint64_t i = 0; i < count; ++i)
      tensor.data.push_back(
          type->read(data.data() + range[0] + i * static_cast<uint64_t>(type->bytes)));
  } catch (const json::exception& error) {
    fail(path, fmt::format("tensor {}: {}", name, error.what()));
  }
  return tensor;
}

/// 8 bytes of header length, JSON, raw tensors.
StateDict read_safetensors(const fs::path& path) {
  const std::string bytes = read_file(path);
  uint64_t length = 0;
  if (bytes.size() < sizeof length)
    fail(path, "shorter than a safetensors header", "is the file truncated?");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) {
    fail(path, fmt::format("a header of {} bytes in a file of {}", length, bytes.size()),
         "is the file truncated?");
  }
  const auto header = json::parse(
      bytes.begin() + sizeof length,
      bytes.begin() + static_cast<std::ptrdiff_t>(sizeof length + length), nullptr, false);
  if (!header.is_object()) fail(path, "the safetensors header is not a JSON object");
  const std::string_view data = std::string_view(bytes).substr(sizeof length + length);
  StateDict tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") tensors[name] = read_tensor(path, name, entry, data);
  }
  return tensors;
}

}  // namespace

StateDict read_hugging_face(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw UserError("C030", fmt::format("not a folder: {}", directory.string()), {},
                    "--load-type hf takes the folder that holds config.json");
  }
  const fs::path config_path = directory / "config.json";
  if (!fs::exists(config_path, error)) {
    throw UserError("C030", "the Hugging Face folder has no config.json", directory.string());
  }
  const auto config = json::parse(read_file(config_path), nullptr, false);
  if (!config.is_object()) fail(config_path, "not a JSON object");
  if (const auto type = config.find("model_type"); type != config.end() && type->is_string()) {
    std::string known;
    for (const auto& info : model::model_infos()) {
      if (info.name == type->get<std::string>()) known = info.name;
    }
    if (known.empty()) {
      fail(config_path,
           fmt::format("model_type '{}' is not an architecture of mase-gen",
                       type->get<std::string>()),
           "list the models with --info model");
    }
  }
  if (fs::exists(directory / "model.safetensors", error))
    return read_safetensors(directory / "model.safetensors");
  if (fs::exists(directory / "pytorch_model.bin", error))
    return read_checkpoint(directory / "pytorch_model.bin").tensors;
  throw UserError("C030",
                  "the Hugging Face folder has neither model.safetensors nor pytorch_model.bin",
                  directory.string(),
                  fs::exists(directory / "model.safetensors.index.json", error)
                      ? "sharded weights are not read: merge them into one file"
                      : "");
}

}  // namespace mase::train
