/* How wide parallel loops are. */
#include "readalike/threads.h"

#include <sched.h>

unsigned ra_threads(unsigned wanted)
{
    if (wanted)
        return wanted;
    cpu_set_t cores;
    int n = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return n > 0 ? (unsigned)n : 1;
}
