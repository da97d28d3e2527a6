// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/fixed/format.h"

namespace mase::fpga {

/// Samples as a plain C array in memory: `T data[samples][elements]`, T the least of 8, 16, 32 and
/// 64 bits that holds the format, little-endian, extended by sign (or by zero, if unsigned), no
/// padding.
struct SampleLayout {
  fixed::Format format;
  int64_t elements = 1;  ///< of one sample
  int lanes = 1;         ///< of one beat of the core's stream

  int container_bits() const;                                        ///< 8, 16, 32 or 64
  int64_t bytes() const { return elements * container_bits() / 8; }  ///< of one sample
  int64_t beats() const { return (elements + lanes - 1) / lanes; }   ///< of one sample
  std::string c_type() const;                                        ///< "int16_t", ...
};

/// What a shell has to know of the design inside it.
struct Core {
  std::string module;  ///< its ports are those of an emitted top
  SampleLayout in, out;
  int64_t ii_cycles = 1;
  std::string stamp;  ///< tool version and design hash, one line
  int crossings = 0;  ///< between its SLRs; as many lead the results back to the first one
};

Core core_of(const arch::HardwareGraph& hardware, const std::string& module,
             const std::string& stamp);

/// Errors: UserError V002 when an element of the core fits no integer of a host.
void check_containers(const Core& core);

struct KernelOptions {
  std::string name;       ///< of the kernel's top module; default: <core>_kernel
  int memory_bits = 512;  ///< of a word of the memory bus: a power of two, 32 to 1024
  int burst_words = 16;  ///< longest burst: a power of two, at least 2, at most 4 KiB and 256 words
  int read_words = 256;  ///< words asked for and not yet used: hides latency_cycles * words a cycle
  int write_words = 64;  ///< words that wait for their burst
  int write_bursts = 31;  ///< bursts that wait for their answer, at most
};

/// A kernel as text. `files`: path relative to the design's folder -> bytes, sorted; together with
/// the files of the emitted design they are complete:
///   <name>.v              the Vitis RTL kernel: ap_clk, ap_rst_n, interrupt, s_axi_control,
///                         m_axi_gmem; ports alone, around
///   <name>_body.sv        the same ports in SystemVerilog: everything else
///   <name>_registers.sv   the decoder of the register map
///   rtl/*.sv              the shells and the cells that they use
///   <name>.h              C++ header for the host: offsets, bits, layout of samples
///   kernel.xml            kernel metadata
struct Kernel {
  std::string name;
  Core core;
  KernelOptions options;
  std::vector<std::pair<std::string, std::string>> files;

  const std::string& file(const std::string& path) const;  ///< InternalError when there is none
  std::string body() const { return name + "_body"; }      ///< module
  int read_bursts() const;                                 ///< under way, at most
  /// Cycles a sample takes at least on the memory bus, which moves one word a cycle each way.
  double memory_ii_cycles() const;
};

/// Errors: UserError E001, V003 (kernel name), V001 (an option out of range), V002 (a format wider
/// than 64 bits).
Kernel make_kernel(const Core& core, const KernelOptions& options = {});

/// The core with AXI4-Stream ports for block designs: module <core>_axis, ports aclk, aresetn,
/// s_axis_*, m_axis_*; a lane is in the container of its SampleLayout, TLAST ends every sample.
/// Returns {"<core>_axis.sv", text} and the cells it uses. Errors: V002.
std::vector<std::pair<std::string, std::string>> make_stream_shell(const Core& core);

/// The line before an instance that constraints of a cut design name, so that synthesis leaves it
/// there (UG901, KEEP_HIERARCHY); empty for designs in one SLR, which are flattened as ever.
std::string kept_attribute(const Core& core);

// The texts of one kernel, each made from kernel_registers().
std::string register_decoder(const std::string& module, const std::string& stamp);
std::string kernel_wrapper(const Kernel& kernel);
std::string kernel_xml(const std::string& name, int memory_bits);
std::string host_header(const Kernel& kernel);

}  // namespace mase::fpga
