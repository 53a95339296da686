#ifndef READALIKE_THREADS_H
#define READALIKE_THREADS_H

/* How many threads to use: `wanted`, or with 0 as many as this process has cores. */
unsigned ra_threads(unsigned wanted);

#endif
