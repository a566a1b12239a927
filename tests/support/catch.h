// Catch2 version 2 (one header) or 3 (several), whichever the machine has.
#pragma once

#if BNEXP_CATCH_VERSION >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
