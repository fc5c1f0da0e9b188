#include <tests/mime/work/work_counter.hpp>

#include <cstddef>
#include <cstring>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#define COUNTS_ALLOCATIONS 1
#endif
#endif

namespace {

constexpr std::size_t bytes_per_step = 16;

std::uint64_t steps = 0, allocated = 0;

void touch(std::size_t bytes) { steps += 1 + bytes / bytes_per_step; }

#ifdef COUNTS_ALLOCATIONS
void on_allocation(const volatile void* /*memory*/, std::size_t bytes) { allocated += bytes; }
void on_release(const volatile void* /*memory*/) {}
const int hooked = __sanitizer_install_malloc_and_free_hooks(on_allocation, on_release);
#endif

}  // namespace

// Called by every basic block of the instrumented sources (-fsanitize-coverage=trace-pc-guard).
extern "C" void __sanitizer_cov_trace_pc_guard(std::uint32_t* /*guard*/) { ++steps; }
extern "C" void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* /*first*/, std::uint32_t* /*end*/) {}

// The linker sends calls here (--wrap).
extern "C" {
void* __real_memchr(const void*, int, std::size_t);
int __real_memcmp(const void*, const void*, std::size_t);
void* __real_memcpy(void*, const void*, std::size_t);
void* __real_memmove(void*, const void*, std::size_t);
void* __real_memset(void*, int, std::size_t);

void* __wrap_memchr(const void* bytes, int byte, std::size_t size) {
  void* found = __real_memchr(bytes, byte, size);
  touch(found == nullptr
            ? size
            : static_cast<std::size_t>(static_cast<char*>(found) - static_cast<const char*>(bytes)));
  return found;
}
int __wrap_memcmp(const void* a, const void* b, std::size_t size) {
  touch(size);
  return __real_memcmp(a, b, size);
}
void* __wrap_memcpy(void* to, const void* from, std::size_t size) {
  touch(size);
  return __real_memcpy(to, from, size);
}
void* __wrap_memmove(void* to, const void* from, std::size_t size) {
  touch(size);
  return __real_memmove(to, from, size);
}
void* __wrap_memset(void* to, int byte, std::size_t size) {
  touch(size);
  return __real_memset(to, byte, size);
}
}

namespace hermod::mime {

Work work_done() { return {steps, allocated}; }

}  // namespace hermod::mime
