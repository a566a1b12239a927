#include "base/machine.h"

#include "support/catch.h"

using namespace bnexp;

TEST_CASE("a processor's flags say whether bfloat16 is fast") {
  CHECK(has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_bf16 clzero\n"));
  CHECK(has_fast_bfloat16("flags : avx512f amx_bf16"));
  CHECK(has_fast_bfloat16("Features\t: fp asimd bf16 i8mm"));
  CHECK_FALSE(has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_vnni\nmodel name : bf16000\n"));
}
