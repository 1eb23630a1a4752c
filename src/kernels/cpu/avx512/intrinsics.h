// The AVX-512 intrinsics: the compiler's own, or, in the variant of these kernels that tests run on
// processors without AVX-512, an emulation under the same names. BANTAM_AVX512 names the namespace.
#pragma once

#ifdef BANTAM_EMULATE_AVX512
#include "kernels/cpu/avx512/emulated_intrinsics.h"
#define BANTAM_AVX512 avx512_emulated
#else
#include <immintrin.h>
#define BANTAM_AVX512 avx512
#endif
