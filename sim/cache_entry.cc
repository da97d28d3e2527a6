// SPDX-License-Identifier: Apache-2.0
#include "sim/cache_entry.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

constexpr char kManifest[] = "manifest";
constexpr char kLog[] = "build.log";

[[noreturn]] void fail_cache(const fs::path& path, const std::string& reason) {
  throw UserError("S005",
                  fmt::format("cannot write the simulation cache {}: {}", path.string(), reason),
                  {}, "free space there, or set MASE_CACHE_DIR to a folder you may write to");
}

class FileLock {
 public:
  explicit FileLock(const fs::path& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail_cache(path, std::strerror(errno));
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) fail_cache(path, std::strerror(errno));
    }
  }
  ~FileLock() { ::close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

std::string seal(const fs::path& product) {
  const std::string bytes = read_file(product);
  return fmt::format("{} {}\n", bytes.size(), content_hash(bytes));
}

}  // namespace

CacheEntry::CacheEntry(fs::path parent, std::string key, std::string product)
    : parent_(std::move(parent)), key_(std::move(key)), product_(std::move(product)) {}

bool CacheEntry::good() const {
  const fs::path manifest = folder() / kManifest;
  if (!fs::exists(manifest) || !fs::exists(product())) return false;
  try {
    return read_file(manifest) == seal(product());
  } catch (const UserError&) {  // another process is replacing a damaged entry just now
    return false;
  }
}

bool CacheEntry::ensure(const std::function<void(const fs::path&)>& build) const {
  if (good()) return false;
  std::error_code ignored;
  fs::path working = folder();
  working += ".build";
  try {
    fs::create_directories(parent_);
    const FileLock lock(fs::path(folder()) += ".lock");
    if (good()) return false;  // another process was faster
    fs::remove_all(working);   // left by an interrupted build
    fs::remove_all(folder());  // damaged
    fs::create_directories(working);
    try {
      build(working);
      write_file(working / kManifest, seal(working / product_));
      fs::rename(working, folder());
      fs::remove(failure_log(), ignored);
    } catch (...) {
      fs::rename(working / kLog, failure_log(), ignored);
      fs::remove_all(working, ignored);
      throw;
    }
  } catch (const fs::filesystem_error& error) {
    fail_cache(error.path1().empty() ? parent_ : error.path1(), error.code().message());
  } catch (const UserError& error) {
    if (error.code() != "B003") throw;
    fail_cache(parent_, error.message());
  }
  return true;
}

}  // namespace mase::sim
