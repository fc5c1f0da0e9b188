#include <core/mime/body_parts.hpp>

#include <algorithm>
#include <utility>

#include <core/mime/encoded_word.hpp>
#include <core/mime/file_name.hpp>

namespace hermod::mime {
namespace {

using Parts = std::vector<const Part*>;

bool is_text(const Part& part) { return part.type.value() == "text/plain" || is_html(part); }
bool any_html(const Parts& parts) {
  return std::ranges::any_of(parts, [](const Part* part) { return is_html(*part); });
}

class PartSorter {
 public:
  // Recursion is bounded by ParseLimits::mime_depth.
  Parts visit(const Part& part) {
    if (!part.is_multipart()) return visit_leaf(part);
    if (part.type.value() == "multipart/alternative") return visit_alternative(part);
    if (part.type.value() == "multipart/related") return visit_related(part);
    Parts shown;
    for (const Part& child : part.children) std::ranges::copy(visit(child), std::back_inserter(shown));
    return shown;
  }

  BodyParts result;

 private:
  Parts visit_leaf(const Part& part) {
    if (is_body(part)) {
      (is_html(part) ? result.has_html : result.has_plain) = true;
      return {&part};
    }
    result.attachments.push_back(&part);
    return {};
  }

  bool is_body(const Part& part) const {
    if (!is_text(part)) return false;
    const Parameters disposition(field_value(part.headers, "Content-Disposition"));
    if (disposition.value() == "attachment") return false;
    // A text with a name is a file, unless it is all the text there is so far.
    return (!result.has_html && !result.has_plain) || sent_file_name(part, disposition).empty();
  }

  Parts visit_alternative(const Part& part) {
    Parts chosen, plain;
    for (const Part& child : part.children) {
      if (child.type.value() == "text/x-amp-html") continue;  // a third form of the same text
      Parts form = visit(child);
      if (form.empty()) continue;
      const bool html = any_html(form);
      if (!html && plain.empty()) plain = form;
      if (html || !any_html(chosen)) chosen = std::move(form);
    }
    if (any_html(chosen) && result.plain.empty()) result.plain = std::move(plain);
    return chosen;
  }

  Parts visit_related(const Part& part) {
    const Part& root = related_root(part);
    Parts shown = visit(root);
    for (const Part& child : part.children)
      if (&child != &root) add_attachments(child);
    return shown;
  }

  static const Part& related_root(const Part& part) {
    const std::string start = part.type.text("start").value_or("");
    for (const Part& child : part.children)
      if (!start.empty() && start == "<" + content_id(child) + ">") return child;
    for (const Part& child : part.children)
      if (child.is_multipart() || is_text(child)) return child;
    return part.children.front();
  }

  void add_attachments(const Part& part) {
    if (!part.is_multipart()) result.attachments.push_back(&part);
    for (const Part& child : part.children) add_attachments(child);
  }
};

}  // namespace

BodyParts choose_body_parts(const Part& root) {
  PartSorter sorter;
  sorter.result.shown = sorter.visit(root);
  return std::move(sorter.result);
}

std::string content_id(const Part& part) {
  std::string id = decode_header_text(unfolded(field_value(part.headers, "Content-ID")));
  if (id.starts_with('<')) id.erase(0, 1);
  if (id.ends_with('>')) id.pop_back();
  return id;
}

}  // namespace hermod::mime
