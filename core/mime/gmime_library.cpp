#include <core/mime/gmime_library.hpp>

#include <mutex>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// GLib is not instrumented: the sanitizer sees neither its locks nor its allocator, and reports what they
// guard.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libglib-2.0\nrace:libgobject-2.0\nrace:libgmime-3.0\n";
}
#endif
#endif

namespace hermod::mime {

void start_gmime() {
  static std::once_flag started;
  std::call_once(started, [] { g_mime_init(); });
}

}  // namespace hermod::mime
