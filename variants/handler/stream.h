/* SPDX-License-Identifier: GPL-2.0 */
/* Output `stream`: the device, and what it counts. */
#ifndef PROCMON_STREAM_H
#define PROCMON_STREAM_H

struct seq_file;

int procmon_stream_create(void);
void procmon_stream_remove(void);
void procmon_stream_show(struct seq_file *m);
unsigned long procmon_stream_streamed(void);
unsigned long procmon_stream_unread(void);

#endif /* PROCMON_STREAM_H */
