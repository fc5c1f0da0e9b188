// Router: finds the handler for a method and a decoded path.
//
// A pattern is "/v3/grants/{grant}/messages/{message}"; a literal segment wins over a {name}, so that
// "/v3/webhooks/ip-addresses" and "/v3/webhooks/{webhook}" go together. Filled at start, read-only
// afterwards, then safe from every thread. Limits: as many segments as url.hpp allows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/reply.hpp"

namespace hermod::server {

enum class Access : std::uint8_t {
  key,   // the authenticator must name a Principal
  open,  // anyone; the handler authenticates by its own means, or tells nothing worth protecting
};

struct Route {
  std::string pattern;  // for metrics and logs, which must not hold ids
  Access access = Access::key;
  Handler handler;
};

class Router {
 public:
  // Adding the same method and pattern twice is a mistake of ours and aborts.
  void add(Method method, std::string_view pattern, Access access, Handler handler);
  void get(std::string_view pattern, Handler handler) {
    add(Method::get, pattern, Access::key, std::move(handler));
  }
  void post(std::string_view pattern, Handler handler) {
    add(Method::post, pattern, Access::key, std::move(handler));
  }
  void put(std::string_view pattern, Handler handler) {
    add(Method::put, pattern, Access::key, std::move(handler));
  }
  void patch(std::string_view pattern, Handler handler) {
    add(Method::patch, pattern, Access::key, std::move(handler));
  }
  void del(std::string_view pattern, Handler handler) {
    add(Method::del, pattern, Access::key, std::move(handler));
  }

  struct Match {
    const Route* route = nullptr;         // null: no such path, or, with `allow`, not with this method
    std::vector<std::string_view> allow;  // the methods that the path has; empty: no such path
    std::map<std::string, std::string, std::less<>> path;
  };
  Match find(Method method, const std::vector<std::string>& segments) const;

  // The methods of a path as the Allow header lists them, HEAD and OPTIONS included.
  static std::string allow_header(const Match& match);

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::string parameter_name;
    std::map<Method, Route> routes;
  };

  static const Node* descend(const Node& node, const std::vector<std::string>& segments, std::size_t depth,
                             Match& match);

  Node root_;
};

}  // namespace hermod::server
