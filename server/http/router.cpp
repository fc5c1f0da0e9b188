#include "server/http/router.hpp"

#include <cstdio>
#include <cstdlib>

namespace hermod::server {
namespace {

[[noreturn]] void mistake(std::string_view what, std::string_view pattern) {
  std::fprintf(stderr, "route %.*s: %.*s\n", static_cast<int>(pattern.size()), pattern.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace

void Router::add(Method method, std::string_view pattern, Access access, Handler handler) {
  const auto segments = split_path(pattern);
  if (!segments) mistake(segments.error().message, pattern);
  Node* node = &root_;
  for (const std::string& segment : *segments) {
    const bool parameter = segment.starts_with('{') && segment.ends_with('}');
    auto& child = parameter ? node->parameter : node->literals[segment];
    if (parameter) {
      const std::string name = segment.substr(1, segment.size() - 2);
      if (child && node->parameter_name != name) mistake("another route names this part otherwise", pattern);
      node->parameter_name = name;
    }
    if (!child) child = std::make_unique<Node>();
    node = child.get();
  }
  const bool added =
      node->routes.try_emplace(method, std::string(pattern), access, std::move(handler)).second;
  if (!added) mistake("added twice", pattern);
}

// A node with routes at the end of the segments; literals first, then back to the parameter.
const Router::Node* Router::descend(const Node& node, const std::vector<std::string>& segments,
                                    std::size_t depth, Match& match) {
  if (depth == segments.size()) return node.routes.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments[depth]); literal != node.literals.end()) {
    if (const Node* found = descend(*literal->second, segments, depth + 1, match)) return found;
  }
  if (!node.parameter || segments[depth].empty()) return nullptr;
  const Node* found = descend(*node.parameter, segments, depth + 1, match);
  if (found != nullptr) match.path.insert_or_assign(node.parameter_name, segments[depth]);
  return found;
}

Router::Match Router::find(Method method, const std::vector<std::string>& segments) const {
  Match match;
  const Node* node = descend(root_, segments, 0, match);
  if (node == nullptr) return match;
  for (const auto& [offered, route] : node->routes) {
    match.allow.push_back(to_string(offered));
    if (offered == method) match.route = &route;
  }
  return match;
}

std::string Router::allow_header(const Match& match) {
  std::string allow;
  for (const std::string_view method : match.allow) {
    allow.append(method).append(method == "GET" ? ", HEAD, " : ", ");
  }
  return allow + "OPTIONS";
}

}  // namespace hermod::server
