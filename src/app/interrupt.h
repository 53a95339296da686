#ifndef READALIKE_APP_INTERRUPT_H
#define READALIKE_APP_INTERRUPT_H

#include <stdbool.h>

/*
 * SIGINT and SIGTERM for the commands that train. Outside of a critical part they end the program
 * at once, as without a handler; inside, when it is over. So a file is there whole or not at all.
 */
void interrupt_install(void);
/* Both may be called from one thread only. */
void interrupt_hold(void);
/* Ends the program when a signal came meanwhile. */
void interrupt_release(void);
/* A file to take away when a signal ends the program; borrowed until the next call; NULL: none. */
void interrupt_remove(const char *path);
/* Whether a signal came, while held. */
bool interrupt_came(void);
/* In a child just forked: signals end it again. */
void interrupt_forget(void);

#endif
