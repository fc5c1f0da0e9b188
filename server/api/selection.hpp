// Selection: which members of an object an answer carries, by the `select` parameter. Without it, all.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "server/http/url.hpp"

namespace hermod::server {

class Selection {
 public:
  Selection() = default;
  explicit Selection(std::vector<std::string> names) : names_(std::move(names)) { std::erase(names_, ""); }
  static Selection of(const Query& query) { return Selection(query.all("select", ',')); }

  bool everything() const { return names_.empty(); }
  bool has(std::string_view name) const { return everything() || names(name); }
  bool names(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

 private:
  std::vector<std::string> names_;
};

}  // namespace hermod::server
