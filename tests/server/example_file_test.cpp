#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <cctype>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "server/config/keys.hpp"
#include "temporary_directory.hpp"

namespace hermod::server {
namespace {

const std::filesystem::path example = std::filesystem::path(HERMOD_SOURCE_DIR) / "hermod.example.toml";

// The example with every `# key = value` line made a key.
std::string uncommented() {
  std::ifstream file(example);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const auto name_end = line.find(" = ");
    const bool key = line.starts_with("# ") && name_end != std::string::npos &&
                     line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 2) == name_end;
    text += (key ? line.substr(2) : line) + "\n";
  }
  return text;
}

std::string shown(const Key& key) {
  return std::visit(
      []<class T>(T* field) -> std::string {
        if constexpr (std::is_same_v<T, std::string>)
          return *field;
        else if constexpr (std::is_same_v<T, std::filesystem::path>)
          return field->string();
        else if constexpr (std::is_same_v<T, std::int64_t>)
          return std::to_string(*field);
        else if constexpr (std::is_same_v<T, std::chrono::seconds>)
          return std::to_string(field->count());
        else if constexpr (std::is_same_v<T, ListenAddress>)
          return to_string(*field);
        else if constexpr (std::is_enum_v<T>)
          return std::to_string(static_cast<int>(*field));
        else if constexpr (std::is_same_v<T, std::optional<std::vector<std::string>>>)
          return {};  // absent by default
        else
          return std::to_string(field->size());
      },
      key.field);
}

// The example promises every key with its default; an operator copies lines from it.
TEST(ExampleFile, holds_every_key_with_its_default) {
  const auto table = toml::parse(uncommented());
  Config defaults;
  Config read;
  const auto default_keys = config_keys(defaults);
  const auto read_keys = config_keys(read);
  for (std::size_t i = 0; i < read_keys.size(); ++i) {
    const Key& key = read_keys[i];
    const auto node = table[key.table][key.name];
    ASSERT_TRUE(node) << key.table << "." << key.name << " is missing in the example";
    RawValue value = 0.0;
    if (const auto* text = node.as_string()) value = text->get();
    if (const auto* number = node.as_integer()) value = number->get();
    if (const auto* flag = node.as_boolean()) value = flag->get();
    if (const auto* array = node.as_array()) {
      std::vector<std::string> texts;
      for (const auto& element : *array) texts.push_back(element.as_string()->get());
      value = texts;
    }
    const auto assigned = assign(key, value);
    ASSERT_TRUE(assigned) << key.name << " " << assigned.error().message;
    EXPECT_EQ(shown(key), shown(default_keys[i])) << key.table << "." << key.name;
  }
}

TEST(ExampleFile, holds_no_key_that_does_not_exist) {
  Config config;
  std::set<std::string> known;
  for (const Key& key : config_keys(config))
    known.insert(std::string(key.table) + "." + std::string(key.name));
  for (const auto& [table, keys] : toml::parse(uncommented())) {
    for (const auto& [key, value] : *keys.as_table()) {
      EXPECT_TRUE(known.contains(std::string(table.str()) + "." + std::string(key.str()))) << key.str();
    }
  }
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

bool reads_member(std::string_view program, const std::string& name) {
  const std::string use = '.' + name;
  for (auto at = program.find(use); at != std::string_view::npos; at = program.find(use, at + 1)) {
    const char next = at + use.size() < program.size() ? program[at + use.size()] : ' ';
    if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '_') return true;
  }
  return false;
}

// A setting that nothing reads is a promise that nothing keeps.
TEST(Config, every_setting_is_read_by_the_program) {
  const std::filesystem::path server = std::filesystem::path(HERMOD_SOURCE_DIR) / "server";
  std::string program;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server)) {
    const bool declares = entry.path().stem() == "keys" || entry.path().filename() == "config.hpp";
    if (entry.path().extension() == ".cpp" && !declares) program += text_of(entry.path());
  }
  const std::string declared = text_of(server / "config" / "config.hpp");
  const std::regex member(R"(\n    [\w:<>, ]+ (\w+)(\{[^\n]*\}| = [^\n]*)?;)");
  std::size_t members = 0;
  for (std::sregex_iterator found(declared.begin(), declared.end(), member), end; found != end; ++found) {
    const std::string name = (*found)[1];
    EXPECT_TRUE(reads_member(program, name)) << name;
    ++members;
  }
  Config config;
  EXPECT_EQ(members, config_keys(config).size());
}

TEST(ExampleFile, loads_as_it_is) {
  const auto config = load_config(example, {{"HERMOD_DATA_DIR", "/data"}});
  EXPECT_TRUE(config) << config.error().message;
}

}  // namespace
}  // namespace hermod::server
