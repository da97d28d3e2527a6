// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <fmt/format.h>

#include "gen/base/error.h"
#include "sw/model/network.h"

namespace mase::model {

Precision parse_precision(const std::string& name) {
  if (name == "32") return Precision::k32;
  if (name == "64") return Precision::k64;
  if (name == "bf16") return Precision::kBf16;
  if (name == "16-mixed") {
    throw UserError("N010",
                    "trainer-precision 16-mixed is not available: float16 training needs loss "
                    "scaling on a GPU, which this "
                    "release does not have",
                    {}, "use --trainer-precision 32, 64 or bf16");
  }
  throw UserError("N010", fmt::format("unknown trainer-precision '{}'", name), {},
                  nearest_help(name, {"32", "64", "bf16", "16-mixed"}));
}

std::string to_string(Precision precision) {
  return precision == Precision::k32 ? "32" : precision == Precision::k64 ? "64" : "bf16";
}

Device parse_accelerator(const std::string& name) {
  if (name == "auto" || name == "cpu") return Device::kCpu;
  if (name == "gpu") {
    if (torch::cuda::is_available()) return Device::kGpu;
    throw UserError(
        "N011", "accelerator gpu: this LibTorch has no CUDA, or no CUDA device is visible", {},
        "use --accelerator cpu, or configure with a CUDA LibTorch through CMAKE_PREFIX_PATH");
  }
  if (name == "mps") {
    throw UserError("N011", "accelerator mps: Apple GPUs are not supported", {},
                    "use --accelerator cpu");
  }
  throw UserError("N011", fmt::format("unknown accelerator '{}'", name), {},
                  nearest_help(name, {"auto", "cpu", "gpu", "mps"}));
}

std::string to_string(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kFloat: return "float";
    case Arithmetic::kExactFloat32: return "exact integers in float32";
    case Arithmetic::kExactFloat64: return "exact integers in float64";
    case Arithmetic::kInteger: return "integer reference";
  }
  return {};
}

}  // namespace mase::model
