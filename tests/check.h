#ifndef READALIKE_TESTS_CHECK_H
#define READALIKE_TESTS_CHECK_H

/* cmocka with its own prerequisites, and the few things that every test of ours wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "readalike/err.h"

/* A call that must work; its error text is shown when it does not. */
#define CHECK_OK(call, err)                                                                        \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, (err).text);                                                 \
    } while (0)

/* A call that must fail with this code. */
#define CHECK_FAILS(call, err, wanted)                                                             \
    do {                                                                                           \
        (err) = (struct ra_err){0};                                                                \
        assert_false(call);                                                                        \
        assert_int_equal((err).code, wanted);                                                      \
        assert_true((err).text[0] != '\0');                                                        \
    } while (0)

/* A test that cannot run here: exit 77 (a skip), or a failure when READALIKE_TEST_REQUIRE names it.
 */
static inline int check_missing(const char *need, const char *why)
{
    const char *required = getenv("READALIKE_TEST_REQUIRE");
    int is_required = required && strstr(required, need) != NULL;
    fprintf(stderr, "%s: %s\n", is_required ? "FAILED, required but missing" : "skipped", why);
    return is_required ? 1 : 77;
}

#endif
