// SPDX-License-Identifier: Apache-2.0
#include "gen/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "gen/base/error.h"

namespace mase {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_write(const fs::path& path, int error) {
  throw UserError(
      "B003", fmt::format("cannot write {}: {}", path.string(), std::strerror(error)), {},
      error == ENOSPC ? "free space on this disk or choose another --project-dir"
                      : "choose a folder you may write to, for example with --project-dir");
}

}  // namespace

std::string read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    if (error == ENOENT) throw UserError("B001", fmt::format("file not found: {}", path.string()));
    throw UserError("B002", fmt::format("cannot read {}: {}", path.string(), std::strerror(error)));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    throw UserError("B002", fmt::format("cannot read {}: not a regular file", path.string()));
  }
  std::string bytes;
  bytes.reserve(static_cast<size_t>(info.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n > 0) {
      bytes.append(buffer, static_cast<size_t>(n));
    } else if (n == 0) {
      break;
    } else if (errno != EINTR) {
      const int error = errno;
      ::close(fd);
      throw UserError("B002",
                      fmt::format("cannot read {}: {}", path.string(), std::strerror(error)));
    }
  }
  ::close(fd);
  return bytes;
}

void make_directories(const fs::path& path) {
  std::error_code error, ignored;
  fs::create_directories(path, error);
  if (!error || fs::is_directory(path)) return;
  for (fs::path part = path; part.has_relative_path(); part = part.parent_path()) {
    if (!fs::exists(part, ignored) || fs::is_directory(part, ignored)) continue;
    throw UserError(
        "B003", fmt::format("cannot write {}: {} is not a folder", path.string(), part.string()),
        {}, "move that file away, or choose another place, for example with --project-dir");
  }
  fail_write(path, error.value());
}

void write_file(const fs::path& path, std::string_view bytes) {
  static std::atomic<unsigned> counter{0};
  if (path.has_parent_path()) make_directories(path.parent_path());
  fs::path temporary = path;
  temporary += fmt::format(".tmp{}.{}", ::getpid(), counter++);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) fail_write(path, errno);
  const auto give_up = [&](int error) {
    ::close(fd);
    ::unlink(temporary.c_str());
    fail_write(path, error);
  };
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) give_up(errno);
    if (n > 0) done += static_cast<size_t>(n);
  }
  if (::close(fd) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail_write(path, error);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail_write(path, error);
  }
}

fs::path cache_directory() {
  const auto get = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  if (const auto dir = get("MASE_CACHE_DIR"); !dir.empty()) return fs::absolute(dir);
  if (const auto dir = get("XDG_CACHE_HOME"); !dir.empty()) return fs::path(dir) / "mase-gen";
  if (const auto home = get("HOME"); !home.empty()) return fs::path(home) / ".cache" / "mase-gen";
  return fs::temp_directory_path() / "mase-gen-cache";
}

std::string content_hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace mase
