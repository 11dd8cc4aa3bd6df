// SPDX-License-Identifier: GPL-2.0-or-later
/* The ledger in the kernel, without hooks. Needs CAP_BPF and CAP_PERFMON. */
#include "ledger_fixture.h"

int main(void)
{
	int failed = test_model();

	failed += test_table();
	failed += test_origins();
	failed += test_frees();
	failed += test_stacks();
	return failed;
}
