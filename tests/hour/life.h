/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a machine, as processes that go on until they are killed: what each of them does,
 * and what they share. Whatever one takes from the kernel it gives back sooner or later, or has
 * its fill of it and takes no more.
 */
#ifndef HOUR_LIFE_H
#define HOUR_LIFE_H

#include <netinet/in.h>
#include <sys/types.h>

struct life {
	const char *disk;	   /* a directory, of an ext4 file system where there is one */
	const char *memory;	   /* the same, of tmpfs where /tmp is one */
	const char *module;	   /* file of a kernel module that may come and go; NULL: none */
	int listener;		   /* a TCP socket that listens, */
	struct sockaddr_in server; /* here */
	unsigned int seed;
};

struct actor {
	const char *name; /* as a process, at most 15 characters */
	void (*act)(const struct life *life);
};

/* Who lives here, ended by one without a name; some are there several times. */
extern const struct actor actors[];

/* people.c: somebody logs in on a pseudo terminal for 10 to 30 minutes, and out again. */
void act_person(const struct life *life);
/* server.c: a daemon whose workers and pools of pipes grow as they are needed. */
void act_server(const struct life *life);
/* clients.c: connections to it, most for seconds, some for minutes. */
void act_clients(const struct life *life);
/* files.c: a spool, on the disk and in memory; a log that is rotated; a cache that fills up. */
void act_spool(const struct life *life);
void act_sessions(const struct life *life);
void act_log(const struct life *life);
void act_indexer(const struct life *life);
/* jobs.c: cron, a monitor that reads /proc, builds, a walk through all files, a backup. */
void act_cron(const struct life *life);
void act_monitor(const struct life *life);
void act_builds(const struct life *life);
void act_nightly(const struct life *life);
/* tabs.c: a program with a process for each thing that is open in it. */
void act_tabs(const struct life *life);
/* queues.c: messages, timers, keys and locks. */
void act_queues(const struct life *life);
void act_timers(const struct life *life);
/* boxes.c: containers with namespaces of their own; a module that comes and goes. */
void act_boxes(const struct life *life);
void act_module(const struct life *life);
/* bulk.c: what programs do all the time, more of it in busy minutes. */
void act_bulk(const struct life *life);

/* Start @actor as a group of processes that ends with us. Its pid, or -1. */
pid_t life_start(const struct life *life, const struct actor *actor, unsigned int nr);
/* Run @script by sh, in @dir, with nothing to read and nobody to read it, to its end. */
void life_shell(const char *dir, const char *script);

#endif
