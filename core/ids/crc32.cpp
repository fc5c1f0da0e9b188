#include "core/ids/crc32.hpp"

#include <zlib.h>

namespace hermod::ids {

std::uint32_t crc32(std::string_view bytes, std::uint32_t preceding) {
  return static_cast<std::uint32_t>(
      ::crc32_z(preceding, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace hermod::ids
