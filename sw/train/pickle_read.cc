// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "gen/base/error.h"
#include "sw/train/pickle.h"
#include "sw/train/storage_type.h"

namespace mase::train {

namespace {

/// A tensor of ours is far smaller; keeps sizes from overflowing.
constexpr int64_t kMaxElements = int64_t{1} << 28;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxObjects = size_t{1} << 22;

class Reader {
 public:
  Reader(std::string_view bytes, const StorageReader& storage, const std::string& where,
         std::vector<std::string>& skipped)
      : bytes_(bytes), storage_(storage), where_(where), skipped_(skipped) {}

  Ref run() {
    for (;;) {
      start_ = at_;
      const auto op = static_cast<unsigned char>(take(1)[0]);
      if (op == '.') return checked(pop());
      execute(op);
    }
  }

  /// Objects of a hostile pickle may hold one another thousands deep, or in a ring: letting go of
  /// them one inside the other would end the stack, so everything that is not handed out is emptied
  /// first.
  ~Reader() {
    for (const Ref& value : objects_) {
      if (kept_.count(value.get()) != 0) continue;
      if (auto* list = std::get_if<List>(&value->data)) list->items.clear();
      if (auto* dict = std::get_if<Dict>(&value->data)) dict->items.clear();
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw UserError(
        "C012",
        fmt::format("damaged or foreign checkpoint: {} at byte {} of its pickle", what, start_),
        where_, "save it again with torch.save, or use another checkpoint");
  }

  template <class T>
  Ref make(T value) {
    objects_.push_back(make_value(std::move(value)));
    return objects_.back();
  }

  /// Level by level through all that `root` holds.
  Ref checked(Ref root) {
    std::vector<const Value*> level = {root.get()}, next;
    std::unordered_set<const Value*> seen;
    for (int depth = 0; !level.empty(); ++depth, level.swap(next), next.clear()) {
      if (depth > kMaxDepth) fail(fmt::format("objects nested deeper than {} levels", kMaxDepth));
      for (const Value* value : level) {
        seen.insert(value);
        if (const auto* list = value->as<List>()) {
          for (const Ref& item : list->items) next.push_back(item.get());
        } else if (const auto* dict = value->as<Dict>()) {
          for (const auto& [key, item] : dict->items) {
            next.push_back(key.get());
            next.push_back(item.get());
          }
        }
      }
      if (next.size() > kMaxObjects) fail("more objects than a checkpoint has");
    }
    kept_ = std::move(seen);
    return root;
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_) fail("the pickle ends too early");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("the pickle ends in a line");
    const auto text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  void push(Ref value) { stack_.push_back(std::move(value)); }
  template <class T>
  void push_new(T value) {
    push(make(std::move(value)));
  }
  Ref pop() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size()))
      fail("nothing on the stack");
    Ref value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  Ref& top() {
    if (stack_.empty()) fail("nothing on the stack");
    return stack_.back();
  }
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) fail("no mark");
    const size_t mark = marks_.back();
    marks_.pop_back();
    std::vector<Ref> items(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
    stack_.resize(mark);
    return items;
  }
  void remember(uint32_t index) { memo_[index] = top(); }
  void recall(uint32_t index) {
    const auto it = memo_.find(index);
    if (it == memo_.end()) fail(fmt::format("no memo {}", index));
    push(it->second);
  }
  void push_tuple(size_t count) {
    std::vector<Ref> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_new(List{std::move(items)});
  }

  void append(const Ref& target, std::vector<Ref> items) {
    if (auto* list = std::get_if<List>(&target->data)) {
      list->items.insert(list->items.end(), items.begin(), items.end());
    } else if (target->as<Skipped>() == nullptr) {
      fail("items for something that is no list");
    }
  }
  void set_items(const Ref& target, const std::vector<Ref>& items) {
    if (items.size() % 2 != 0) fail("a key without a value");
    if (target->as<Skipped>() != nullptr) return;
    auto* dict = std::get_if<Dict>(&target->data);
    if (dict == nullptr) fail("items for something that is no dict");
    for (size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }

  Ref skip(const std::string& name) {
    if (std::find(skipped_.begin(), skipped_.end(), name) == skipped_.end())
      skipped_.push_back(name);
    return make(Skipped{name});
  }

  int64_t integer(const Ref& value, const char* what) {
    const auto* i = value->as<int64_t>();
    if (i == nullptr || *i < 0 || *i > kMaxElements) fail(fmt::format("bad {} of a tensor", what));
    return *i;
  }
  std::vector<int64_t> integers(const Ref& value, const char* what) {
    const auto* list = value->as<List>();
    if (list == nullptr) fail(fmt::format("bad {} of a tensor", what));
    std::vector<int64_t> result;
    for (const Ref& item : list->items) result.push_back(integer(item, what));
    return result;
  }

  Ref rebuild_tensor(const std::vector<Ref>& arguments) {
    if (arguments.size() < 4) fail("a tensor with too few arguments");
    const auto* storage = arguments[0]->as<Storage>();
    if (storage == nullptr) fail("a tensor without storage");
    const int64_t offset = integer(arguments[1], "offset");
    TensorValue tensor;
    tensor.type = storage->type;
    tensor.shape = integers(arguments[2], "shape");
    const auto strides = integers(arguments[3], "strides");
    if (strides.size() != tensor.shape.size()) fail("shape and strides of a tensor disagree");
    int64_t count = 1, last = offset;
    for (size_t d = 0; d < strides.size(); ++d) {
      count *= tensor.shape[d];
      if (count > kMaxElements) fail("a tensor too large to be a parameter");
      last += tensor.shape[d] > 0 ? (tensor.shape[d] - 1) * strides[d] : 0;
      if (last > kMaxElements) fail("a tensor outside its storage");
    }
    const StorageType* type = find_storage_type(storage->type);
    if (type == nullptr) return skip("torch." + storage->type);
    const std::string bytes = storage_(storage->key);
    if (count > 0 && static_cast<size_t>((last + 1) * type->bytes) > bytes.size())
      fail(fmt::format("a tensor outside its storage {}", storage->key));
    tensor.data.resize(static_cast<size_t>(count));
    std::vector<int64_t> index(strides.size(), 0);
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = offset;
      for (size_t d = 0; d < strides.size(); ++d) at += index[d] * strides[d];
      tensor.data[static_cast<size_t>(i)] = type->read(bytes.data() + at * type->bytes);
      for (size_t d = strides.size(); d-- > 0 && ++index[d] == tensor.shape[d];) index[d] = 0;
    }
    return make(std::move(tensor));
  }

  /// REDUCE, NEWOBJ: the few callables that checkpoints are made of, by name; everything else is
  /// skipped.
  Ref call(const Ref& callable, const Ref& arguments) {
    const auto* list = arguments->as<List>();
    if (const auto* other = callable->as<Skipped>()) return make(*other);
    const auto* global = callable->as<Global>();
    if (global == nullptr || list == nullptr) fail("a call of something that is no class");
    if (global->name == "collections.OrderedDict" || global->name == "collections.defaultdict" ||
        global->name == "builtins.dict") {
      return make(Dict{});
    }
    if (global->name == "torch._utils._rebuild_tensor_v2") return rebuild_tensor(list->items);
    if (global->name == "torch._utils._rebuild_parameter" && !list->items.empty())
      return list->items[0];
    if (global->name == "builtins.set" || global->name == "__builtin__.set") return make(List{});
    return skip(global->name);
  }

  Ref persistent(const Ref& id) {
    const auto* list = id->as<List>();
    if (list == nullptr || list->items.size() < 5) fail("a persistent id that is no storage");
    const auto* kind = list->items[0]->as<std::string>();
    const auto* type = list->items[1]->as<Global>();
    const auto* key = list->items[2]->as<std::string>();
    if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr)
      fail("a persistent id that is no storage");
    const size_t dot = type->name.rfind('.');
    return make(Storage{type->name.substr(dot + 1), *key, integer(list->items[4], "size")});
  }

  void push_long(size_t count) {
    const auto text = take(count);
    if (count > 8) {
      push(skip("int of more than 64 bits"));
      return;
    }
    uint64_t value =
        count > 0 && (static_cast<unsigned char>(text[count - 1]) & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = count; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(text[i]);
    push_new(static_cast<int64_t>(value));
  }

  void execute(unsigned char op) {
    switch (op) {
      case 0x80: take(1); break;  // PROTO
      case 0x95: take(8); break;  // FRAME
      case '(': marks_.push_back(stack_.size()); break;
      case '0': pop(); break;
      case '1': pop_to_mark(); break;
      case '2': push(top()); break;
      case 'N': push_new(std::monostate{}); break;
      case 0x88: push_new(true); break;
      case 0x89: push_new(false); break;
      case 'J': push_new(int64_t{number<int32_t>()}); break;
      case 'K': push_new(int64_t{number<uint8_t>()}); break;
      case 'M': push_new(int64_t{number<uint16_t>()}); break;
      case 0x8a: push_long(number<uint8_t>()); break;
      case 0x8b: push_long(number<uint32_t>()); break;
      case 'G': push_new(std::bit_cast<double>(__builtin_bswap64(number<uint64_t>()))); break;
      case 'X':
      case 'T':
      case 'B': push_new(std::string(take(number<uint32_t>()))); break;
      case 0x8c:
      case 'U':
      case 'C': push_new(std::string(take(number<uint8_t>()))); break;
      case 0x8d:
      case 0x8e:
      case 0x96: push_new(std::string(take(number<uint64_t>()))); break;
      case '}': push_new(Dict{}); break;
      case ']':
      case ')':
      case 0x8f: push_new(List{}); break;
      case 't':
      case 'l':
      case 0x91: push_new(List{pop_to_mark()}); break;
      case 0x85: push_tuple(1); break;
      case 0x86: push_tuple(2); break;
      case 0x87: push_tuple(3); break;
      case 'd': {
        auto items = pop_to_mark();
        push_new(Dict{});
        set_items(top(), items);
        break;
      }
      case 'a': {
        Ref item = pop();
        append(top(), {item});
        break;
      }
      case 'e':
      case 0x90: {
        auto items = pop_to_mark();
        append(top(), std::move(items));
        break;
      }
      case 's': {
        Ref value = pop(), key = pop();
        set_items(top(), {key, value});
        break;
      }
      case 'u': {
        auto items = pop_to_mark();
        set_items(top(), items);
        break;
      }
      case 'q': remember(number<uint8_t>()); break;
      case 'r': remember(number<uint32_t>()); break;
      case 0x94: remember(static_cast<uint32_t>(memo_.size())); break;
      case 'h': recall(number<uint8_t>()); break;
      case 'j': recall(number<uint32_t>()); break;
      case 'c': {
        const auto module = line();
        const auto name = line();
        push_new(Global{fmt::format("{}.{}", module, name)});
        break;
      }
      case 0x93: {
        const Ref name = pop(), module = pop();
        if (name->as<std::string>() == nullptr || module->as<std::string>() == nullptr)
          fail("a class without a name");
        push_new(Global{*module->as<std::string>() + "." + *name->as<std::string>()});
        break;
      }
      case 'R':
      case 0x81: {
        const Ref arguments = pop(), callable = pop();
        push(call(callable, arguments));
        break;
      }
      case 0x92: {
        pop();
        const Ref arguments = pop(), callable = pop();
        push(call(callable, arguments));
        break;
      }
      case 'b': pop(); break;  // BUILD: attributes are of no use to us
      case 'Q': push(persistent(pop())); break;
      default: fail(fmt::format("opcode 0x{:02x} is not used by checkpoints", op));
    }
  }

  std::string_view bytes_;
  const StorageReader& storage_;
  const std::string& where_;
  std::vector<std::string>& skipped_;
  size_t at_ = 0, start_ = 0;
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, Ref> memo_;
  std::vector<Ref> objects_;               ///< every object ever made
  std::unordered_set<const Value*> kept_;  ///< those handed out
};

}  // namespace

Ref Value::find(std::string_view key) const {
  if (const auto* dict = as<Dict>()) {
    for (const auto& [name, value] : dict->items) {
      const auto* text = name->as<std::string>();
      if (text != nullptr && *text == key) return value;
    }
  }
  return nullptr;
}

void set(const Ref& dict, const std::string& key, Ref value) {
  std::get<Dict>(dict->data).items.emplace_back(make_value(key), std::move(value));
}

Ref read_pickle(std::string_view bytes, const StorageReader& storage, const std::string& where,
                std::vector<std::string>& skipped) {
  return Reader(bytes, storage, where, skipped).run();
}

}  // namespace mase::train
