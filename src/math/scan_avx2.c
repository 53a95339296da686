/* The search's sums of products of 8-bit codes with AVX2, where the processor has it. */
#include "scan.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

/* Four sums of 8 rows each: no compiler makes vpmaddubsw of the portable loop. */
__attribute__((target("avx2"))) static uint32_t above_avx2(const int8_t *codes, const int8_t *query,
                                                           uint32_t quads, int32_t cut)
{
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i *x = (const __m256i *)(const void *)codes;
    __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
    for (uint32_t quad = 0; quad < quads; quad++) {
        int32_t four;
        memcpy(&four, query + (size_t)quad * 4, sizeof four);
        const __m256i q = _mm256_set1_epi32(four), size = _mm256_abs_epi8(q);
        for (int part = 0; part < 4; part++, x++) {
            /* |q| times x with q's sign; two products of 127 * 127 fit 16 bits. */
            __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(_mm256_load_si256(x), q));
            sum[part] = _mm256_add_epi32(sum[part], _mm256_madd_epi16(pairs, ones));
        }
    }
    const __m256i limit = _mm256_set1_epi32(cut);
    uint32_t mask = 0;
    for (unsigned part = 0; part < 4; part++) {
        __m256i is_above = _mm256_cmpgt_epi32(sum[part], limit);
        mask |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is_above)) << (8 * part);
    }
    return mask;
}

scan_above_fn scan_above_best(scan_above_fn portable)
{
    return __builtin_cpu_supports("avx2") ? above_avx2 : portable;
}

#else

scan_above_fn scan_above_best(scan_above_fn portable)
{
    return portable;
}

#endif
