// Sorts the leaves of a message into those shown as its text and the attachments. Points into the tree given.
#pragma once

#include <vector>

#include <core/mime/structure.hpp>

namespace hermod::mime {

struct BodyParts {
  std::vector<const Part*> shown;  // text/plain and text/html, in order
  std::vector<const Part*> plain;  // the plain form, if what is shown has another one
  std::vector<const Part*> attachments;
  bool has_html = false;
  bool has_plain = false;
};

BodyParts choose_body_parts(const Part& root);

// The bare id of a Content-ID header, "" without one.
std::string content_id(const Part& part);

inline bool is_html(const Part& part) { return part.type.value() == "text/html"; }

}  // namespace hermod::mime
