// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vitis_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "embedded/host_program.h"
#include "fpga/flow/batch.h"
#include "fpga/flow/memory_guard.h"
#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vitis_package.h"
#include "fpga/kernel/kernel.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/flat_files.h"
#include "sim/synth/target.h"
#include "sim/synth/target_reader.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

constexpr char kRun[] = R"sh(#!/bin/sh
# {stamp}
# Needs vivado and v++ in PATH and, for the last steps, XRT ($XILINX_XRT) and the card.
#   sh run.sh        pack, link, build the host program
#   sh run.sh card   the host program and the batch on the card, with the {kernel}.xclbin that is
#                    there, or else built first; exit status 2 without XRT. Further words go to
#                    the host program: sh run.sh card --device 0000:65:00.1 --runs 100
# Then give this folder to mase-gen bitstream --flow vitis --report-only.
set -e
cd "$(dirname "$0")"
if [ "$1" = card ] && [ -z "$XILINX_XRT" ]; then
  echo "ERROR: card needs XRT, and XILINX_XRT is not set: source setup.sh of the XRT installation first" >&2
  exit 2
fi

if [ "$1" = card ] && [ -f "{kernel}.xclbin" ]; then
  echo "{kernel}.xclbin is there and not built again (sh run.sh builds it)"
else
# A build that crashes must leave no result of an earlier one.
rm -rf build reports v++*.log "{kernel}.xo" "{kernel}.xclbin" "{kernel}.xclbin.info"
mkdir -p build reports
vivado -mode batch -nojournal -log build/package.log -source package.tcl
v++ --link --target hw --platform "{platform}" --kernel_frequency {mhz:g} --config link.cfg {hook}--save-temps --temp_dir build/link -o "build/{kernel}.xclbin" "{kernel}.xo"
# Only what v++ has finished gets its name.
if [ ! -s "build/{kernel}.xclbin" ]; then
  echo "ERROR: v++ ended well and has written no build/{kernel}.xclbin" >&2
  exit 1
fi
{memories}mv "build/{kernel}.xclbin" "{kernel}.xclbin"

# What v++ keeps of its run of Vivado, under names of ours. Names and places differ by version:
# build/link/reports/link/imp, and build/link/link/vivado/vpl/prj/prj.runs/impl_1.
take() {{
  name=$1
  shift
  for pattern in "$@"; do
    file=$(find build/link -type f -name "$pattern" | LC_ALL=C sort | head -n 1)
    if [ -n "$file" ]; then
      cp "$file" "reports/$name"
      return
    fi
  done
  echo "WARNING: no $* below build/link: there will be no reports/$name"
}}
take kernel_utilization.rpt '*kernel_util_routed.rpt'
take timing.rpt '*timing_summary_postroute_physopted.rpt' '*timing_summary_routed.rpt' '*route_report_timing_summary_0.rpt' dr_timing_summary.rpt
take route_status.rpt '*route_status*.rpt'
# The clock that v++ achieved stands in the .xclbin alone.
if [ -f "build/{kernel}.xclbin.info" ]; then
  cp "build/{kernel}.xclbin.info" reports/xclbin.info
else
  xclbinutil --info --input "{kernel}.xclbin" > reports/xclbin.info
fi
cat > build/mase.json << 'END'
{{"format": "mase-vitis", "part": "{part}", "kernel": "{kernel}",
 "design": "{hash}", "requested_mhz": {mhz:g}}}
END
mv build/mase.json reports/mase.json
fi

if [ -n "$XILINX_XRT" ]; then
  c++ -std=c++17 -O2 -DMASE_KERNEL={kernel} -DMASE_KERNEL_HEADER='"{kernel}.h"' -I. -I"$XILINX_XRT/include" host.cc -o host -L"$XILINX_XRT/lib" -lxrt_coreutil -luuid -pthread
  if [ "$1" = card ]; then
    shift
    # The data clock that v++ achieved, where its report is there.
    if [ -f reports/xclbin.info ]; then
      mhz=$(awk '$1 == "Name:" {{n = $2}} $1 == "Type:" {{t = $2}} $1 == "Frequency:" && (n == "DATA_CLK" || t == "DATA") {{print $2; exit}}' reports/xclbin.info)
    fi
    ./host "{kernel}.xclbin" samples.bin expected.bin ${{mhz:+--mhz "$mhz"}} "$@"
  fi
fi
)sh";

}  // namespace

VitisTarget load_vitis_target(const std::string& name_or_file) {
  VitisTarget target{.vivado = load_vivado_target(name_or_file)};
  const auto file = synth::find_target(name_or_file);
  const toml::table table = toml::parse(file.text, file.place);
  if (!table.contains("vitis")) {
    throw UserError("V131", fmt::format("target {} has no [vitis] table", target.vivado.name),
                    file.place, "configs/targets/xcu250.toml shows one");
  }
  synth::TargetReader top(table, file.place, "");
  auto vitis = top.table("vitis");
  target.platform = vitis.text("platform");
  target.slrs = vitis.list("slrs");
  target.memories = vitis.list("memories");
  vitis.finish();
  check_word(target.platform, "vitis.platform", vitis.place_of("platform"));
  for (const auto& slr : target.slrs) check_word(slr, "vitis.slrs", vitis.place_of("slrs"));
  for (const auto& memory : target.memories)
    check_word(memory, "vitis.memories", vitis.place_of("memories"));
  const size_t slrs = target.vivado.slr_pblocks.size();
  if (target.slrs.size() != slrs || target.memories.size() != slrs)
    throw UserError(
        "V131", fmt::format("vitis.slrs and vitis.memories want {} names, one for each SLR", slrs),
        vitis.place_of(target.slrs.size() != slrs ? "slrs" : "memories"),
        fmt::format("they have {} and {}", target.slrs.size(), target.memories.size()));
  return target;
}

void write_vitis(const emit::EmittedFolder& design, const VitisTarget& target,
                 const fs::path& folder, const VivadoOptions& options, int64_t batch) {
  check_frequency(target.vivado, options.freq_mhz);
  if (options.freq_mhz != std::floor(options.freq_mhz)) {
    throw UserError("V156", fmt::format("a kernel of {:g} MHz", options.freq_mhz), {},
                    "v++ takes whole MHz: give --freq one");
  }
  if (options.slr < 0 || options.slr >= static_cast<int>(target.slrs.size())) {
    throw UserError("V132",
                    fmt::format("--slr {}: {} has no such SLR", options.slr, target.vivado.name),
                    {}, fmt::format("allowed: 0 to {}", target.slrs.size() - 1));
  }
  const auto slrs = kernel_slr_cells(design.hardware, target.slrs, "u_body/");  // empty: one SLR
  const auto slr =
      static_cast<size_t>(slrs.empty() ? options.slr : design.hardware.parts.front().slr);
  const std::string stamp = fmt::format("Generated by mase-gen from design {}.", design.hash);
  const Core core = core_of(design.hardware, design.top_name, stamp);
  const Kernel kernel = make_kernel(core);
  std::error_code ignored;
  for (const char* stale : {"build", "reports", "src", "rtl", "mem"})
    fs::remove_all(folder / stale, ignored);
  for (const char* stale : {".xo", ".xclbin", ".xclbin.info"})
    fs::remove(folder / (kernel.name + stale), ignored);
  for (const char* stale : {"slr.xdc", "slr_hook.tcl"}) fs::remove(folder / stale, ignored);

  // Sources and memory files flat in one folder; what is read by others stays where it is.
  std::map<std::string, std::string> packed;
  const auto add = [&](const std::string& path, const std::string& bytes) {
    const std::string name = fs::path(path).filename().string();
    const std::string kind = fs::path(path).extension().string();
    const bool source = kind == ".v" || kind == ".sv" || kind == ".svh" || kind == ".mem";
    if (!source) return write_file(folder / path, bytes);
    const auto [place, fresh] = packed.emplace(name, bytes);
    MASE_CHECK(fresh || place->second == bytes, "two files would be called {}", name);
  };
  for (const auto& [path, bytes] :
       emit::flat_hardware_files(design.hardware, design.top_name, stamp))
    add(path, bytes);
  for (const auto& [path, bytes] : kernel.files) add(path, bytes);
  std::vector<std::string> sources;
  for (const auto& [name, bytes] : packed) {
    sources.push_back(kPackedSources + name);
    write_file(folder / sources.back(), bytes);
  }

  write_file(folder / "package.tcl", package_tcl(kernel, {.stamp = stamp,
                                                          .part = target.vivado.part,
                                                          .sources = sources,
                                                          .slr_constraints = !slrs.empty(),
                                                          .freq_mhz = options.freq_mhz}));
  if (!slrs.empty()) {
    write_file(folder / "slr.xdc",
               fmt::format("# {}\n# The kernel spans SLRs; names are relative to its top.\n{}",
                           stamp, assignment_lines(slrs)));
    write_file(folder / "slr_hook.tcl",
               fmt::format("# {}\n{}", stamp, link_hook(kernel.name + "_1", slrs)));
  }
  const std::string one_slr =
      slrs.empty() ? fmt::format("slr={}_1:{}\n", kernel.name, target.slrs[slr])
                   : "# no slr=: the kernel spans SLRs, slr.xdc in it says what goes where\n";
  write_file(folder / "link.cfg",
             fmt::format("# {0}\n[connectivity]\nnk={1}:1:{1}_1\n{2}sp={1}_1.{3}:{4}\n", stamp,
                         kernel.name, one_slr, kMemoryBus, target.memories[slr]));
  write_file(
      folder / "run.sh",
      fmt::format(kRun, fmt::arg("stamp", stamp), fmt::arg("kernel", kernel.name),
                  fmt::arg("platform", target.platform), fmt::arg("mhz", options.freq_mhz),
                  fmt::arg("hook", slrs.empty() ? "" : std::string(kLinkHook) + " "),
                  fmt::arg("part", target.vivado.part), fmt::arg("hash", design.hash),
                  fmt::arg("memories",
                           memory_guard_sh({kernel.name + ".xclbin", kernel.name + ".xclbin.info",
                                            "build/" + kernel.name + ".xclbin"}))));
  for (const auto& file : embedded::host_program())
    write_file(folder / std::string(file.name), file.content);
  write_batch(design, core, folder, batch);
  nlohmann::ordered_json flow = {
      {"format", "mase-flow"},        {"flow", "vitis"},         {"target", target.vivado.name},
      {"part", target.vivado.part},   {"top", kernel.name},      {"design", design.hash},
      {"freq_mhz", options.freq_mhz}, {"slr", target.slrs[slr]}, {"memory", target.memories[slr]},
      {"platform", target.platform},  {"batch", batch},          {"sources", sources}};
  if (!slrs.empty()) flow["slrs"] = slrs_to_json(slrs);
  write_file(folder / "flow.json", flow.dump(2) + "\n");
}

void run_vitis(const fs::path& folder, const ToolRun& how) {
  for (const char* tool : {"vivado", "v++"}) {
    if (!find_program(tool).empty()) continue;
    throw UserError("V130", fmt::format("not built: {} not found in PATH", tool), folder.string(),
                    "the folder is complete; where Vivado and Vitis are: sh run.sh in it "
                    "(sh run.sh card with the card there, too), then mase-gen bitstream with the "
                    "same design, --target and --flow, and --report-only " +
                        folder.string(),
                    ExitCode::kToolMissing);
  }
  const auto result = run_script(folder, "Vitis", how);
  if (result.exit_code != 0) {
    throw UserError(
        "V136",
        fmt::format("run.sh ends with status {}:\n{}", result.exit_code, last_of(result.output)),
        folder.string(), "nothing here has run under Vitis yet: please report it with build/");
  }
  // Whatever run.sh has made of it.
  const auto lost = lost_memories(folder);
  if (lost.empty()) return;
  const auto flow = nlohmann::json::parse(read_file(folder / "flow.json"));
  for (const char* result : {".xclbin", ".xclbin.info"})
    fs::remove(folder / (flow.at("top").get<std::string>() + result));
  throw UserError("V136", fmt::format("ROMs without their words:\n{}", fmt::join(lost, "\n")),
                  folder.string(), "nothing here has run under Vitis yet: please report it");
}

}  // namespace mase::fpga
