// Reads one record of a pack, checked: its header against the location, its bytes against CRC-32 and SHA-256.
//
// Needs no lock: a record never changes once its location was given out. Threads: the file's.
// Errors: `invalid_data` (scope item) when anything does not fit; what the file or the sink says else.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <hermod/result.hpp>

#include "core/blob/file_system.hpp"
#include "core/blob/location.hpp"
#include "core/ids/sha256.hpp"

namespace hermod::blob {

// Takes the next piece; an error stops the read and is passed on.
using Sink = std::function<Status(std::string_view)>;

// In one read; fails with `limit` above max_whole_length.
Result<std::string> read_record(File& pack, const Location& location, const ids::Sha256Digest& expected);
// In pieces; they reach the sink before the last check.
Status stream_record(File& pack, const Location& location, const ids::Sha256Digest& expected,
                     const Sink& sink);

}  // namespace hermod::blob
