// Any request body: what is accepted is an object whose strings PostgreSQL can store, and which is accepted
// again when it is written out.
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "core/mime/utf8.hpp"
#include "server/json/body.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_storable(std::string_view text) {
  require(hermod::mime::is_utf8(text) && text.find('\0') == std::string_view::npos);
}

void check(const Poco::Dynamic::Var& value, std::size_t depth) {
  require(depth <= hermod::server::json_depth_max);
  if (value.isString()) {
    require_storable(value.extract<std::string>());
  } else if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
    for (const auto& [name, member] : *value.extract<Poco::JSON::Object::Ptr>()) {
      require_storable(name);
      check(member, depth + 1);
    }
  } else if (value.type() == typeid(Poco::JSON::Array::Ptr)) {
    for (const auto& element : *value.extract<Poco::JSON::Array::Ptr>()) check(element, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = hermod::server::parse_json_object({reinterpret_cast<const char*>(data), size});
  if (!object) return 0;
  check(Poco::Dynamic::Var(*object), 0);
  std::ostringstream written;
  (*object)->stringify(written);
  require(hermod::server::parse_json_object(written.str()).has_value());
  return 0;
}
