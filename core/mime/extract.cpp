#include <core/mime/message.hpp>

#include <core/mime/structure.hpp>
#include <core/mime/transfer_encoding.hpp>

namespace hermod::mime {
namespace {

Error item_error(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.scope = ErrorScope::item;
  error.message = std::move(message);
  return error;
}

Result<std::uint64_t> send_decoded(const Part& part, const std::function<bool(std::string_view)>& sink) {
  std::uint64_t bytes = 0;
  const bool complete = decode_transfer(part.body, part.encoding, [&](std::string_view chunk) {
    bytes += chunk.size();
    return sink(chunk);
  });
  if (!complete) return item_error(ErrorKind::cancelled, "the receiver stopped");
  return bytes;
}

// "2.1.3" may name a part of the message that part 2 or 2.1 is. Recursion is bounded by `depth_left`.
Result<std::uint64_t> extract(std::string_view raw, std::string_view path,
                              const std::function<bool(std::string_view)>& sink, const ParseLimits& limits,
                              std::size_t depth_left) {
  Diagnostics ignored;
  const Structure structure = read_structure(raw, limits, ignored);
  if (const Part* part = find_part(structure.root, path); part != nullptr && !part->is_multipart())
    return send_decoded(*part, sink);
  for (std::size_t dot = path.rfind('.'); dot != path.npos && dot > 0 && depth_left > 0;
       dot = path.rfind('.', dot - 1)) {
    const Part* part = find_part(structure.root, path.substr(0, dot));
    if (part == nullptr || part->type.type() != "message") continue;
    const std::string nested = decode_transfer(part->body, part->encoding, limits.message_bytes);
    return extract(nested, path.substr(dot + 1), sink, limits, depth_left - 1);
  }
  return item_error(ErrorKind::not_found, "the message has no such part");
}

}  // namespace

Result<std::uint64_t> extract_attachment(std::string_view raw, std::string_view part_path,
                                         const std::function<bool(std::string_view chunk)>& sink) {
  const ParseLimits limits;
  return extract(raw, part_path, sink, limits, limits.message_depth);
}

}  // namespace hermod::mime
