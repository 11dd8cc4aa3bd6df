// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for RCU. */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grace.h"

void grace_period(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(20000);
}
