#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The tutorial's first scenario: what it promises of the two policies that it compares.
#
#   integration/examples/first_scenario_test.sh MEMMAP_SIM SCENARIO
set -euo pipefail

"$1" explain "$2" --policy=own >/dev/null
"$1" compare "$2" --policy=zone_device,own --format=json | python3 -c '
import json, sys
kernel, own = json.load(sys.stdin)["policies"]
assert own["first_fault_p99_ns"] < 1e6 < kernel["first_fault_p50_ns"], (own, kernel)
assert own["caller_goes_on_max_ns"] < 1e6 < kernel["caller_goes_on_max_ns"], (own, kernel)
'
