/* No crash leaves on a disk what lies in memory. */
#ifndef JIEBANG_NO_CORE_H
#define JIEBANG_NO_CORE_H

/* Where it can't be had, that is logged, and the daemon runs all the same. */
void no_core(void);

#endif
