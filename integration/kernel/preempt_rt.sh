# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Debian's source with Debian's patches for PREEMPT_RT. Sourced after kernel_build.sh.

# Sets pristine, as prepare_source does, and is called after it. Debian's source package has the patches for Linux 6.1:
# those of the newest version that can be downloaded. One that does not apply is left out and named: what it does has
# come into Linux meanwhile, or it is for another version than ours.
prepare_rt_source() {
  local place=${pristine%/*} name patch left
  local patches=$place/patches-rt
  command -v patch >/dev/null || not_here "found no patch"
  exec 9>"$place/lock" && flock 9
  [ -e "$patches/complete" ] || download_rt_patches "$patches"
  if [ ! -e "$place/complete-rt" ]; then
    rm -rf "$pristine-rt"
    cp --archive --link "$pristine" "$pristine-rt" # patch writes a new file where it changes one
    : >"$place/left-rt"
    grep '\.patch$' "$patches/series" | while read -r name; do
      patch=(patch --directory="$pristine-rt" --strip=1 --silent --forward --no-backup-if-mismatch)
      if "${patch[@]}" --dry-run <"$patches/$name" >/dev/null 2>&1; then
        "${patch[@]}" <"$patches/$name" >"$work/patch"
      else
        echo "$name" >>"$place/left-rt"
      fi
    done
    touch "$place/complete-rt"
  fi
  left=$(paste -sd ' ' "$place/left-rt")
  echo "PREEMPT_RT: $(grep -c '\.patch$' "$patches/series") patches of Debian's $(cat "$patches/complete")," \
    "left out: ${left:-none}"
  pristine=$pristine-rt tree_name=tree-rt
  exec 9>&-
}

# With PROVE_LOCKING, RCU tests itself before PREEMPT_RT has the threads that timers need: on a busy host Linux 6.1
# now and then stays there, all CPUs idle, with memmap_async=off too. Such a boot, and no other, is started again.
rt_machine() {
  local command_line="$command_line loglevel=7 earlycon=uart8250,io,0x3f8"
  while :; do
    machine >"$work/console" 2>&1 || true
    grep -q 'RCU-tasks wait API self tests' "$work/console" && ! grep -q 'smp: Bringing up' "$work/console" || break
    echo >>"$work/stayed"
    [ "$(wc -l <"$work/stayed")" -lt 8 ] || break
  done
  cat "$work/console"
}

# download_rt_patches FOLDER: by lists of its own, as this system's may not know of sources.
download_rt_patches() {
  local lists=$work/source-lists option version
  mkdir -p "$lists/partial" "$work/archives/partial" "$work/rt"
  apt-get indextargets --format 'deb-src $(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    sort --unique >"$work/sources.list"
  option=(-qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$lists"
    -o Dir::Cache="$work")
  apt-get "${option[@]}" update >"$work/apt" 2>&1 || not_here "$(tail -n 1 "$work/apt")"
  for version in $(apt-cache "${option[@]:1}" showsrc linux | sed -n 's/^Version: \(6\.1\..*\)/\1/p' |
    sort --version-sort --reverse --unique); do
    if (cd "$work/rt" && apt-get "${option[@]}" --diff-only source "linux=$version" >"$work/apt" 2>&1); then
      tar --extract --xz --directory="$work/rt" --file="$work/rt/linux_$version.debian.tar.xz" debian/patches-rt
      rm -rf "$1" && mv "$work/rt/debian/patches-rt" "$1"
      echo "$version" >"$1/complete"
      return
    fi
  done
  not_here "no source package linux 6.1 can be downloaded: $(tail -n 1 "$work/apt")"
}
