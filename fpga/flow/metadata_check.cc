// SPDX-License-Identifier: Apache-2.0
// kernel.xml, attribute by attribute.
#include <fmt/format.h>

#include <regex>
#include <set>

#include "fpga/flow/kernel_check.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

[[noreturn]] void fail(const std::string& what, int64_t line) {
  throw UserError("V138", what, fmt::format("kernel.xml:{}", line),
                  "a folder that mase-gen wrote and nobody changed passes");
}

}  // namespace

std::vector<Fact> metadata_facts(const std::string& xml) {
  static const std::regex tag(R"(<([?/]?)(\w+)((?:\s+\w+="[^"<>]*")*)\s*([?/]?)>)"),
      attribute(R"re((\w+)="([^"]*)")re");
  std::vector<Fact> facts;
  std::vector<std::string> open;
  size_t at = 0;
  int64_t line = 1;
  const auto skip_to = [&](size_t end) {
    for (; at < end; ++at) {
      if (xml[at] == '\n')
        ++line;
      else if (xml[at] != ' ')
        fail(fmt::format("'{}' is outside of every tag", xml[at]), line);
    }
  };
  for (std::sregex_iterator it(xml.begin(), xml.end(), tag), end; it != end; ++it) {
    skip_to(static_cast<size_t>(it->position(0)));
    at += static_cast<size_t>(it->length(0));
    const std::string kind = (*it)[1], name = (*it)[2], text = (*it)[3], closing = (*it)[4];
    if (kind == "/") {
      if (open.empty() || open.back() != name)
        fail(fmt::format("</{}> closes nothing", name), line);
      open.pop_back();
      continue;
    }
    // "kernel/ports/port": an element that stands elsewhere is another one.
    std::string path;
    for (size_t i = 1; i < open.size(); ++i) path += open[i] + "/";
    std::string label = name + (path.empty() ? "" : " in " + path.substr(0, path.size() - 1));
    std::set<std::string> seen;
    for (std::sregex_iterator a(text.begin(), text.end(), attribute); a != end; ++a) {
      const std::string key = (*a)[1];
      if (!seen.insert(key).second) fail(fmt::format("{} of <{}> is there twice", key, name), line);
      // Ports and arguments are told apart by their names.
      if (key == "name" && (name == "port" || name == "arg"))
        label += fmt::format(" {}", (*a)[2].str());
    }
    for (std::sregex_iterator a(text.begin(), text.end(), attribute); a != end; ++a)
      facts.push_back({fmt::format("{} {}", label, (*a)[1].str()), (*a)[2],
                       fmt::format("kernel.xml:{}", line)});
    if (seen.empty()) facts.push_back({label, "", fmt::format("kernel.xml:{}", line)});
    if (kind == "?" || closing == "/") continue;
    open.push_back(name);
  }
  skip_to(xml.size());
  if (!open.empty()) fail(fmt::format("<{}> is not closed", open.back()), line);
  return facts;
}

std::vector<Wanted> wanted_metadata(const KernelTop& top) {
  const std::string ports = "the ports of " + top.file;
  const std::string schema = "UG1393", table = "the register table";
  std::vector<Wanted> wanted = {{"xml version", "1.0", "XML"},
                                {"xml encoding", "UTF-8", "XML"},
                                {"root versionMajor", "1", schema},
                                {"root versionMinor", "6", schema},
                                {"kernel name", top.name, "flow.json"},
                                {"kernel language", "ip_c", schema},
                                {"kernel vlnv", fmt::format("mase-gen:kernel:{}:1.0", top.name),
                                 "ipx::package_project of package.tcl"},
                                {"kernel attributes", "", schema},
                                {"kernel preferredWorkGroupSizeMultiple", "0", schema},
                                {"kernel workGroupSize", "1", schema},
                                {"kernel interrupt", "true", ports},
                                {"kernel hwControlProtocol", "ap_ctrl_hs", table},
                                {"ports in kernel", "", schema},
                                {"args in kernel", "", schema}};
  const auto port = [&](const std::string& name, const char* mode, const std::string& range,
                        int data_bits) {
    const std::string label = fmt::format("port in kernel/ports {} ", name);
    wanted.insert(wanted.end(), {{label + "name", name, ports},
                                 {label + "mode", mode, ports},
                                 {label + "range", range, ports},
                                 {label + "dataWidth", fmt::format("{}", data_bits), ports},
                                 {label + "portType", "addressable", schema},
                                 {label + "base", "0x0", schema}});
  };
  const auto all = [](int bits) { return ~uint64_t{0} >> (64 - bits); };
  port(kControlBus, "slave", fmt::format("{:#x}", uint64_t{1} << top.control_address_bits),
       top.control_data_bits);
  port(kMemoryBus, "master", fmt::format("{:#x}", all(top.memory_address_bits)),
       top.memory_data_bits);
  for (const Register& r : kernel_registers()) {
    if (!r.is_argument()) continue;
    const bool pointer = r.role == Role::kPointer;
    const std::string label = fmt::format("arg in kernel/args {} ", r.name);
    const std::string bytes = fmt::format("{:#x}", r.bytes());
    wanted.insert(wanted.end(), {{label + "name", r.name, table},
                                 {label + "addressQualifier", pointer ? "1" : "0", table},
                                 {label + "id", fmt::format("{}", r.argument), table},
                                 {label + "port", pointer ? kMemoryBus : kControlBus, table},
                                 {label + "size", bytes, table},
                                 {label + "offset", fmt::format("{:#x}", r.offset_bytes), table},
                                 {label + "hostOffset", "0x0", schema},
                                 {label + "hostSize", bytes, table},
                                 {label + "type", r.c_type, table}});
  }
  return wanted;
}

}  // namespace mase::fpga
