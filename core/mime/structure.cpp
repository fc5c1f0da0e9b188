#include <core/mime/structure.hpp>

#include <algorithm>
#include <charconv>

#include <core/mime/ascii.hpp>
#include <core/mime/multipart.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t sniffed_bytes = 512;
constexpr std::size_t boundaries_max = 4;            // of those declared for one multipart
constexpr std::size_t line_end_sample_bytes = 4096;  // whoever breaks line ends breaks those of the headers

// Drops what stands in front of the first header: byte order mark, blanks, a mailbox file's "From " line.
std::string_view without_preamble(std::string_view raw) {
  if (raw.starts_with("\xEF\xBB\xBF")) raw.remove_prefix(3);
  while (!raw.empty() && ascii_space(raw.front())) raw.remove_prefix(1);
  const bool from_line =
      (raw.starts_with("From ") || raw.starts_with(">From ")) && !raw.starts_with("From :");
  if (from_line) raw.remove_prefix(std::min(raw.find('\n'), raw.size() - 1) + 1);
  return raw;
}

// Messages whose lines end in CR alone or in CR CR LF; a bare CR within lines is common and left alone.
bool has_broken_line_ends(std::string_view raw) {
  const std::string_view sample = raw.substr(0, line_end_sample_bytes);
  const auto carriage_returns = std::ranges::count(sample, '\r'), newlines = std::ranges::count(sample, '\n');
  return carriage_returns > newlines + newlines / 2 + 1;
}

std::string with_newlines(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\r'), raw.size());
    text.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    const std::size_t run = std::min(raw.find_first_not_of('\r'), raw.size());
    raw.remove_prefix(run);
    if (!raw.starts_with('\n')) text.append(run, '\n');
  }
  return text;
}

bool is_media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < type.size();
}

std::string_view sniffed_type(std::string_view body, TransferEncoding encoding) {
  const std::string start = decode_transfer(body.substr(0, 2 * sniffed_bytes), encoding, sniffed_bytes);
  for (const std::string_view tag : {"<html", "<!doctype html", "<body"})
    if (ascii_find(start, tag) != std::string_view::npos) return "text/html";
  const bool printable = std::ranges::none_of(
      start, [](char c) { return (c >= 0 && c < ' ' && !ascii_space(c) && c != '\x1B') || c == 0x7F; });
  return printable ? "text/plain" : "application/octet-stream";
}

class StructureReader {
 public:
  StructureReader(Structure& structure, const ParseLimits& limits, Diagnostics& diagnostics)
      : structure_(structure), limits_(limits), diagnostics_(diagnostics), parts_left_(limits.parts) {}

  void read_root(std::string_view raw) {
    Part& root = structure_.root;
    const std::string_view body = read_headers(root, raw, "text/plain");
    if (root.type.type() == "multipart") read_multipart(root, body, 1);
    if (!root.is_multipart()) root.path = "1";
  }

 private:
  // Gives the body.
  std::string_view read_headers(Part& part, std::string_view bytes, std::string_view default_type) {
    part.headers =
        split_header_block(bytes, {limits_.header_block_bytes, limits_.header_bytes, limits_.headers});
    if (part.headers.cut) diagnostics_.lost("header_limit");
    if (part.headers.invalid_line) diagnostics_.note("invalid_header_line");
    part.body = bytes.substr(std::min(part.headers.body_start, bytes.size()));
    part.encoding = read_encoding(part);
    bool declared = false;
    for (const RawField& field : part.headers.fields) {
      if (!ascii_equal(field.name, "Content-Type")) continue;
      declared = true;
      part.type = Parameters(field.value);
      if (is_media_type(part.type.value())) return part.body;
    }
    if (declared) diagnostics_.note("content_type_invalid");
    part.type = Parameters(declared ? sniffed_type(part.body, part.encoding) : default_type);
    return part.body;
  }

  TransferEncoding read_encoding(const Part& part) {
    const auto declared = transfer_encoding_from(field_value(part.headers, "Content-Transfer-Encoding"));
    const auto effective = effective_encoding(part.body, declared);
    if (effective != declared) diagnostics_.note("transfer_encoding_wrong");
    return effective;
  }

  MultipartPieces split(std::string_view body, std::string_view boundary, std::size_t depth) {
    const std::size_t depth_left = limits_.mime_depth - std::min(depth, limits_.mime_depth) + 1;
    MultipartPieces pieces = split_multipart(body, trimmed(boundary), {depth_left, parts_left_});
    if (pieces.limited) diagnostics_.lost("part_limit");
    return pieces;
  }

  // The declared boundaries, then those of the decoded body, then what looks like one.
  MultipartPieces find_pieces(const Part& part, std::string_view& body, std::size_t depth) {
    const std::string boundary = part.type.text("boundary").value_or("");
    MultipartPieces pieces = split(body, boundary, depth);
    std::size_t tried = 1;
    for (const std::string_view other : part.type.all_raw("boundary"))
      if (pieces.pieces.empty() && !pieces.limited && other != boundary && ++tried <= boundaries_max)
        pieces = split(body, other, depth);
    if (!pieces.pieces.empty() || pieces.limited) return pieces;
    if (part.encoding != TransferEncoding::identity) {
      body = own(decode_transfer(body, part.encoding, limits_.message_bytes));
      diagnostics_.note("multipart_encoded");
      pieces = split(body, boundary, depth);
      if (!pieces.pieces.empty()) return pieces;
    }
    const std::string_view token = likely_boundary(body);
    if (!token.empty()) pieces = split(body, token, depth);
    if (!pieces.pieces.empty()) diagnostics_.note("boundary_guessed");
    return pieces;
  }

  void read_multipart(Part& part, std::string_view body, std::size_t depth) {
    if (depth > limits_.mime_depth) return become_text(part, body, "part_limit");
    const MultipartPieces pieces = find_pieces(part, body, depth);
    if (!pieces.pieces.empty()) return read_children(part, pieces.pieces, depth);
    // A multipart of no parts has its last delimiter at once.
    const std::string closing = "--" + part.type.text("boundary").value_or("") + "--";
    if (trimmed(body).starts_with(closing)) body = {};
    become_text(part, body, "boundary_missing");
  }

  // A multipart without parts is shown as what it looks like.
  void become_text(Part& part, std::string_view body, std::string_view code) {
    if (!trimmed(body).empty()) diagnostics_.lost(code);
    if (!structure_.owned.empty() && body.data() == structure_.owned.back().data())
      part.encoding = TransferEncoding::identity;  // it has been decoded in the search
    part.body = body;
    part.type = Parameters(sniffed_type(body, part.encoding));
  }

  void read_children(Part& part, const std::vector<Piece>& pieces, std::size_t depth) {
    const bool digest = part.type.value() == "multipart/digest";
    for (const Piece& piece : pieces) {
      if (parts_left_ == 0) return diagnostics_.lost("part_limit");
      --parts_left_;
      Part& child = part.children.emplace_back();
      child.path = part.path + (part.path.empty() ? "" : ".") + std::to_string(part.children.size());
      read_piece(child, piece, digest ? "message/rfc822" : "text/plain", depth);
    }
  }

  void read_piece(Part& part, const Piece& piece, std::string_view default_type, std::size_t depth) {
    const std::string_view body = read_headers(part, piece.bytes, default_type);
    if (!piece.children.empty())
      read_children(part, piece.children, depth + 1);
    else if (part.type.type() == "multipart")
      read_multipart(part, body, depth + 1);
  }

  std::string_view own(std::string bytes) { return structure_.owned.emplace_back(std::move(bytes)); }

  Structure& structure_;
  const ParseLimits& limits_;
  Diagnostics& diagnostics_;
  std::size_t parts_left_;
};

}  // namespace

std::string_view message_start(std::string_view raw, std::deque<std::string>& owned,
                               const ParseLimits& limits, Diagnostics& diagnostics) {
  if (raw.size() > limits.message_bytes) {
    diagnostics.lost("message_limit");
    raw = raw.substr(0, limits.message_bytes);
  }
  if (has_broken_line_ends(raw)) {
    diagnostics.note("line_ends_repaired");
    raw = owned.emplace_back(with_newlines(raw));
  }
  return without_preamble(raw);
}

Structure read_structure(std::string_view raw, const ParseLimits& limits, Diagnostics& diagnostics) {
  Structure structure;
  const std::string_view message = message_start(raw, structure.owned, limits, diagnostics);
  StructureReader(structure, limits, diagnostics).read_root(message);
  return structure;
}

const Part* find_part(const Part& root, std::string_view path) {
  if (!root.is_multipart()) return path == root.path ? &root : nullptr;
  const Part* part = &root;
  while (!path.empty()) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
    if (error != std::errc() || number == 0 || number > part->children.size()) return nullptr;
    part = &part->children[number - 1];
    path.remove_prefix(static_cast<std::size_t>(end - path.data()));
    if (path.size() == 1 || (!path.empty() && path.front() != '.')) return nullptr;
    if (!path.empty()) path.remove_prefix(1);
  }
  return part == &root ? nullptr : part;
}

}  // namespace hermod::mime
