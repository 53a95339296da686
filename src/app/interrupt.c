/* Signals that end a training: at once, or behind a part that must not be cut in two. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static atomic_bool is_held;
static atomic_int came;
static _Atomic(const char *) to_remove;

static void die(int number)
{
    const char *path = atomic_load(&to_remove);
    if (path)
        unlink(path);
    signal(number, SIG_DFL);
    raise(number);
}

/* Any thread may get it. `came` is set before `is_held` is read, and interrupt_hold does it the
 * other way round: one of the two sees the other. */
static void on_signal(int number)
{
    atomic_store(&came, number);
    if (!atomic_load(&is_held))
        die(number);
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void interrupt_hold(void)
{
    atomic_store(&is_held, true);
    if (atomic_load(&came))
        die(atomic_load(&came));
}

void interrupt_release(void)
{
    atomic_store(&is_held, false);
    if (atomic_load(&came))
        die(atomic_load(&came));
}

void interrupt_remove(const char *path)
{
    atomic_store(&to_remove, path);
}

bool interrupt_came(void)
{
    return atomic_load(&came) != 0;
}

void interrupt_forget(void)
{
    sigset_t both;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &both, NULL);
}
