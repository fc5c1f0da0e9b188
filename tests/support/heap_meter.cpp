#include "tests/support/heap_meter.hpp"

#include <malloc.h>
#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

std::size_t live = 0, most = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  live += malloc_usable_size(memory);
  most = std::max(most, live);
  return memory;
}

void operator delete(void* memory) noexcept {
  live -= malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept { operator delete(memory); }

namespace hermod::test {

HeapMeter::HeapMeter() : before_(live) { most = live; }

std::size_t HeapMeter::peak() const { return most - before_; }

}  // namespace hermod::test
