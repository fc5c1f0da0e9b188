// Result<T>, Error: how every call of the plugin API reports failure. No exception crosses the plugin boundary.
//
// An Error says WHAT went wrong (kind), HOW FAR it reaches (scope) and WHEN to try again (retry); the engine
// acts on these three alone. `message` is short and factual and may be shown to the API's callers; `detail` is
// for the log; `hint` says what to do; `provider_code` is the server's own code. None may hold a secret, an
// address, a subject or a body.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace hermod {

enum class ErrorKind : std::uint8_t {
  auth,            // credentials refused; needs the user
  denied,          // authenticated, but not allowed to do this
  not_found,       // the object named is not there
  conflict,        // the object changed meanwhile, or exists already
  rate_limited,    // the server asks to slow down; see Retry::after
  cursor_invalid,  // the cursor cannot be used any more; take a fresh snapshot
  unsupported,     // the provider cannot do this at all
  invalid_data,    // the peer sent something that cannot be understood
  invalid_argument,// the caller asked for something that makes no sense
  limit,           // a named maximum of ours or a quota of the server's was exceeded
  unavailable,     // network or server down, connection lost
  timeout,         // a deadline passed
  cancelled,       // the call was cancelled
  internal,        // our own mistake
};

enum class ErrorScope : std::uint8_t { item, collection, account, provider };

struct Retry {
  enum class When : std::uint8_t { never, now, after, after_user_action };
  When when = When::never;
  std::chrono::milliseconds delay{0};  // with `after`; 0: the engine's own back-off

  static constexpr Retry never() { return {}; }
  static constexpr Retry now() { return {When::now, {}}; }
  static constexpr Retry after(std::chrono::milliseconds delay = {}) { return {When::after, delay}; }
  static constexpr Retry after_user_action() { return {When::after_user_action, {}}; }
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  ErrorScope scope = ErrorScope::account;
  Retry retry{};
  std::string message;
  std::string detail;
  std::string hint;
  std::string provider_code;
};

// The enumerator's name, as it is written in JSON and in the log.
constexpr std::string_view to_string(ErrorKind kind) {
  constexpr std::string_view names[] = {"auth",         "denied",           "not_found", "conflict",    "rate_limited",
                                        "cursor_invalid", "unsupported",    "invalid_data", "invalid_argument",
                                        "limit",        "unavailable",      "timeout",   "cancelled",   "internal"};
  return names[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(ErrorScope scope) {
  constexpr std::string_view names[] = {"item", "collection", "account", "provider"};
  return names[static_cast<std::size_t>(scope)];
}

struct Unit {
  friend constexpr bool operator==(Unit, Unit) { return true; }
};

// A value or an Error. Asking for the wrong one throws std::bad_variant_access (a programming mistake).
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  T value_or(T fallback) && { return has_value() ? std::move(*this).value() : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

// The result of a call that has nothing to give back but success.
using Status = Result<Unit>;
inline Status ok() { return Unit{}; }

}  // namespace hermod
