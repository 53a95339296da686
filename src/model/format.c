/* What the writer and the reader of model files must agree on. */
#include "format.h"

#include <stddef.h>
#include <string.h>

#include "readalike/hash.h"

uint64_t model_dtype_bytes(uint32_t dtype)
{
    static const uint8_t sizes[RA_DTYPE_COUNT] = {
        [RA_BYTES] = 1, [RA_U32] = 4, [RA_I32] = 4, [RA_U64] = 8, [RA_I64] = 8, [RA_F32] = 4,
    };
    return dtype < RA_DTYPE_COUNT ? sizes[dtype] : 0;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool model_section_name_ok(const char name[RA_SECTION_NAME])
{
    size_t n = strnlen(name, RA_SECTION_NAME);
    if (n == 0 || n == RA_SECTION_NAME)
        return false;
    for (size_t i = 0; i < RA_SECTION_NAME; i++) {
        if (i < n ? !is_name_char(name[i]) : name[i] != '\0')
            return false;
    }
    return true;
}

uint64_t model_head_checksum(const struct model_head *head)
{
    const size_t at = offsetof(struct model_header, checksum);
    const uint64_t zero = 0;
    const unsigned char *bytes = (const unsigned char *)head;
    struct ra_hash_state state;
    ra_hash_init(&state, 0);
    ra_hash_update(&state, bytes, at);
    ra_hash_update(&state, &zero, sizeof zero);
    ra_hash_update(&state, bytes + at + sizeof zero, sizeof *head - at - sizeof zero);
    return ra_hash_digest(&state);
}

bool model_align(uint64_t offset, uint64_t *out)
{
    uint64_t up;
    if (__builtin_add_overflow(offset, MODEL_ALIGN - 1, &up))
        return false;
    *out = up / MODEL_ALIGN * MODEL_ALIGN;
    return true;
}
