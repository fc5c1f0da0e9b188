#include "server/json/body.hpp"

#include <Poco/JSON/Parser.h>

#include "core/mime/utf8.hpp"
#include "server/failure.hpp"

namespace hermod::server {
namespace {

Error refused(std::string message) {
  return failure(ErrorKind::invalid_argument, std::move(message), "send a JSON object in UTF-8");
}

}  // namespace

Result<Poco::JSON::Object::Ptr> parse_json_object(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Poco::JSON::Object::Ptr(new Poco::JSON::Object);
  if (!mime::is_utf8(text)) return refused("the request body is not UTF-8");
  try {
    Poco::JSON::Parser parser;
    parser.setDepth(json_depth_max);
    parser.setAllowNullByte(false);
    const auto parsed = parser.parse(std::string(text));
    if (parsed.type() != typeid(Poco::JSON::Object::Ptr))
      return refused("the request body is not a JSON object");
    return parsed.extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    return refused("the request body is not valid JSON");
  }
}

}  // namespace hermod::server
