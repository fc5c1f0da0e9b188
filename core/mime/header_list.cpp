#include <core/mime/message.hpp>

#include <core/mime/ascii.hpp>

namespace hermod::mime {

const Header* find_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers)
    if (ascii_equal(header.name, name)) return &header;
  return nullptr;
}

std::vector<Header> basic_headers(const std::vector<Header>& headers) {
  std::vector<Header> basic;
  for (const Header& header : headers)
    for (const std::string_view name : {"Message-ID", "In-Reply-To", "References"})
      if (ascii_equal(header.name, name)) basic.push_back(header);
  return basic;
}

}  // namespace hermod::mime
