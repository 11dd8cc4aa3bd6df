/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes that only look like leaks do; life_cases.c says it in words. */
#ifndef ZOO_LIFE_H
#define ZOO_LIFE_H

struct pace;

/* life_files.c */
int life_prepare_xattr(void);
int life_prepare_pty(void);
void life_missing(struct pace *p);
void life_walk(struct pace *p);
void life_rename(struct pace *p);
void life_lru(struct pace *p);
void life_xattr(struct pace *p);
void life_pipe_size(struct pace *p);
void life_pty(struct pace *p);

/* life_sockets.c */
int life_prepare_raw(void);
int life_prepare_loopback(void);
void life_raw(struct pace *p);
void life_udp(struct pace *p);
void life_tcp(struct pace *p);
void life_lognormal(struct pace *p);
void life_sawtooth(struct pace *p);
void life_options(struct pace *p);

/* life_objects.c */
int life_prepare_item(void);
int life_prepare_mqueue(void);
void life_pool(struct pace *p);
void life_memfd(struct pace *p);
void life_item(struct pace *p);
void life_mqueue(struct pace *p);
void life_burst(struct pace *p);
void life_mmap(struct pace *p);
void life_fork(struct pace *p);

#endif
