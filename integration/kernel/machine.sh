# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Boots a kernel in QEMU: Debian's stock one with our modules, or one that kernel_build.sh made. Sourced by the tests of
# this folder, which need no root.
#
# Packages are downloaded and unpacked below the user's cache, not installed. Without KVM: right or wrong is what such a
# machine can tell, never how fast.
set -euo pipefail

readonly folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly top=$(cd "$folder/../.." && pwd -P)
readonly cache=${XDG_CACHE_HOME:-$(eval echo ~"$(id -un)")/.cache}/memmap-async/kernel
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# not_here WHY: the test cannot run on this machine. Nobody watches a skip in continuous integration: there it fails.
not_here() {
  echo "$0: $1" >&2
  [ "${CI:-}" != true ] || exit 1
  echo "SKIPPED: bazel/dev test and bazel/dev kernel install what is missing" >&2
  exit 0
}

depends() { apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \($2.*\)/\1/p"; }

# Sets release and system: the kernel and its headers, unpacked. The newest that Debian has; without a network, that
# the cache has.
prepare_kernel() {
  local program image headers packages
  for program in "$emulator" busybox make gcc g++ python3 dpkg-deb flock; do
    command -v $program >/dev/null || not_here "found no $program"
  done
  image=$(depends linux-image-amd64 linux-image-)
  release=${image#linux-image-}
  [ -n "$release" ] || release=$(ls "$cache" 2>/dev/null | sort --version-sort | tail -n 1)
  [ -n "$release" ] || not_here "found no package linux-image-amd64 and nothing in $cache"
  system=$cache/$release
  mkdir -p "$system"
  exec 9>"$system/lock" && flock 9
  [ -e "$system/complete" ] && return
  headers=linux-headers-$release
  packages=("$image" "$headers" $(depends "$headers" linux-headers-) $(depends "$headers" linux-kbuild-))
  echo "downloading ${packages[*]}"
  (mkdir -p "$work/packages" && cd "$work/packages" && apt-get download -qq "${packages[@]}" 2>"$work/apt") ||
    not_here "$(tail -n 1 "$work/apt")"
  for package in "$work"/packages/*.deb; do dpkg-deb --extract "$package" "$system"; done
  sed -i "s|include /usr/src|include $system/usr/src|" "$system/usr/src/$headers/Makefile"
  touch "$system/complete"
}

# Sets modules: the folder with ours.
build_modules() {
  modules=$system/modules-$(cksum <<<"$top" | cut -d' ' -f1)
  "$top/src/kernel_shim/kbuild/build.sh" "$modules" "$system/usr/src/linux-headers-$release" >"$work/build" 2>&1 || {
    cat "$work/build" >&2
    exit 1
  }
  if grep -E 'warning|error' "$work/build" >&2; then exit 1; fi
  exec 9>&- # others may now prepare
}

# make_initramfs TEST [MODULE...]: MODULE is one of the kernel's, by its path below kernel/.
make_initramfs() {
  local test=$1 module files=()
  shift
  for module in "$@"; do files+=("lib/${module##*/}.ko=$system/lib/modules/$release/kernel/$module.ko"); done
  for module in "$modules"/memmap_*.ko; do [ ! -e "$module" ] || files+=("${module##*/}=$module"); done
  python3 -B "$folder/newc.py" "$work/initramfs" \
    bin/busybox="${busybox:-$(command -v busybox)}" init="$folder/guest/init" \
    common="$folder/guest/common" test="$folder/guest/$test" namespaces="$folder/guest/namespaces" \
    "${files[@]}" "${more_files[@]}"
}

# Which architecture: set before the first call. busybox: a static one for it, where it is not ours.
emulator=qemu-system-x86_64 board=q35 cpu=max console=ttyS0 busybox=''

# Which machine: so many nodes with CPUs, and one more without; MiB of each.
nodes=4 cpus_per_node=1 node_mib=384 cpuless_mib=192 command_line='' qemu_more=() more_files=() run=machine

machine() {
  local node other arguments=() nr_cpus=$((nodes * cpus_per_node))
  for ((node = 0; node < nodes; node++)); do
    arguments+=(-object "memory-backend-ram,id=m$node,size=${node_mib}M,reserve=off"
      -numa "node,nodeid=$node,memdev=m$node,cpus=$((node * cpus_per_node))-$(((node + 1) * cpus_per_node - 1))")
  done
  arguments+=(-object "memory-backend-ram,id=m$nodes,size=${cpuless_mib}M,reserve=off"
    -numa "node,nodeid=$nodes,memdev=m$nodes")
  for ((node = 0; node < nodes; node++)); do # the one without CPUs is nearest to the last one with
    arguments+=(-numa "dist,src=$node,dst=$nodes,val=$((node == nodes - 1 ? 15 : 30))")
    for ((other = node + 1; other < nodes; other++)); do arguments+=(-numa "dist,src=$node,dst=$other,val=20"); done
  done
  # Without sockets and cores the kernel warns of a topology that is not sane; without no_timer_check a busy host makes
  # it say that the timer does not work.
  timeout "${limit_s:-300}" "$emulator" -accel tcg,thread=multi -cpu "$cpu" -M "$board${machine_more:-}" \
    -smp "$nr_cpus,sockets=$nodes,cores=$cpus_per_node,threads=1" \
    -m "$((nodes * node_mib + cpuless_mib))M${memory_more:-}" \
    "${arguments[@]}" "${qemu_more[@]}" -nographic -no-reboot -nodefaults -serial stdio \
    -kernel "${kernel:-$system/boot/vmlinuz-$release}" -initrd "$work/initramfs" \
    -append "console=$console panic=-1 quiet loglevel=4 mitigations=off no_timer_check $command_line"
}

failed=0

# boot NAME: runs the guest's test; what it says is shown where it does not say that all is well.
boot() {
  local began=$SECONDS log=$modules/${1//[^a-z0-9]/-}.log
  "$run" </dev/null 2>&1 | tr -d '\r' >"$log" || true
  if grep -q '^RESULT PASS' "$log"; then
    echo "$1: pass ($((SECONDS - began)) s)"
    sed -n 's/^REPORT/ /p' "$log"
  else
    echo "$1: FAILED; $log"
    tail -n 80 "$log"
    failed=$((failed + 1))
  fi
}
