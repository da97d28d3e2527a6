// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace mase::fpga {

/// How the host sees a register.
enum class Access {
  kReadWrite,
  kReadOnly,
  kControl  ///< every bit has a rule of its own: see the fields
};

enum class Role {
  kControl,  ///< the four words that UG1393 fixes for ap_ctrl_hs
  kPointer,  ///< kernel argument: address of a buffer behind the memory bus
  kScalar,   ///< kernel argument passed by value
  kStatus    ///< read by the host after a run; no argument
};

/// Some bits of a register.
struct Field {
  std::string name;
  int low_bit = 0, width_bits = 1;
  std::string access;  ///< "RW", "R", "R, cleared by reading", "R, toggled by writing 1"
  std::string text;
};

/// One row of the register map. A 64-bit register is two words, the lower half first.
struct Register {
  std::string name;  ///< as Vitis and IP-XACT spell it: CTRL, GIER, IP_IER, IP_ISR, samples_in, ...
  int offset_bytes = 0;
  int width_bits = 32;
  Access access = Access::kReadOnly;
  Role role = Role::kStatus;
  int argument = -1;   ///< position among the kernel's arguments; -1: none
  std::string c_type;  ///< of an argument in kernel metadata: "void*", "uint"
  std::string text;    ///< one line for readers
  std::vector<Field> fields;

  int bytes() const { return width_bits / 8; }
  bool is_argument() const { return argument >= 0; }
};

/// The one table behind the SystemVerilog decoder, kernel.xml, the packaging Tcl, the host header
/// and fpga/README.md; sorted by offset. Source of the first four rows: UG1393, "Control
/// Requirements for XRT-Managed Kernels".
const std::vector<Register>& kernel_registers();

/// The row of this name; InternalError when there is none.
const Register& kernel_register(const std::string& name);

inline constexpr int kControlAddressBits = 12;               ///< of s_axi_control: 4 KiB
inline constexpr int kMemoryAddressBits = 64;                ///< of m_axi_gmem, as Vitis demands
inline constexpr const char* kControlBus = "s_axi_control";  ///< AXI4-Lite slave
inline constexpr const char* kMemoryBus = "m_axi_gmem";      ///< AXI4 master, read and write

/// The table of fpga/README.md.
std::string register_table_markdown();

}  // namespace mase::fpga
