/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_TOPOLOGY_H
#define FAKE_LINUX_TOPOLOGY_H

#define numa_node_id() 0
#define node_distance(from, to) ((from) == (to) ? 10 : 20)

#endif
