// HeapMeter: how much the test's program holds on the heap, and the most that it ever held. Test support.
//
// Replaces operator new and delete of the program it is linked into. One thread. Octets, as asked for.
#pragma once

#include <cstddef>

namespace hermod::test {

class HeapMeter {
 public:
  HeapMeter();
  // The most that was held at once since this meter was made, beyond what was held then.
  std::size_t peak() const;

 private:
  std::size_t before_;
};

}  // namespace hermod::test
