/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_PRINTK_H
#define FAKE_LINUX_PRINTK_H

#ifdef __cplusplus
extern "C" {
#endif

void fake_printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define pr_emerg fake_printk
#define pr_err fake_printk
#define pr_warn fake_printk
#define pr_warn_ratelimited fake_printk

#ifdef __cplusplus
}
#endif
#endif
