/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of this machine with itself, for traffic that nobody else sees. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <netinet/in.h>

/*
 * An IPv4 socket of this type, bound to a free port of 127.0.0.1, which is returned in @ret_addr.
 * The descriptor, or -errno.
 */
int loopback_socket(int type, struct sockaddr_in *ret_addr);

#endif
