#include <core/mime/message.hpp>

#include <charconv>

#include <core/mime/enclosed_files.hpp>
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

using Sink = std::function<bool(std::string_view)>;

Error no_such_part() { return item_error(ErrorKind::not_found, "the message has no such part"); }

Result<std::uint64_t> send_decoded(std::string_view body, TransferEncoding encoding, const Sink& sink) {
  std::uint64_t bytes = 0;
  const bool complete = decode_transfer(body, encoding, [&](std::string_view chunk) {
    bytes += chunk.size();
    return sink(chunk);
  });
  if (!complete) return item_error(ErrorKind::cancelled, "the receiver stopped");
  return bytes;
}

// `number` is what follows the mark in "2~1".
Result<std::uint64_t> send_enclosed(const Part& part, std::string_view number, const ParseLimits& limits,
                                    const Sink& sink) {
  const EnclosedFiles enclosed = read_enclosed_files(part, limits);
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), position);
  if (error != std::errc() || end != number.data() + number.size() || position == 0 ||
      position > enclosed.files.size())
    return no_such_part();
  const EnclosedFile& file = enclosed.files[position - 1];
  return send_decoded(file.body, file.encoding, sink);
}

// "2.1.3" may name a part of the message that part 2 or 2.1 is. Recursion is bounded by `depth_left`.
Result<std::uint64_t> extract(std::string_view raw, std::string_view path, const Sink& sink,
                              const ParseLimits& limits, std::size_t depth_left) {
  Diagnostics ignored;
  const Structure structure = read_structure(raw, limits, ignored);
  const std::size_t mark = path.find(enclosed_mark);
  if (const Part* part = find_part(structure.root, path.substr(0, mark));
      part != nullptr && !part->is_multipart())
    return mark == path.npos ? send_decoded(part->body, part->encoding, sink)
                             : send_enclosed(*part, path.substr(mark + 1), limits, sink);
  for (std::size_t dot = path.rfind('.'); dot != path.npos && dot > 0 && depth_left > 0;
       dot = path.rfind('.', dot - 1)) {
    const Part* part = find_part(structure.root, path.substr(0, dot));
    if (part == nullptr || part->type.type() != "message") continue;
    const std::string nested = decode_transfer(part->body, part->encoding, limits.message_bytes);
    return extract(nested, path.substr(dot + 1), sink, limits, depth_left - 1);
  }
  return no_such_part();
}

}  // namespace

Result<std::uint64_t> extract_attachment(std::string_view raw, std::string_view part_path,
                                         const std::function<bool(std::string_view chunk)>& sink) {
  const ParseLimits limits;
  return extract(raw, part_path, sink, limits, limits.message_depth);
}

}  // namespace hermod::mime
