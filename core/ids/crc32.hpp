// CRC-32 as in zlib, gzip and PNG (ISO-HDLC, polynomial 0x04C11DB7 reflected): finds accidents, not
// attackers.
//
// Threads: any. crc32(b, crc32(a)) is the CRC of a followed by b.
#pragma once

#include <cstdint>
#include <string_view>

namespace hermod::ids {

std::uint32_t crc32(std::string_view bytes, std::uint32_t preceding = 0);

}  // namespace hermod::ids
