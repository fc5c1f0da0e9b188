#include <core/mime/body.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include <core/mime/ascii.hpp>
#include <core/mime/body_parts.hpp>
#include <core/mime/enclosed_files.hpp>
#include <core/mime/encoded_word.hpp>
#include <core/mime/file_name.hpp>
#include <core/mime/html_document.hpp>
#include <core/mime/html_text.hpp>
#include <core/mime/snippet.hpp>
#include <core/mime/text_part.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t html_frame_bytes = 1024;                          // around a text, however short
constexpr std::size_t nested_header_bytes_max = std::size_t{64} << 10;  // read for a nested message's subject

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Size and SHA-256 of the decoded bytes, without keeping them.
void measure(std::string_view body, TransferEncoding encoding, Attachment& attachment) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  decode_transfer(body, encoding, [&](std::string_view chunk) {
    attachment.size += chunk.size();
    EVP_DigestUpdate(digest.get(), chunk.data(), chunk.size());
    return true;
  });
  EVP_DigestFinal_ex(digest.get(), attachment.sha256.data(), nullptr);
}

std::string nested_message_name(const Part& part) {
  const std::string start = decode_transfer(part.body, part.encoding, nested_header_bytes_max);
  const HeaderBlock headers = split_header_block(start, {start.size(), start.size(), 1000});
  std::string subject = decode_header_text(unfolded(field_value(headers, "Subject")));
  std::ranges::replace(subject, '/', '_');
  std::ranges::replace(subject, '\\', '_');
  return subject.empty() ? std::string() : clean_file_name(subject + ".eml");
}

Attachment describe(const Part& part, std::size_t number) {
  const Parameters disposition(field_value(part.headers, "Content-Disposition"));
  Attachment attachment;
  attachment.part_path = part.path;
  attachment.content_type = decode_header_text(part.type.value());
  attachment.content_id = content_id(part);
  attachment.content_disposition = decode_header_text(disposition.value());
  attachment.filename = sent_file_name(part, disposition);
  if (attachment.filename.empty() && part.type.type() == "message")
    attachment.filename = nested_message_name(part);
  if (attachment.filename.empty()) attachment.filename = default_file_name(attachment.content_type, number);
  measure(part.body, part.encoding, attachment);
  return attachment;
}

// The files within a part that is shown or an attachment itself.
void add_enclosed(const Part& part, const ParseLimits& limits, std::vector<Attachment>& attachments) {
  const EnclosedFiles enclosed = read_enclosed_files(part, limits);
  std::size_t number = 0;
  for (const EnclosedFile& file : enclosed.files) {
    Attachment attachment;
    attachment.part_path = part.path + enclosed_mark + std::to_string(++number);
    attachment.content_type = file.content_type;
    attachment.content_id = file.content_id;
    attachment.filename =
        file.filename.empty() ? default_file_name(file.content_type, attachments.size() + 1) : file.filename;
    measure(file.body, file.encoding, attachment);
    attachments.push_back(std::move(attachment));
  }
}

// The shown parts put together.
struct Rendering {
  std::string html, text, own_text;
};

class BodyRenderer {
 public:
  BodyRenderer(const ParseLimits& limits, Diagnostics& diagnostics)
      : limits_(limits), bytes_left_(limits.decoded_text_bytes), diagnostics_(diagnostics) {}

  Rendering render(const std::vector<const Part*>& parts) {
    Rendering all;
    for (const Part* part : parts) {
      std::string text = decode_text_part(*part, limits_, bytes_left_, diagnostics_);
      bytes_left_ -= std::min(bytes_left_, text.size());
      is_html(*part) ? add_html(std::move(text), all) : add_plain(text, text_format(*part), all);
    }
    all.text = trimmed(all.text);
    return all;
  }

 private:
  static void add_html(std::string html, Rendering& all) {
    const HtmlText visible = html_to_text(html);
    if (all.html.empty())
      all.html = std::move(html);
    else
      all.html.append(html);
    add_text(visible.text, visible.own_text, all);
  }
  void add_plain(std::string_view text, TextFormat format, Rendering& all) {
    const std::size_t html_bytes_max = 2 * limits_.decoded_text_bytes + html_frame_bytes;
    const std::string html =
        plain_text_to_html(text, format, html_bytes_max - std::min(all.html.size(), html_bytes_max));
    all.html += html;
    if (all.html.size() >= html_bytes_max) diagnostics_.lost("text_limit");
    const std::string lines = unflowed(text, format);
    add_text(lines, std::string_view(lines).substr(0, own_bytes_max), all);
  }
  // A blank line between the parts.
  static void add_text(std::string_view text, std::string_view own_text, Rendering& all) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return;
    if (!all.text.empty()) all.text += "\n\n";
    all.text.append(text);
    all.own_text.append(own_text).append("\n");
  }

  const ParseLimits& limits_;
  std::size_t bytes_left_;
  Diagnostics& diagnostics_;
};

bool shows_images(std::string_view html) { return ascii_find(html, "<img") != std::string_view::npos; }

Rendering render_body(const BodyParts& parts, const ParseLimits& limits, Diagnostics& diagnostics) {
  BodyRenderer renderer(limits, diagnostics);
  Rendering shown = renderer.render(parts.shown);
  if (!shown.text.empty() || parts.plain.empty()) return shown;
  // The HTML has no words. If it has pictures it is still what is shown, but the plain form can be searched.
  Rendering plain = renderer.render(parts.plain);
  if (shows_images(shown.html)) plain.html = std::move(shown.html);
  return plain;
}

}  // namespace

void read_body(const Part& root, const ParseLimits& limits, Diagnostics& diagnostics,
               ParsedMessage& message) {
  const BodyParts parts = choose_body_parts(root);
  Rendering body = render_body(parts, limits, diagnostics);
  message.has_html = parts.has_html;
  message.has_plain = parts.has_plain;
  message.snippet = make_snippet(body.own_text, limits.snippet_characters);
  if (message.snippet.empty()) message.snippet = make_snippet(body.text, limits.snippet_characters);
  std::unordered_set<std::string> referenced;
  if (message.has_html && !parts.attachments.empty()) referenced = referenced_parts(body.html);
  for (const Part* part : parts.shown) add_enclosed(*part, limits, message.attachments);
  for (const Part* part : parts.plain) add_enclosed(*part, limits, message.attachments);
  for (const Part* part : parts.attachments) {
    Attachment attachment = describe(*part, message.attachments.size() + 1);
    const std::string location = decode_header_text(unfolded(field_value(part->headers, "Content-Location")));
    attachment.is_inline = attachment.content_disposition == "inline" ||
                           referenced.contains(attachment.content_id) ||
                           (!location.empty() && referenced.contains(location));
    message.attachments.push_back(std::move(attachment));
    if (part->type.type() != "text") add_enclosed(*part, limits, message.attachments);
  }
  message.has_attachments =
      std::ranges::any_of(message.attachments, [](const auto& each) { return !each.is_inline; });
  message.body_html = std::move(body.html);
  message.body_text = std::move(body.text);
}

}  // namespace hermod::mime
