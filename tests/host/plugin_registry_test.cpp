// Plugins that do not fit are refused with one line each, and the good ones load all the same.
#include "core/host/plugin_registry.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermod::test {
namespace {

namespace fs = std::filesystem;
using host::PluginOptions;
using host::PluginRegistry;
using testing::AllOf;
using testing::HasSubstr;

const fs::path folder = SPECIMEN_FOLDER;
fs::path specimen(const std::string& name) { return folder / ("hermod-" + name + ".so"); }

// Named, so that its status does not matter.
PluginRegistry load_named(std::vector<std::string> names, std::map<std::string, Settings> settings = {}) {
  PluginOptions options;
  for (const std::string& name : names) options.paths.push_back(specimen(name));
  options.enabled = std::move(names);
  options.settings = std::move(settings);
  return PluginRegistry::load(options);
}

class FileOf {
 public:
  FileOf(const char* name, const std::string& content) : path_(fs::temp_directory_path() / name) {
    std::ofstream(path_) << content;
  }
  FileOf(const FileOf&) = delete;
  ~FileOf() { fs::remove(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(plugin_registry, good_plugin_is_loaded) {
  PluginRegistry registry = load_named({"good"});
  ASSERT_TRUE(registry.refusals().empty()) << registry.refusals()[0].line;
  ASSERT_EQ(registry.plugins().size(), 1u);
  const host::LoadedPlugin* plugin = registry.find_provider("good");
  ASSERT_NE(plugin, nullptr);
  EXPECT_EQ(plugin, registry.find_name("good"));
  EXPECT_EQ(plugin->version, "1.2.3");
  EXPECT_EQ(plugin->status, PluginStatus::stable);
  EXPECT_EQ(plugin->posture, SecurityPosture::hostile_server);
  EXPECT_EQ(plugin->path, specimen("good"));
  EXPECT_EQ(plugin->provider->describe().provider, "good");
  EXPECT_EQ(registry.find_provider("absent"), nullptr);
}

// Each with what was found, and (where there is one thing to want) what was wanted, beside the file's name.
TEST(plugin_registry, every_misfit_is_refused_with_its_reason) {
  struct {
    const char* name;
    const char* found;
    const char* wanted;
  } cases[] = {
      {"magic", "magic 0x0000000000000007", "0x31474c504d524548"},
      {"size", "a descriptor of 24 bytes", "at least 64"},
      {"tiny", "a descriptor of", "at least"},
      {"major", "API major version 9", "wanted 1"},
      {"minor", "API version 1.99", "at most 1.0"},
      {"fingerprint", "ABI fingerprint 0x", "same standard library"},
      {"other-abi", "ABI fingerprint 0x", "same standard library"},
      {"unresolved", "hermod_specimen_missing_function", "wanted a plugin"},
      {"no-symbol", "no symbol 'hermod_plugin'", "a Hermod plugin"},
      {"create-throws", "create of the specimen", "wanted a provider"},
      {"create-null", "create gave no provider", "wanted one"},
      {"describe-throws", "describe of the specimen", "wanted a provider"},
      {"bad-name", "a name that is not valid", "a-z, 0-9 and -"},
      {"misnamed", "the plugin 'other'", "hermod-other.so"},
      {"bad-provider", "a provider id that is not valid", "1 to 32"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    PluginRegistry registry = load_named({one.name, "good"});
    ASSERT_EQ(registry.refusals().size(), 1u);
    EXPECT_EQ(registry.refusals()[0].path, specimen(one.name));
    EXPECT_THAT(registry.refusals()[0].line, AllOf(HasSubstr("could not load " + specimen(one.name).string()),
                                                   HasSubstr(one.found), HasSubstr(one.wanted)));
    EXPECT_EQ(registry.refusals()[0].line.find('\n'), std::string::npos);
    EXPECT_EQ(registry.plugins().size(), 1u) << "the good one loads all the same";
  }
}

TEST(plugin_registry, file_that_is_no_library_is_refused) {
  const FileOf text("hermod-text.so", "this is no library\n");
  const FileOf empty("hermod-empty.so", "");
  const FileOf cut("hermod-cut.so", std::string("\x7f"
                                                "ELF\2\1\1\0\0\0",
                                                10));
  PluginOptions options;
  options.paths = {text.path(), empty.path(), cut.path(), folder / "absent.so", folder / "absent"};
  PluginRegistry registry = PluginRegistry::load(options);
  ASSERT_EQ(registry.refusals().size(), 5u);
  EXPECT_THAT(registry.refusals()[0].line,
              AllOf(HasSubstr(text.path().string()), HasSubstr("cannot be loaded")));
  EXPECT_THAT(registry.refusals()[1].line, HasSubstr(empty.path().string()));
  EXPECT_THAT(registry.refusals()[2].line, HasSubstr(cut.path().string()));
  EXPECT_THAT(registry.refusals()[3].line, HasSubstr("found no file"));
}

TEST(plugin_registry, second_of_one_name_is_refused) {
  PluginOptions options;
  options.paths = {specimen("good"), folder / "again" / "hermod-good.so"};
  PluginRegistry registry = PluginRegistry::load(options);
  ASSERT_EQ(registry.plugins().size(), 1u);
  EXPECT_EQ(registry.plugins()[0].path, specimen("good")) << "the first one stays";
  ASSERT_EQ(registry.refusals().size(), 1u);
  EXPECT_THAT(registry.refusals()[0].line,
              AllOf(HasSubstr("the plugin 'good'"), HasSubstr(specimen("good").string())));
}

TEST(plugin_registry, second_of_one_provider_is_refused) {
  PluginRegistry registry = load_named({"good", "rival"});
  ASSERT_EQ(registry.plugins().size(), 1u);
  ASSERT_EQ(registry.refusals().size(), 1u);
  EXPECT_THAT(registry.refusals()[0].line,
              AllOf(HasSubstr("hermod-rival.so"), HasSubstr("the provider 'good'")));
}

// The same file by two ways is one plugin, not two of a name.
TEST(plugin_registry, file_given_twice_is_loaded_once) {
  PluginOptions options;
  options.paths = {specimen("good"), folder / "again" / ".." / "hermod-good.so"};
  PluginRegistry registry = PluginRegistry::load(options);
  EXPECT_EQ(registry.plugins().size(), 1u);
  EXPECT_TRUE(registry.refusals().empty());
}

// Without a list of names, what is not stable stays out; with one, what is named comes in.
TEST(plugin_registry, unstable_plugins_must_be_named) {
  PluginOptions options;
  options.paths = {specimen("good"), specimen("beta")};
  PluginRegistry registry = PluginRegistry::load(options);
  ASSERT_EQ(registry.plugins().size(), 1u);
  EXPECT_EQ(registry.plugins()[0].name, "good");
  ASSERT_EQ(registry.unused().size(), 1u);
  EXPECT_EQ(registry.unused()[0].name, "beta");
  EXPECT_EQ(registry.unused()[0].status, PluginStatus::beta);
  EXPECT_TRUE(registry.refusals().empty());

  options.enabled = {{"beta"}};
  PluginRegistry named = PluginRegistry::load(options);
  ASSERT_EQ(named.plugins().size(), 1u);
  EXPECT_EQ(named.plugins()[0].name, "beta");
}

// A name that was mistyped must not pass in silence.
TEST(plugin_registry, enabled_name_that_is_not_found_is_refused) {
  PluginOptions options;
  options.paths = {folder};
  options.enabled = {{"good", "god"}};
  PluginRegistry registry = PluginRegistry::load(options);
  ASSERT_EQ(registry.refusals().size(), 1u);
  EXPECT_THAT(registry.refusals()[0].line, AllOf(HasSubstr("'god'"), HasSubstr("hermod-god.so")));
  EXPECT_EQ(registry.plugins().size(), 1u);
}

// A folder is looked through in order of names; what is wrong in it is refused, one line a file.
TEST(plugin_registry, folder_is_scanned) {
  PluginOptions options;
  options.paths = {folder};
  PluginRegistry registry = PluginRegistry::load(options);
  EXPECT_NE(registry.find_name("good"), nullptr);
  EXPECT_NE(registry.find_name("second"), nullptr);
  EXPECT_EQ(registry.plugins().size(), 2u);
  EXPECT_EQ(registry.refusals().size(), 17u) << "15 misfits, the rival, and the one without its required key";
}

TEST(plugin_registry, settings_reach_their_plugin) {
  PluginRegistry registry =
      load_named({"good"}, {{"good", Settings({{"port", std::int64_t{143}}, {"mode", "slow"}})}});
  ASSERT_EQ(registry.plugins().size(), 1u) << registry.refusals()[0].line;
  EXPECT_EQ(registry.plugins()[0].settings.integer("port"), 143);
  EXPECT_EQ(registry.plugins()[0].settings.text("mode"), "slow");
}

TEST(plugin_registry, wrong_settings_are_refused) {
  struct {
    const char* plugin;
    Settings settings;
    const char* line;
  } cases[] = {
      {"good", Settings({{"prot", std::int64_t{1}}}), "the key 'prot'"},
      {"good", Settings({{"email", "x"}}), "the key 'email'"},  // of accounts, not of operators
      {"good", Settings({{"port", "143"}}), "a string, wanted an integer"},
      {"good", Settings({{"port", true}}), "a boolean, wanted an integer"},
      {"good", Settings({{"port", std::int64_t{0}}}), "0, wanted 1 to 65535"},
      {"good", Settings({{"mode", "medium"}}), "wanted \"fast\" or \"slow\""},
      {"needy", Settings(), "no key 'endpoint'"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.line);
    PluginRegistry registry = load_named({one.plugin}, {{one.plugin, one.settings}});
    EXPECT_TRUE(registry.plugins().empty());
    ASSERT_EQ(registry.refusals().size(), 1u);
    EXPECT_THAT(registry.refusals()[0].line, HasSubstr(one.line));
  }
}

// [plugin.NAME] of a plugin that is nowhere is a mistyped NAME.
TEST(plugin_registry, settings_of_no_plugin_are_refused) {
  PluginRegistry registry = load_named({"good"}, {{"god", Settings({{"port", std::int64_t{1}}})}});
  ASSERT_EQ(registry.refusals().size(), 1u);
  EXPECT_THAT(registry.refusals()[0].line, AllOf(HasSubstr("'god'"), HasSubstr("configured")));
  EXPECT_EQ(registry.plugins().size(), 1u);
}

}  // namespace
}  // namespace hermod::test
