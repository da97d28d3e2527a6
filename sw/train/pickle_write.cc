// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "gen/base/error.h"
#include "sw/train/pickle.h"

namespace mase::train {

namespace {

/// Protocol 2 without memo: every object is written where it stands.
class Writer {
 public:
  explicit Writer(const std::function<std::string(const TensorValue&)>& add_storage)
      : add_storage_(add_storage) {}

  std::string run(const Ref& value) {
    out_ = "\x80\x02";
    write(*value);
    return out_ + ".";
  }

 private:
  template <class T>
  void raw(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void text(const std::string& value) {
    out_ += 'X';
    raw(static_cast<uint32_t>(value.size()));
    out_ += value;
  }
  void integer(int64_t value) {
    if (value == static_cast<int32_t>(value)) {
      out_ += 'J';
      raw(static_cast<int32_t>(value));
    } else {
      out_ += "\x8a\x08";
      raw(value);
    }
  }
  void tuple(const std::vector<int64_t>& values) {
    out_ += '(';
    for (const int64_t value : values) integer(value);
    out_ += 't';
  }
  void global(const char* module, const char* name) {
    out_ += std::string("c") + module + "\n" + name + "\n";
  }
  void empty_ordered_dict() {
    global("collections", "OrderedDict");
    out_ += ")R";
  }

  /// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
  void tensor(const TensorValue& value) {
    std::vector<int64_t> strides(value.shape.size());
    int64_t step = 1;
    for (size_t d = strides.size(); d-- > 0;) {
      strides[d] = step;
      step *= value.shape[d];
    }
    global("torch._utils", "_rebuild_tensor_v2");
    out_ += "((";
    text("storage");
    global("torch", value.type.c_str());
    text(add_storage_(value));
    text("cpu");
    integer(step);
    out_ += "tQ";
    integer(0);
    tuple(value.shape);
    tuple(strides);
    out_ += '\x89';
    empty_ordered_dict();
    out_ += "tR";
  }

  void write(const Value& value) {
    if (value.as<std::monostate>() != nullptr) {
      out_ += 'N';
    } else if (const auto* flag = value.as<bool>()) {
      out_ += *flag ? '\x88' : '\x89';
    } else if (const auto* number = value.as<int64_t>()) {
      integer(*number);
    } else if (const auto* real = value.as<double>()) {
      out_ += 'G';
      raw(__builtin_bswap64(std::bit_cast<uint64_t>(*real)));
    } else if (const auto* string = value.as<std::string>()) {
      text(*string);
    } else if (const auto* list = value.as<List>()) {
      out_ += "](";
      for (const Ref& item : list->items) write(*item);
      out_ += 'e';
    } else if (const auto* dict = value.as<Dict>()) {
      empty_ordered_dict();
      out_ += '(';
      for (const auto& [key, item] : dict->items) {
        write(*key);
        write(*item);
      }
      out_ += 'u';
    } else if (const auto* parameter = value.as<TensorValue>()) {
      tensor(*parameter);
    } else {
      MASE_CHECK(false, "a value that checkpoints cannot hold");
    }
  }

  const std::function<std::string(const TensorValue&)>& add_storage_;
  std::string out_;
};

}  // namespace

std::string write_pickle(const Ref& value,
                         const std::function<std::string(const TensorValue&)>& add_storage) {
  return Writer(add_storage).run(value);
}

}  // namespace mase::train
