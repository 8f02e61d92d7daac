/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_NODEMASK_H
#define FAKE_LINUX_NODEMASK_H

#include <linux/mmzone.h>

enum node_states { N_MEMORY };

extern int fake_nr_nodes; /* all with memory */
extern pg_data_t *fake_nodes;

#define for_each_node_state(nid, state) for ((nid) = 0; (nid) < fake_nr_nodes; (nid)++)
#define NODE_DATA(nid) (fake_nodes + (nid))
#define nr_node_ids fake_nr_nodes
#define node_possible(nid) ((nid) < fake_nr_nodes)

#endif
