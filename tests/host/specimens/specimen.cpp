// A plugin that does nothing, built many times with one thing wrong each: see CMakeLists.txt for the
// definitions.
#include <cstdint>
#include <stdexcept>

#include <hermod/plugin.hpp>

#ifndef SPECIMEN_NAME
#define SPECIMEN_NAME "good"
#endif
#ifndef SPECIMEN_PROVIDER
#define SPECIMEN_PROVIDER SPECIMEN_NAME
#endif
#ifndef SPECIMEN_MAGIC
#define SPECIMEN_MAGIC hermod::plugin_magic
#endif
#ifndef SPECIMEN_SIZE
#define SPECIMEN_SIZE sizeof(hermod::PluginDescriptor)
#endif
#ifndef SPECIMEN_MAJOR
#define SPECIMEN_MAJOR hermod::api_major
#endif
#ifndef SPECIMEN_MINOR
#define SPECIMEN_MINOR hermod::api_minor
#endif
#ifndef SPECIMEN_FINGERPRINT
#define SPECIMEN_FINGERPRINT hermod::fingerprint()
#endif
#ifndef SPECIMEN_STATUS
#define SPECIMEN_STATUS stable
#endif

#if defined(SPECIMEN_UNRESOLVED)
extern "C" void hermod_specimen_missing_function();
#endif

namespace {

using namespace hermod;

class SpecimenProvider final : public Provider {
 public:
  ProviderDescription describe() const override {
#if defined(SPECIMEN_DESCRIBE_THROWS)
    throw std::runtime_error("describe of the specimen");
#else
    ProviderDescription description;
    description.provider = SPECIMEN_PROVIDER;
    description.settings = {
        {"port", SettingType::integer, SettingUse::operator_, false, "Default 993.", 1, 65535},
        {"mode", SettingType::string, SettingUse::operator_, false, "Default fast.", 0, 0, {"fast", "slow"}},
        {"email", SettingType::string, SettingUse::account, true, "The account's address."},
#if defined(SPECIMEN_REQUIRED_KEY)
        {"endpoint", SettingType::string, SettingUse::operator_, true, "Where to connect."},
#endif
    };
    return description;
#endif
  }
  Task<Result<Detection>> detect(std::string, Host&) override { co_return Detection{}; }
  Task<Result<std::unique_ptr<Session>>> open(Settings, Credentials, Host&) override {
    co_return Error{
        ErrorKind::unsupported, ErrorScope::account, Retry::never(), "a specimen opens nothing", {}, {}, {}};
  }
  Facet* facet(std::string_view) override { return nullptr; }
};

[[maybe_unused]] Provider* create_provider() {
#if defined(SPECIMEN_UNRESOLVED)
  hermod_specimen_missing_function();
#endif
#if defined(SPECIMEN_CREATE_THROWS)
  throw std::runtime_error("create of the specimen");
#elif defined(SPECIMEN_CREATE_NULL)
  return nullptr;
#else
  return new SpecimenProvider;
#endif
}

}  // namespace

#define SPECIMEN_EXPORT extern "C" __attribute__((visibility("default")))
#if defined(SPECIMEN_TINY)
SPECIMEN_EXPORT const std::uint64_t hermod_plugin;
extern "C" const std::uint64_t hermod_plugin = hermod::plugin_magic;  // nothing behind it
#elif !defined(SPECIMEN_NO_SYMBOL)
SPECIMEN_EXPORT const hermod::PluginDescriptor hermod_plugin;
extern "C" const hermod::PluginDescriptor hermod_plugin = {SPECIMEN_MAGIC,
                                                           SPECIMEN_SIZE,
                                                           SPECIMEN_MAJOR,
                                                           SPECIMEN_MINOR,
                                                           0,
                                                           SPECIMEN_FINGERPRINT,
                                                           SPECIMEN_NAME,
                                                           "1.2.3",
                                                           hermod::PluginStatus::SPECIMEN_STATUS,
                                                           hermod::SecurityPosture::hostile_server,
                                                           &create_provider};
#endif
