// SPDX-License-Identifier: Apache-2.0
#include "fpga/kernel/register_map.h"

#include <fmt/format.h>

#include "gen/base/error.h"

namespace mase::fpga {

namespace {

/// A table that breaks these rules would give a decoder that answers for two registers at once.
void check(const std::vector<Register>& registers) {
  int end = 0, arguments = 0;
  for (const Register& r : registers) {
    MASE_CHECK(r.offset_bytes >= end && r.offset_bytes % r.bytes() == 0,
               "register {} at {:#x}: overlaps, is out of order or not aligned", r.name,
               r.offset_bytes);
    MASE_CHECK(r.role == Role::kControl || r.offset_bytes >= 0x10,
               "register {}: below 0x10 is UG1393's", r.name);
    if (r.is_argument()) MASE_CHECK(r.argument == arguments++, "argument {} out of order", r.name);
    end = r.offset_bytes + r.bytes();
  }
  MASE_CHECK(end <= 1 << kControlAddressBits, "the registers do not fit the address range");
}

std::vector<Register> make_registers() {
  std::vector<Register> registers = {
      {"CTRL",
       0x00,
       32,
       Access::kControl,
       Role::kControl,
       -1,
       "",
       "start and state of the kernel",
       {{"ap_start", 0, 1, "RW", "1 starts a run; stays until the run is over"},
        {"ap_done", 1, 1, "R, cleared by reading", "a run is over"},
        {"ap_idle", 2, 1, "R", "nothing is running"},
        {"ap_ready", 3, 1, "R, cleared by reading", "the next run may be started"},
        {"auto_restart", 7, 1, "RW", "start again when a run is over"}}},
      {"GIER",
       0x04,
       32,
       Access::kControl,
       Role::kControl,
       -1,
       "",
       "interrupt, global enable",
       {{"enable", 0, 1, "RW", "drive the interrupt"}}},
      {"IP_IER",
       0x08,
       32,
       Access::kControl,
       Role::kControl,
       -1,
       "",
       "interrupt, enable per cause",
       {{"done", 0, 1, "RW", "ap_done"}, {"ready", 1, 1, "RW", "ap_ready"}}},
      {"IP_ISR",
       0x0C,
       32,
       Access::kControl,
       Role::kControl,
       -1,
       "",
       "interrupt, pending causes",
       {{"done", 0, 1, "R, toggled by writing 1", "ap_done"},
        {"ready", 1, 1, "R, toggled by writing 1", "ap_ready"}}},
      {"samples_in",
       0x10,
       64,
       Access::kReadWrite,
       Role::kPointer,
       0,
       "void*",
       "address of the samples; a multiple of the memory word's bytes",
       {}},
      {"samples_out",
       0x18,
       64,
       Access::kReadWrite,
       Role::kPointer,
       1,
       "void*",
       "address of the results; a multiple of the memory word's bytes",
       {}},
      {"sample_count",
       0x20,
       32,
       Access::kReadWrite,
       Role::kScalar,
       2,
       "uint",
       "samples of the run; 0 is a run that does nothing",
       {}},
      {"status",
       0x28,
       32,
       Access::kReadOnly,
       Role::kStatus,
       -1,
       "",
       "what went wrong in the run",
       {{"read_error", 0, 1, "R", "an answer to a read was SLVERR or DECERR"},
        {"write_error", 1, 1, "R", "an answer to a write was SLVERR or DECERR"},
        {"misaligned", 2, 1, "R",
         "an address is no multiple of the memory word: nothing was done"}}},
      {"read_errors",
       0x2C,
       32,
       Access::kReadOnly,
       Role::kStatus,
       -1,
       "",
       "words that came back with an error",
       {}},
      {"write_errors",
       0x30,
       32,
       Access::kReadOnly,
       Role::kStatus,
       -1,
       "",
       "bursts whose write was answered with an error",
       {}},
      {"cycles",
       0x38,
       64,
       Access::kReadOnly,
       Role::kStatus,
       -1,
       "",
       "clock cycles from start to done of the run",
       {}},
  };
  check(registers);
  return registers;
}

std::string access_text(const Register& r) {
  switch (r.access) {
    case Access::kReadWrite: return "RW";
    case Access::kReadOnly: return "R";
    case Access::kControl: return "by bit";
  }
  return "";
}

}  // namespace

const std::vector<Register>& kernel_registers() {
  static const std::vector<Register> registers = make_registers();
  return registers;
}

const Register& kernel_register(const std::string& name) {
  for (const Register& r : kernel_registers()) {
    if (r.name == name) return r;
  }
  fail_check(__FILE__, __LINE__, "register", "no register " + name);
}

std::string register_table_markdown() {
  std::string text =
      "| offset | register | bits | access | argument | meaning |\n|---|---|---|---|---|---|\n";
  for (const Register& r : kernel_registers()) {
    text += fmt::format("| 0x{:02X} | `{}` | {} | {} | {} | {} |\n", r.offset_bytes, r.name,
                        r.width_bits, access_text(r),
                        r.is_argument() ? fmt::format("{}", r.argument) : "", r.text);
    for (const Field& f : r.fields) {
      text += fmt::format("| | `{}.{}` | {} | {} | | {} |\n", r.name, f.name, f.low_bit, f.access,
                          f.text);
    }
  }
  return text;
}

}  // namespace mase::fpga
