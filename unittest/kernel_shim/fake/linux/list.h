/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_LIST_H
#define FAKE_LINUX_LIST_H

#include <linux/mm.h>

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }
#define list_entry(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))
#define list_for_each_entry(at, head, member) \
	for ((at) = list_entry((head)->next, __typeof__(*(at)), member); &(at)->member != (head); \
	     (at) = list_entry((at)->member.next, __typeof__(*(at)), member))

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	entry->prev = head;
	head->next->prev = entry;
	head->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

#endif
