// The one symbol a plugin exports, and the checks that keep binaries apart which do not fit together.
//
// Within a major version no struct of the boundary and no interface that a plugin implements ever changes. The
// fingerprint is the standard library, its ABI switch and debug mode, the pointer width and a hash of the size
// and alignment of every boundary type; it does not hold the compiler's ABI version, which differs between
// compilers whose code works together.
#pragma once

#include "hermod/provider.hpp"
#include "hermod/race.hpp"
#include "hermod/channel.hpp"

namespace hermod {

inline constexpr std::uint32_t api_major = 1;
inline constexpr std::uint32_t api_minor = 0;
inline constexpr std::uint64_t plugin_magic = 0x31474C504D524548;  // "HERMPLG1", little-endian
inline constexpr const char* plugin_symbol = "hermod_plugin";

enum class PluginStatus : std::uint8_t { alpha, beta, stable };
enum class SecurityPosture : std::uint8_t { trusted_server_only, hostile_server };  // what it was tested against

namespace detail {
template <class... Types>
constexpr std::uint64_t layout_hash() {
  std::uint64_t hash = 0xcbf29ce484222325;
  ((hash = (hash ^ sizeof(Types)) * 0x100000001b3, hash = (hash ^ alignof(Types)) * 0x100000001b3), ...);
  return hash;
}
}  // namespace detail

constexpr std::uint64_t fingerprint() {
  std::uint64_t hash = detail::layout_hash<
      void*, std::string, std::vector<int>, std::optional<std::string>, std::map<std::string, int>, Error,
      Retry, Result<std::string>, Context, Timer, CancelHook, PromiseBase, Task<Status>::promise_type,
      Task<Result<std::string>>, WaitQueue::Awaiter, Collection, CollectionPage, Item, MessageSummary,
      Removal, ChangePage, FetchLimits, KnownItem, ItemKeys, FoundItem, PluginState, Mutation,
      MutationOutcome, MovedCollection, ConnectOptions, HttpRequest, HttpHeader, DnsRecord, LogField, Settings, SettingValue,
      SettingDeclaration, SessionTraits, PushEvent, Submission, SubmissionOutcome, SearchQuery,
      OAuth2Endpoints, InboundRequest, InboundReply, ProviderDescription, Detection, Credentials>();
#if defined(__GLIBCXX__)
  hash = (hash ^ 1) * 0x100000001b3;
#if _GLIBCXX_USE_CXX11_ABI
  hash = (hash ^ 2) * 0x100000001b3;
#endif
#if defined(_GLIBCXX_DEBUG)
  hash = (hash ^ 3) * 0x100000001b3;
#endif
#elif defined(_LIBCPP_VERSION)
  hash = (hash ^ 4 ^ (static_cast<std::uint64_t>(_LIBCPP_ABI_VERSION) << 8)) * 0x100000001b3;
#endif
  return hash;
}

// Read before anything else of the plugin is touched. Plain C layout; only `struct_size` may grow.
struct PluginDescriptor {
  std::uint64_t magic;
  std::uint32_t struct_size;
  std::uint32_t major;
  std::uint32_t minor;
  std::uint32_t reserved;
  std::uint64_t fingerprint;
  const char* name;     // [a-z0-9-]{1,32}; the file is hermod-NAME.so
  const char* version;
  PluginStatus status;
  SecurityPosture posture;
  Provider* (*create)();  // called once; the host never deletes it, as it never unloads a plugin
};

}  // namespace hermod

#define HERMOD_PLUGIN(name_, version_, status_, posture_, provider_type_)                                    \
  extern "C" __attribute__((visibility("default"))) const ::hermod::PluginDescriptor hermod_plugin;          \
  extern "C" const ::hermod::PluginDescriptor hermod_plugin = {                                              \
      ::hermod::plugin_magic, sizeof(::hermod::PluginDescriptor), ::hermod::api_major, ::hermod::api_minor, 0, \
      ::hermod::fingerprint(), name_, version_, status_, posture_,                                           \
      []() -> ::hermod::Provider* { return new provider_type_(); }}
