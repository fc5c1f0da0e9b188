// RapidJSON's Writer, the one place that includes it. Its stack adds an offset to a null pointer before the
// first allocation (harmless, reported by the sanitizer), so that one check is off for its functions.
#pragma once

#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#ifdef __clang__
#pragma clang attribute pop
#endif
