/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One trace at a time: two would each cost what one does. A name in the abstract
 * socket name space says that one is running; the kernel drops it with the
 * process, however that ends.
 */
#ifndef SS_INSTANCE_H
#define SS_INSTANCE_H

#include <sys/types.h>

/*
 * Descriptor to keep open while tracing, or -EBUSY with the other's pid (0 when
 * it has none in our pid namespace) when a process of root or of ours holds the
 * name, or -errno. A stranger who squats on the name does not count: then -EPERM,
 * and the caller goes on. Network namespaces do not see each other's names.
 */
int instance_claim(pid_t *ret_other);

#endif
