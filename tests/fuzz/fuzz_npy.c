/* Fuzz target: arrays of numpy, alone and in a zip. */
#include <stdint.h>
#include <stdlib.h>

#include "readalike/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_array(const void *data, size_t size)
{
    struct ra_npy npy;
    struct ra_err err = {0};
    if (!ra_npy_read(&npy, data, size, &err))
        return;
    free(ra_npy_floats(&npy, &err));
    free(ra_npy_integers(&npy, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"item_factors.npy", "user_factors.npy", "data.npy",
                                        "indptr.npy", "indices.npy"};
    struct ra_zip zip;
    struct ra_zip_member member;
    struct ra_buf bytes;
    read_array(data, size);
    if (!ra_zip_open(&zip, data, size, NULL))
        return 0;
    ra_buf_init(&bytes);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ra_buf_reset(&bytes);
        if (ra_zip_find(&zip, names[i], &member, NULL) &&
            ra_zip_read(&zip, &member, 1 << 24, &bytes, NULL))
            read_array(bytes.data, bytes.len);
    }
    ra_buf_finish(&bytes);
    return 0;
}
