#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Writes one JSON about this machine and what memmap_async.ko has done on it since it was loaded, to the standard
# output. Root, for debugfs. Nothing else is read; no serial numbers, no host name.
debug=/sys/kernel/debug/memmap_async
parameters=/sys/module/memmap_async/parameters

[ -r $debug/events ] || {
  echo "report.sh: found no $debug/events, expected memmap_async.ko to be loaded and root to ask" >&2
  exit 2
}

# object FILE...: {"name": "first line", ...}
object() {
  for file in "$@"; do printf '%s\n' "${file##*/} $(head -n 1 "$file")"; done | awk '
    { name = $1; sub(/^[^ ]* ?/, ""); printf "%s\"%s\": \"%s\"", (NR > 1 ? ", " : "{"), name, $0 } END { print "}" }'
}

# "events" are lines of key=value, "why" last, as it has spaces; figures become numbers.
events() {
  awk '{
    printf "%s    {", (NR > 1 ? ",\n" : "")
    why = $0; sub(/.* why=/, "", why); sub(/ why=.*/, "")
    for (i = 1; i <= NF; i++) {
      split($i, pair, "=")
      printf "\"%s\": %s, ", pair[1], pair[2] ~ /^[0-9]+$/ ? pair[2] : "\"" pair[2] "\""
    }
    printf "\"why\": \"%s\"}", why
  } END { print "" }' $debug/events
}

cat <<JSON
{
  "schema_version": 1,
  "kernel": "$(uname -r)",
  "processor": "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)",
  "cpus": $(grep -c ^processor /proc/cpuinfo),
  "hypervisor": $(grep -q '^flags.* hypervisor' /proc/cpuinfo && echo true || echo false),
  "distances": $(object /sys/devices/system/node/node*/distance | sed 's/"distance": //g; s/^{/[/; s/}$/]/'),
  "parameters": $(object $parameters/*),
  "counters": {$(sed -n 's/^\([a-z]*\) \([0-9]*\)$/"\1": \2/p' $debug/state | tr '\n' ',' | sed 's/,$//; s/,/, /g')},
  "events": [
$(events)
  ]
}
JSON
