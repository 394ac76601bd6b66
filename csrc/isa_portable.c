/* The plain path: any machine, any compiler; also the explanation of the fast ones. */
#define PG_ISA_NAME "portable"
#define PG_TABLE pg_kernels_portable
#include "operations.h"
