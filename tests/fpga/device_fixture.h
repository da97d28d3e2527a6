// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "fpga/flow/device_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {

/// A whole device around a toy, and what becomes of its folder when a text in it changes.
class DeviceFlow : public test::FlowTest {
 protected:
  void write(DeviceHost host, const VivadoOptions& options = {}, int64_t batch = 5) {
    write_device(toy(), board_, folder_, options, host, batch);
  }
  /// The folder of a toy with `from` replaced by `to` in `file` is refused.
  void expect_caught(DeviceHost host, const std::string& file, const std::string& from,
                     const std::string& to, const std::string& code,
                     const std::vector<std::string>& parts, int64_t batch = 5) {
    SCOPED_TRACE(file + ": " + from + " -> " + to);
    write(host, {}, batch);
    auto text = read_file(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
    test::expect_user_error([&] { check_device_folder(folder_, board_); }, code, parts);
  }
  void expect_jtag(const std::string& file, const std::string& from, const std::string& to,
                   const std::string& code, const std::vector<std::string>& parts) {
    expect_caught(DeviceHost::kJtag, file, from, to, code, parts);
  }
  void expect_xdma(const std::string& file, const std::string& from, const std::string& to,
                   const std::string& code, const std::vector<std::string>& parts) {
    expect_caught(DeviceHost::kXdma, file, from, to, code, parts);
  }
  /// The target with `from` replaced by `to`.
  std::string changed_target(const std::string& from, const std::string& to) {
    auto text = read_file(std::filesystem::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    write_file(dir_ / "t.toml", text.replace(at, from.size(), to));
    return (dir_ / "t.toml").string();
  }

  DeviceBoard board_ = load_device_board("xcu250");
  std::filesystem::path folder_ = dir_ / "build";
};

}  // namespace mase::fpga
