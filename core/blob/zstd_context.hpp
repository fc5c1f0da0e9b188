// Owned zstd contexts with this room's settings. Included by .cpp files only, to keep zstd out of the others.
#pragma once

#include <zstd.h>

#include <cstdlib>
#include <memory>

#include "core/blob/blob_error.hpp"
#include "core/blob/compression.hpp"

namespace hermod::blob {

struct ZstdDeleter {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};
using CompressionContext = std::unique_ptr<ZSTD_CCtx, ZstdDeleter>;
using DecompressionContext = std::unique_ptr<ZSTD_DCtx, ZstdDeleter>;

// Level 3 uses 2^21; what a damaged frame asks for beyond it is refused, not allocated.
inline constexpr int window_log_max = 21;

inline CompressionContext make_compression_context() {
  CompressionContext context(ZSTD_createCCtx());
  if (!context) std::abort();  // out of memory, as for new
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log_max);
  return context;
}

inline DecompressionContext make_decompression_context() {
  DecompressionContext context(ZSTD_createDCtx());
  if (!context) std::abort();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log_max);
  return context;
}

inline Error compression_failure() {
  return blob_error(ErrorKind::internal, ErrorScope::item, Retry::never(),
                    "the message could not be compressed");
}

}  // namespace hermod::blob
