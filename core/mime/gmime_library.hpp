// GMime, made ready for use: its global start, and owners for its objects. Objects stay on one thread.
#pragma once

#include <gmime/gmime.h>

#include <memory>

namespace hermod::mime {

// Before any other call of GMime's; any thread, any number of times.
void start_gmime();

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class Object>
using Owned = std::unique_ptr<Object, Unref>;

}  // namespace hermod::mime
