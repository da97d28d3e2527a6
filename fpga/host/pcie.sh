#!/bin/sh
# @stamp@
# Takes the card off PCIe while it is programmed, and brings it back. A card that is programmed on a
# live link drops it, and some hosts then restart or hang.
#   sh pcie.sh check           is a Xilinx card on PCIe? 0: no, 1: yes
#   sudo sh pcie.sh remove     before programming: stops the bridge above the card from reporting
#                              the lost link as an error of the system, takes the card off
#   sudo sh pcie.sh rescan     after it: looks for the card, lets it answer to addresses, gives the
#                              bridge its settings back
# With several cards: sh pcie.sh check|remove 0000:17:00, the card that is meant. Exit status 2: it
# cannot be done, and nothing was done, or what is said.
# Settings of the bridge: COMMAND bit 8 (SERR#), device control bit 2 (fatal errors) of the PCIe
# capability. MASE_SYSFS is a stand-in for /sys.
cd "$(dirname "$0")" || exit 2
pci="${MASE_SYSFS:-/sys}/bus/pci"
state=pcie.state

refuse() {
  echo "ERROR: $1" >&2
  exit 2
}

# Functions (0000:17:00.0) of Xilinx's cards, or of the card that is named.
functions() {
  for device in "$pci"/devices/*; do
    [ -f "$device/vendor" ] || continue
    [ "$(cat "$device/vendor" 2> /dev/null)" = 0x10ee ] || continue
    name=$(basename "$device")
    if [ -z "$card" ] || [ "${name%.*}" = "$card" ]; then echo "$name"; fi
  done
}
cards() {
  functions | sed 's/\.[0-7]$//' | sort -u
}
need_root() {
  [ "$(id -u)" = 0 ] || refuse "$1 needs root: sudo sh pcie.sh $1"
  command -v setpci > /dev/null || refuse "setpci is missing (package pciutils)"
}
# Until a card is there ("card") or none ("") is, for three seconds at most.
wait_for() {
  for _ in 1 2 3; do
    if [ -n "$(functions)" ]; then now=card; else now=; fi
    if [ "$now" = "$1" ]; then return; fi
    sleep 1
  done
}
write_one() {
  echo "$2: 1 > $1"
  echo 1 > "$1" || refuse "cannot write to $1"
}

card=$2
if [ -n "$card" ]; then
  case "$card" in
    ????:??:??) ;;
    *) refuse "'$card' is no card; it looks like 0000:17:00" ;;
  esac
fi
case "$1" in
  check)
    found=$(cards)
    [ -n "$found" ] || exit 0
    echo "a Xilinx card is on PCIe: $(echo "$found" | tr '\n' ' ')"
    exit 1
    ;;
  remove)
    need_root remove
    found=$(cards)
    [ -n "$found" ] || refuse "no Xilinx card${card:+ $card} is on PCIe: nothing has to be removed"
    [ "$(echo "$found" | wc -l)" = 1 ] || refuse "several Xilinx cards are on PCIe ($(echo "$found" | tr '\n' ' ')); say which: sudo sh pcie.sh remove 0000:17:00"
    [ ! -e "$state" ] || refuse "$state is there: a card is removed already (sudo sh pcie.sh rescan brings it back)"
    card=$found
    all=$(functions)
    first=$(echo "$all" | head -n 1)
    # The directory of a device lies in that of the bridge above it.
    bridge=$(basename "$(dirname "$(readlink -f "$pci/devices/$first")")")
    [ -d "$pci/devices/$bridge" ] || refuse "$card has no bridge above it that is seen here (a virtual machine?); its host has to do this"
    command_word=$(setpci -s "$bridge" COMMAND) || refuse "setpci cannot read $bridge"
    control_word=$(setpci -s "$bridge" CAP_EXP+8.w) || refuse "setpci cannot read the PCIe capability of $bridge"
    echo "card $card, functions: $(echo "$all" | tr '\n' ' ')"
    echo "bridge $bridge: COMMAND $command_word, device control $control_word; SERR# and fatal errors off"
    echo "$card $bridge $command_word $control_word" > "$state" || refuse "cannot write $state"
    back() {
      setpci -s "$bridge" "COMMAND=$command_word:0100" "CAP_EXP+8.w=$control_word:0004"
    }
    setpci -s "$bridge" COMMAND=0000:0100 CAP_EXP+8.w=0000:0004 || {
      back
      rm -f "$state"
      refuse "setpci cannot write to $bridge; nothing is removed"
    }
    for name in $all; do
      write_one "$pci/devices/$name/remove" "remove $name"
    done
    wait_for ""
    left=$(functions)
    [ -z "$left" ] || refuse "still there: $(echo "$left" | tr '\n' ' '). Do not program the card (a driver may hold it); sudo sh pcie.sh rescan takes this back"
    echo "removed. Program the card now, then: sudo sh pcie.sh rescan"
    ;;
  rescan)
    need_root rescan
    [ -f "$state" ] || refuse "no card was removed by this script (no $state); to look for cards anyway: echo 1 > $pci/rescan"
    read -r card bridge command_word control_word < "$state"
    [ -d "$pci/devices/$bridge" ] || refuse "the bridge $bridge of $state is not there; restart the host, and remove $state"
    write_one "$pci/devices/$bridge/rescan" "rescan below $bridge"
    wait_for card
    all=$(functions)
    setpci -s "$bridge" "COMMAND=$command_word:0100" "CAP_EXP+8.w=$control_word:0004" || refuse "setpci cannot write to $bridge"
    echo "bridge $bridge: SERR# and fatal errors as before"
    rm -f "$state"
    [ -n "$all" ] || refuse "$card does not come back. Restart the host without switching it off (reboot): it looks for cards anew, and the card keeps what was programmed"
    for name in $all; do
      # A card that was found late answers to no address by itself.
      setpci -s "$name" COMMAND=0002:0002 || refuse "setpci cannot write to $name"
      echo "card $name is back, device $(cat "$pci/devices/$name/device")"
    done
    ;;
  *)
    refuse "sh pcie.sh check|remove|rescan (its first lines say more)"
    ;;
esac
