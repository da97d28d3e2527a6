// SPDX-License-Identifier: Apache-2.0
#include "sw/train/torch_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <map>
#include <memory>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/train/storage_type.h"

namespace mase::train {

namespace {

constexpr const char* kPrefix = "archive/";
constexpr size_t kMaxBytes = size_t{4} << 30;  // all entries together, unpacked

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what,
                       const std::string& help = {}) {
  throw UserError("C010", what, path.string(),
                  help.empty() ? "is the file truncated? save it again with torch.save" : help);
}

/// Every entry of a zip archive, by its name below the archive's one top folder.
std::map<std::string, std::string> unzip(const std::string& bytes,
                                         const std::filesystem::path& path) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    fail(path, fmt::format("not a readable zip archive: {}", archive_error_string(zip.get())));
  }
  std::map<std::string, std::string> entries;
  size_t total = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(zip.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK)
      fail(path, fmt::format("damaged zip archive: {}", archive_error_string(zip.get())));
    const char* pathname = archive_entry_pathname(entry);
    std::string name = pathname != nullptr ? pathname : "";
    name.erase(0, name.find('/') == std::string::npos ? 0 : name.find('/') + 1);
    std::string content;
    char buffer[1 << 16];
    for (;;) {
      const la_ssize_t count = archive_read_data(zip.get(), buffer, sizeof buffer);
      if (count == 0) break;
      if (count < 0)
        fail(path, fmt::format("damaged zip entry {}: {}", name, archive_error_string(zip.get())));
      content.append(buffer, static_cast<size_t>(count));
      total += static_cast<size_t>(count);
      if (total > kMaxBytes)
        fail(path, "the archive unpacks to more than 4 GiB",
             "this is no checkpoint of a model of ours");
    }
    entries[name] = std::move(content);
  }
  return entries;
}

la_ssize_t append_bytes(archive*, void* to, const void* data, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

TorchFile read_torch_file(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  if (bytes.empty()) fail(path, "the file is empty");
  if (bytes.starts_with("\x80\x02\x8a\x0al\xfc\x9c")) {
    fail(path, "this is PyTorch's legacy format from before version 1.6",
         "load it in Python and save it again with torch.save");
  }
  if (!bytes.starts_with("PK"))
    fail(path, "not a zip archive, which checkpoints of PyTorch and Lightning are",
         "give a file that torch.save or mase-gen wrote");
  const auto entries = unzip(bytes, path);
  const auto pickle = entries.find("data.pkl");
  if (pickle == entries.end())
    fail(path, "the zip archive has no data.pkl",
         "give a file that torch.save or mase-gen wrote (TorchScript archives are not)");
  const auto order = entries.find("byteorder");
  if (order != entries.end() && order->second != "little")
    fail(path, fmt::format("byte order '{}'", order->second),
         "only little-endian checkpoints are read");
  TorchFile file;
  const StorageReader storage = [&](const std::string& key) {
    const auto it = entries.find("data/" + key);
    if (it == entries.end())
      fail(path, fmt::format("the zip archive lacks the storage data/{}", key));
    return it->second;
  };
  file.root = read_pickle(pickle->second, storage, path.string(), file.skipped);
  return file;
}

void write_torch_file(const Ref& root, const std::filesystem::path& path) {
  std::vector<std::pair<std::string, std::string>> entries(1);
  int keys = 0;
  entries[0] = {"data.pkl", write_pickle(root, [&](const TensorValue& tensor) {
                  const StorageType* type = find_storage_type(tensor.type);
                  MASE_CHECK(type != nullptr && type->append != nullptr, "storage type {}",
                             tensor.type);
                  std::string bytes;
                  for (const double value : tensor.data) type->append(bytes, value);
                  const std::string key = std::to_string(keys++);
                  entries.emplace_back("data/" + key, std::move(bytes));
                  return key;
                })};
  entries.emplace_back("byteorder", "little");
  entries.emplace_back("version", "3\n");

  std::string bytes;
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_write_new(), archive_write_free);
  archive_write_set_format_zip(zip.get());
  archive_write_set_options(zip.get(), "zip:compression=store");
  archive_write_set_bytes_per_block(zip.get(), 0);
  bool good = archive_write_open(zip.get(), &bytes, nullptr, append_bytes, nullptr) == ARCHIVE_OK;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  for (const auto& [name, content] : entries) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), (kPrefix + name).c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    good = good && archive_write_header(zip.get(), entry.get()) == ARCHIVE_OK &&
           archive_write_data(zip.get(), content.data(), content.size()) ==
               static_cast<la_ssize_t>(content.size());
  }
  good = archive_write_close(zip.get()) == ARCHIVE_OK && good;
  MASE_CHECK(good, "zip archive in memory: {}", archive_error_string(zip.get()));
  write_file(path, bytes);
}

}  // namespace mase::train
