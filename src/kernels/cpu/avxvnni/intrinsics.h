// The AVX-VNNI intrinsics: the compiler's own, or, in the variant of these kernels that tests run
// on processors without AVX-VNNI, an emulation under the same names. BANTAM_AVXVNNI names the
// namespace.
#pragma once

#include <immintrin.h>

#ifdef BANTAM_EMULATE_AVXVNNI
#include <simde/x86/avx512/dpbusd.h>
#include <simde/x86/avx512/dpwssd.h>
#define _mm256_dpbusd_avx_epi32(sums, a, b) simde_mm256_dpbusd_epi32(sums, a, b)
#define _mm256_dpwssd_avx_epi32(sums, a, b) simde_mm256_dpwssd_epi32(sums, a, b)
#define BANTAM_AVXVNNI avxvnni_emulated
#else
#define BANTAM_AVXVNNI avxvnni
#endif
