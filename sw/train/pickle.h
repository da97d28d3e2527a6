// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mase::train {

struct Value;
using Ref =
    std::shared_ptr<Value>;  ///< pickles share objects, and fill containers after naming them

/// A tensor of a checkpoint. Every element type is widened to double; `type` keeps PyTorch's
/// storage name.
struct TensorValue {
  std::string type = "FloatStorage";  ///< FloatStorage, DoubleStorage, LongStorage, ...
  std::vector<int64_t> shape;
  std::vector<double> data;  ///< row-major
  friend bool operator==(const TensorValue&, const TensorValue&) = default;
};

struct List {
  std::vector<Ref> items;
};  ///< list, tuple or set
struct Dict {
  std::vector<std::pair<Ref, Ref>> items;
};  ///< in order; also OrderedDict
struct Skipped {
  std::string name;
};  ///< an object of a class we do not know
struct Global {
  std::string name;
};  ///< "module.attribute", only while reading
struct Storage {
  std::string type, key;
  int64_t elements = 0;
};  ///< only while reading

/// What a restricted pickle can hold. Nothing is ever executed: unknown classes become Skipped.
struct Value {
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Dict, TensorValue, Skipped,
               Global, Storage>
      data;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  /// Entry of a Dict by string key, or null.
  Ref find(std::string_view key) const;
};

template <class T>
Ref make_value(T value) {
  return std::make_shared<Value>(Value{std::move(value)});
}
/// Appends to a Dict value.
void set(const Ref& dict, const std::string& key, Ref value);

/// Bytes of the storage with this key.
using StorageReader = std::function<std::string(const std::string& key)>;

/// Reads a pickle of protocol 2 to 5. Names of skipped classes are appended to `skipped` once each.
/// Errors: UserError C012 with the offset, for anything that is no such pickle.
Ref read_pickle(std::string_view bytes, const StorageReader& storage, const std::string& where,
                std::vector<std::string>& skipped);

/// Protocol 2, as torch.save writes it. Tensors are handed to `add_storage`, which returns the key.
/// Dicts become collections.OrderedDict, as state dicts are.
std::string write_pickle(const Ref& value,
                         const std::function<std::string(const TensorValue&)>& add_storage);

}  // namespace mase::train
