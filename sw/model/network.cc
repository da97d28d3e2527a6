// SPDX-License-Identifier: Apache-2.0
#include "sw/model/network.h"

#include <torch/torch.h>

#include <fmt/format.h>

#include "gen/base/error.h"
#include "sw/model/network_impl.h"

namespace mase::model {

namespace {

using graph::Node;
using graph::Op;

bool trainable(const std::string& parameter) {
  return parameter == "weight" || parameter == "bias";
}

/// Cuts the chain where float meets quantised. Nodes without arithmetic of their own (a ReLU that
/// is not quantised, flatten, output) stay with their producer; at the front they join what
/// follows.
std::vector<Run> cut(const graph::Graph& graph) {
  std::vector<Run> runs;
  std::vector<size_t> front;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == Op::kPlaceholder) continue;
    const bool arithmetic = node.op == Op::kLinear || node.op == Op::kBatchNorm1d ||
                            (node.op == Op::kRelu && node.quantised());
    if (!arithmetic) {
      (runs.empty() ? front : runs.back().nodes).push_back(i);
      continue;
    }
    if (runs.empty() || runs.back().quantised != node.quantised())
      runs.push_back({node.quantised(), std::move(front), {}});
    front.clear();
    runs.back().nodes.push_back(i);
  }
  if (runs.empty()) runs.push_back({graph.placeholder().quantised(), std::move(front), {}});
  return runs;
}

/// The nodes of a quantised run as a graph: its placeholder stands for what comes before.
void build_graph(const graph::Graph& whole, Run& run, bool first) {
  Node x = whole.placeholder();
  if (!first) x.quant.reset();
  const Node& head = whole.nodes[run.nodes.front()];
  x.shape = {graph::features_out(whole, *whole.find(head.inputs.front()))};
  if (!first) x.name = head.inputs.front();
  run.graph.name = whole.name;
  run.graph.nodes.push_back(std::move(x));
  for (const size_t i : run.nodes) run.graph.nodes.push_back(whole.nodes[i]);
  if (run.graph.nodes.back().op != Op::kOutput) {
    Node output;
    output.name = "output_of_run";
    output.op = Op::kOutput;
    output.inputs = {run.graph.nodes.back().name};
    run.graph.nodes.push_back(std::move(output));
  }
}

at::Tensor make_tensor(const graph::Tensor& tensor, at::ScalarType dtype) {
  return at::from_blob(const_cast<double*>(tensor.data.data()), tensor.shape, at::kDouble)
      .to(dtype, false, true);
}

void store(const at::Tensor& from, graph::Tensor& to) {
  const at::Tensor values = from.detach().to(at::kCPU, at::kDouble).contiguous();
  to.dtype = from.scalar_type() == at::kDouble ? graph::Dtype::kF64 : graph::Dtype::kF32;
  to.data.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
}

at::Tensor constants(const fixed::Constants& values, int shift, at::ScalarType dtype,
                     at::Device device) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kDouble);
  double* to = tensor.data_ptr<double>();
  for (size_t i = 0; i < values.size(); ++i)
    to[i] = std::ldexp(static_cast<double>(values[i]), shift);
  return tensor.to(device, dtype);
}

template <class T>
Matrix run_all(const Network::Impl& impl, std::span<const T> x, int64_t batch) {
  const torch::InferenceMode guard;
  const int64_t columns = impl.runs.front().nodes.empty()
                              ? 0
                              : graph::features_out(impl.graph, impl.graph.placeholder());
  MASE_CHECK(columns > 0 && x.size() % static_cast<size_t>(columns) == 0,
             "{} values for rows of {}", x.size(), columns);
  Matrix result;
  result.rows = static_cast<int64_t>(x.size()) / columns;
  result.columns = graph::features_out(impl.graph, impl.graph.output());
  result.values.resize(static_cast<size_t>(result.rows * result.columns));
  std::vector<LoweredRun> lowered;
  for (const Run& run : impl.runs)
    lowered.push_back(run.quantised ? impl.lower(run) : LoweredRun{});
  constexpr auto kType = sizeof(T) == 4 ? at::kFloat : at::kDouble;
  for (int64_t first = 0; first < result.rows; first += batch) {
    const int64_t rows = std::min(batch, result.rows - first);
    at::Tensor value =
        at::from_blob(const_cast<T*>(x.data()) + first * columns, {rows, columns}, kType)
            .to(impl.device);
    for (size_t i = 0; i < impl.runs.size(); ++i) {
      const Run& run = impl.runs[i];
      if (run.quantised) {
        value = evaluate_run(lowered[i], value, impl.device);
        continue;
      }
      value = value.to(impl.dtype);
      for (const size_t n : run.nodes) value = impl.forward_float(impl.graph.nodes[n], value);
    }
    value = value.to(at::kCPU, at::kDouble).contiguous();
    std::copy_n(value.data_ptr<double>(), rows * result.columns,
                result.values.data() + first * result.columns);
  }
  return result;
}

}  // namespace

Network::Network(const graph::Graph& graph, const NetworkOptions& options)
    : impl_(std::make_unique<Impl>()) {
  graph::verify(graph);
  if (options.device == Device::kGpu) parse_accelerator("gpu");
  Impl& impl = *impl_;
  impl.graph = graph;
  impl.options = options;
  impl.device = options.device == Device::kGpu ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  impl.dtype = options.precision == Precision::k64 ? at::kDouble : at::kFloat;
  at::globalContext().setAllowTF32CuBLAS(false);  // its 10-bit products would break exactness
  int64_t total = 0;
  for (const Node& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters)
      total += trainable(name) ? tensor.elements() : 0;
  }
  const auto type = at::TensorOptions(impl.dtype).device(impl.device);
  impl.flat = at::zeros({total}, type);
  impl.flat_grad = at::zeros({total}, type);
  int64_t offset = 0;
  for (const Node& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters) {
      const std::string key = node.name + "." + name;
      if (!trainable(name)) {
        impl.buffers[key] = at::zeros(tensor.shape, type);
        continue;
      }
      const auto slice = [&](const at::Tensor& flat) {
        return flat.narrow(0, offset, tensor.elements()).view(tensor.shape);
      };
      at::Tensor leaf = slice(impl.flat);
      leaf.set_requires_grad(true);
      leaf.mutable_grad() = slice(impl.flat_grad);
      impl.leaves[key] = leaf;
      offset += tensor.elements();
    }
  }
  copy_from(graph);
  impl.runs = cut(graph);
  for (size_t i = 0; i < impl.runs.size(); ++i) {
    Run& run = impl.runs[i];
    if (!run.quantised) continue;
    build_graph(graph, run, i == 0);
    pass::lower(run.graph);  // says now what is missing
  }
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

void Network::copy_from(const graph::Graph& graph) {
  const torch::NoGradGuard guard;
  for (const Node& node : impl_->graph.nodes) {
    for (const auto& [name, unused] : node.parameters) {
      const graph::Node* from = graph.find(node.name);
      MASE_CHECK(from != nullptr, "no node {} to take parameters from", node.name);
      const at::Tensor value = make_tensor(from->parameter(name), impl_->dtype);
      const std::string key = node.name + "." + name;
      (trainable(name) ? impl_->leaves.at(key) : impl_->buffers.at(key)).copy_(value);
    }
  }
  for (Node& node : impl_->graph.nodes) node.parameters = graph.find(node.name)->parameters;
  impl_->moved = false;
}

void Network::copy_to(graph::Graph& graph) const {
  for (const Node& node : impl_->graph.nodes) {
    graph::Node* to = graph.find(node.name);
    MASE_CHECK(to != nullptr, "no node {} to write parameters to", node.name);
    impl_->read_parameters(node, *to);
  }
}

graph::Graph Network::to_graph() const {
  graph::Graph graph = impl_->graph;
  copy_to(graph);
  return graph;
}

int64_t Network::features_in() const {
  return graph::features_out(impl_->graph, impl_->graph.placeholder());
}
int64_t Network::features_out() const {
  return graph::features_out(impl_->graph, impl_->graph.output());
}
const NetworkOptions& Network::options() const { return impl_->options; }

Arithmetic Network::arithmetic() const {
  Arithmetic widest = Arithmetic::kFloat;
  for (const Run& run : impl_->runs) {
    if (run.quantised) widest = std::max(widest, impl_->lower(run).arithmetic);
  }
  return widest;
}

Matrix Network::outputs(std::span<const float> x, int64_t batch) const {
  return run_all(*impl_, x, batch);
}
Matrix Network::outputs(std::span<const double> x, int64_t batch) const {
  return run_all(*impl_, x, batch);
}

void Network::Impl::read_parameters(const Node& node, Node& to) const {
  if (!moved) {
    to.parameters = node.parameters;
    return;
  }
  for (auto& [name, tensor] : to.parameters) {
    const std::string key = node.name + "." + name;
    store(trainable(name) ? leaves.at(key) : buffers.at(key), tensor);
  }
}

LoweredRun Network::Impl::lower(const Run& run) const {
  graph::Graph present = run.graph;
  for (Node& node : present.nodes) {
    if (!node.parameters.empty()) read_parameters(*graph.find(node.name), node);
  }
  LoweredRun lowered;
  lowered.network = pass::lower(present);
  for (auto& node : lowered.network.nodes) node.source = nullptr;  // `present` ends here
  lowered.arithmetic = choose_arithmetic(lowered.network);
  const auto type = lowered.arithmetic == Arithmetic::kExactFloat32 ? at::kFloat : at::kDouble;
  for (const auto& node : lowered.network.nodes) {
    at::Tensor weight, bias;
    if (lowered.arithmetic != Arithmetic::kInteger && !node.weight.empty()) {
      weight = constants(node.weight, node.alignment.product_shift, type, device);
      if (node.op == Op::kLinear) weight = weight.view({node.features_out, node.features_in}).t();
      if (!node.bias.empty()) bias = constants(node.bias, node.alignment.bias_shift, type, device);
    }
    lowered.weight.push_back(weight);
    lowered.bias.push_back(bias);
  }
  return lowered;
}

at::Tensor Network::Impl::forward_float(const Node& node, const at::Tensor& x) const {
  switch (node.op) {
    case Op::kLinear:
      return at::linear(x, leaf(node, "weight"), node.bias ? leaf(node, "bias") : at::Tensor());
    case Op::kBatchNorm1d:
      return at::batch_norm(
          x, leaf(node, "weight"), leaf(node, "bias"), buffers.at(node.name + ".running_mean"),
          buffers.at(node.name + ".running_var"), false, node.momentum, node.eps, false);
    case Op::kRelu: return at::relu(x);
    default: return x;
  }
}

}  // namespace mase::model
