// Counts work instead of time: the basic blocks that core/mime runs, the bytes that its library calls for
// memory and strings touch, and the bytes it asks the allocator for.
//
// Owner: the whole process, since compiler and linker call it (tests/mime/work/CMakeLists.txt says how). One
// thread. Not counted: what GMime, ICU and OpenSSL do inside. Allocations, theirs too, are counted with the
// address sanitizer.
#pragma once

#include <cstdint>

namespace hermod::mime {

struct Work {
  std::uint64_t steps = 0;      // basic blocks, and one for each 16 bytes searched, compared or copied
  std::uint64_t allocated = 0;  // bytes
};

// All of it since the start of the process.
Work work_done();

}  // namespace hermod::mime
