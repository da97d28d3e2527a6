// SPDX-License-Identifier: Apache-2.0
// What can be proved about the scripts for the card without a card.
#include <fmt/format.h>

#include <algorithm>

#include "fpga/flow/card_scripts.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

bool called(const Recording& recording, const std::string& command) {
  return std::any_of(recording.calls.begin(), recording.calls.end(),
                     [&](const RecordedCall& c) { return c.command == command; });
}

/// Ended with status 2, and said why.
bool refused(const Recording& recording) {
  return !recording.calls.empty() && recording.calls.back().command == "exit" &&
         recording.calls.back().arguments == "2" &&
         recording.output.find("ERROR: ") != std::string::npos;
}

}  // namespace

void check_debug_hub(const std::vector<RecordedCall>& calls, double core_mhz) {
  size_t synth = calls.size(), opt = calls.size();
  bool clock = false, divider = false;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].command == "synth_design") synth = i;
    if (calls[i].command == "opt_design" && opt == calls.size()) opt = i;
    const bool between = synth < i && opt == calls.size();
    const auto sets = [&](const std::string& what) {
      return between && calls[i].command == "set_property" && calls[i].arguments == what;
    };
    clock = clock || sets(fmt::format("C_CLK_INPUT_FREQ_HZ {:.0f} dbg_hub", core_mhz * 1e6));
    divider = divider || sets(fmt::format("C_ENABLE_CLK_DIVIDER {} dbg_hub", core_mhz > 100));
  }
  if (clock && divider) return;
  throw UserError(
      "V134",
      fmt::format("the debug hub is not told its {} between synth_design and opt_design",
                  clock ? "divider" : "clock"),
      "build.tcl", "a folder that mase-gen wrote and nobody changed passes");
}

void check_card_scripts(const fs::path& folder, const DeviceBoard& board, const std::string& bit) {
  const std::string part = board.vivado.part.substr(0, board.vivado.part.find('-'));
  const std::string mine = "{a/Digilent/111 " + part + "_0}",
                    twin = "{a/Digilent/222 " + part + "_0}", other = "{a/Digilent/000 xc7a35t_0}";
  std::string script;
  const auto run = [&](const std::string& cables, const std::string& serial = "",
                       const std::string& wants = "",
                       std::vector<std::pair<std::string, std::string>> more = {}) {
    RecorderAnswers card;
    card.more = {{"cables", cables},
                 {"serial", serial},
                 {"wants", wants},
                 {"may_catch", "1"},
                 {"flash_part", board.flash_part}};
    card.more.insert(card.more.end(), more.begin(), more.end());
    if (std::none_of(more.begin(), more.end(), [](const auto& m) { return m.first == "image"; }))
      card.more.emplace_back("image", bit + ".mcs " + board.flash_offset);
    return record(folder, script, card);
  };
  const auto expect = [&](bool good, const std::string& what, const Recording& recording) {
    if (good) return;
    throw UserError("V153", fmt::format("{} {}: {}", script, what, recording.output),
                    (folder / script).string());
  };
  for (const char* name : {"program.tcl", "flash.tcl", "jtag.tcl"}) {
    script = name;
    if (!fs::exists(folder / script)) continue;
    const bool flash = script == "flash.tcl";
    const std::string last = flash ? "program_hw_cfgmem" : "program_hw_devices";
    const auto unharmed = [&](const Recording& r) { return refused(r) && !called(r, last); };
    const auto none = run(other);
    expect(unharmed(none), "does not refuse a cable without the card", none);
    const auto two = run(mine + " " + twin);
    expect(unharmed(two), "does not refuse to choose between two cards", two);
    const auto stranger = run(mine, "333");
    expect(unharmed(stranger), "does not refuse a cable that is not there", stranger);
    if (script == "jtag.tcl") continue;  // the rest needs the kernel: check_device_folder
    // The card is found behind any cable, whatever the others are, and by name.
    for (const auto& [cables, serial, wants, busy] :
         std::vector<std::tuple<std::string, std::string, std::string, std::string>>{
             {mine, "", "111", ""},
             {other + " " + mine, "", "111", ""},
             {mine + " " + other, "", "111", "000"},
             {other + " " + mine, "", "111", "000"},
             {mine + " " + twin, "222", "222", ""}}) {
      const auto good = run(cables, serial, "a/Digilent/" + wants,
                            {{"busy", busy.empty() ? "" : "a/Digilent/" + busy}});
      expect(good.exit_code == 0 && called(good, last), "does not find the card", good);
    }
    std::vector<std::string> failing = {"connect_hw_server", "open_hw_target", "program_hw_devices",
                                        "refresh_hw_device"};
    if (flash)
      failing.insert(failing.end(),
                     {"create_hw_cfgmem", "create_hw_bitstream", "program_hw_cfgmem"});
    for (const auto& command : failing) {
      const auto broken = run(mine, "", "", {{"fails", command}});
      expect(refused(broken) && broken.output.find("check: ") != std::string::npos,
             fmt::format("does not end in words and with status 2 although {} fails", command),
             broken);
    }
    if (!flash) continue;
    for (const char* address : {"0", "0x01001ff0"}) {
      const auto golden = run(mine, "", "", {{"image", bit + ".mcs " + address}});
      expect(unharmed(golden), "writes over the card's own image", golden);
    }
    const auto strange = run(mine, "", "", {{"flash_part", "s25fl128s"}});
    expect(refused(strange), "goes on without the card's flash", strange);
  }
}

}  // namespace mase::fpga
