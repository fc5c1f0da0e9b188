// RapidJSON's Writer, the one place that includes it. Its stack adds an offset to a null pointer before the
// first allocation (harmless, reported by the sanitizer), so that one check is off for its functions.
#pragma once

// Sixteen bytes at a time where nothing is to be escaped; both are in every processor of their kind.
#if defined(__x86_64__)
#define RAPIDJSON_SSE2
#elif defined(__aarch64__)
#define RAPIDJSON_NEON
#endif

#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#ifdef __clang__
#pragma clang attribute pop
#endif
