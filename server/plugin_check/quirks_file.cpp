#include "server/plugin_check/quirks_file.hpp"

#include <toml++/toml.h>

#include <fstream>
#include <functional>

#include "server/failure.hpp"

namespace hermod::server {
namespace {

using Take = std::function<bool(const toml::node&)>;  // false: another type is wanted

Take into(std::string& target) {
  return [&target](const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text) target = *text;
    return text.has_value();
  };
}
Take into(bool& target) {
  return [&target](const toml::node& node) {
    const auto flag = node.value_exact<bool>();
    if (flag) target = *flag;
    return flag.has_value();
  };
}
template <class Number>
Take into_number(Number& target) {
  return [&target](const toml::node& node) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 0 || *number > 1'000'000) return false;
    target = static_cast<Number>(*number);
    return true;
  };
}
Take into(std::vector<std::string>& target) {
  return [&target](const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return false;
    for (const auto& element : *array) {
      const auto text = element.value_exact<std::string>();
      if (!text) return false;
      target.push_back(*text);
    }
    return true;
  };
}
Take into(conformance::Layout& target) {
  return [&target](const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (text == "labels") target = conformance::Layout::labels;
    return text == "labels" || text == "folders";
  };
}

class Reader {
 public:
  Reader(const std::filesystem::path& file, CheckedAccount& out) : file_(file), out_(out) {}

  Status read(const toml::table& root) {
    for (const auto& [name, node] : root) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return refused(node, "`" + std::string(name.str()) + "` stands outside a table");
      Status status = read_table(name.str(), *table);
      if (!status) return status;
    }
    if (!out_.other_client.command.empty() && !library_.empty()) {
      return refused(root, "[other_client] has a command or a library, not both");
    }
    if (!library_.empty()) out_.other_client.library = out_.folder / library_;
    out_.quirks.other_client = out_.other_client.given();
    return ok();
  }

 private:
  Error refused(const toml::node& node, const std::string& what) const {
    return failure(ErrorKind::invalid_argument,
                   file_.string() + ":" + std::to_string(node.source().begin.line) + ": " + what,
                   "docs/plugins.md lists every key");
  }

  Status read_table(std::string_view name, const toml::table& table) {
    if (name == "account") return read_settings(table, out_.account);
    if (name == "secrets") return read_settings(table, out_.secrets);
    if (name == "operator") return read_settings(table, out_.operator_settings);
    const std::map<std::string, Take, std::less<>> keys = keys_of(name);
    if (keys.empty()) return refused(table, "unknown table [" + std::string(name) + "]");
    for (const auto& [key, node] : table) {
      const auto take = keys.find(key.str());
      if (take == keys.end()) {
        return refused(node, "[" + std::string(name) + "] has no key `" + std::string(key.str()) + "`");
      }
      if (!take->second(node)) return refused(node, "`" + std::string(key.str()) + "` cannot be that");
    }
    return ok();
  }

  std::map<std::string, Take, std::less<>> keys_of(std::string_view table) {
    conformance::Quirks& quirks = out_.quirks;
    conformance::Effort& effort = out_.effort;
    if (table == "mailbox") {
      return {{"inbox", into(quirks.inbox)},
              {"layout", into(quirks.layout)},
              {"all_mail", into(quirks.all_mail)},
              {"trash", into(quirks.trash)},
              {"idle_pages_max", into_number(quirks.idle_pages_max)},
              {"stable_addresses", into(quirks.stable_addresses)},
              {"absent_facets", into(quirks.absent_facets)},
              {"connections_end", into(quirks.connections_end)},
              {"window_days", into_number(out_.window_days)}};
    }
    if (table == "effort") {
      return {{"rounds", into_number(effort.rounds)},
              {"deaths", into_number(effort.deaths)},
              {"cancelled_times", into_number(effort.cancelled_times)},
              {"cancelled_stride", into_number(effort.cancelled_stride)},
              {"cut_writes", into_number(effort.cut_writes)}};
    }
    if (table == "host") {
      return {{"private_hosts", into(out_.private_hosts)}, {"access_token", into(out_.access_token)}};
    }
    if (table == "search") {
      return {{"of_a_message", into(out_.searches.of_a_message)},
              {"senseless", into(out_.searches.senseless)}};
    }
    if (table == "other_client") {
      return {{"command", into(out_.other_client.command)},
              {"library", into(library_)},
              {"invalidation", into(out_.quirks.invalidation)}};
    }
    return {};
  }

  Status read_settings(const toml::table& table, Settings& settings) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (const auto text = node.value_exact<std::string>()) {
        settings.set(name, *text);
      } else if (const auto number = node.value_exact<std::int64_t>()) {
        settings.set(name, *number);
      } else if (const auto flag = node.value_exact<bool>()) {
        settings.set(name, *flag);
      } else {
        return refused(node, "`" + name + "` is no text, whole number or truth value");
      }
    }
    return ok();
  }

  const std::filesystem::path& file_;
  CheckedAccount& out_;
  std::string library_;
};

}  // namespace

Result<CheckedAccount> read_quirks(const std::filesystem::path& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (code || size > quirks_file_bytes_max) {
    return failure(ErrorKind::invalid_argument, "could not read the quirks file " + file.string());
  }
  CheckedAccount checked;
  checked.folder = std::filesystem::absolute(file).parent_path();
  try {
    const toml::table root = toml::parse_file(file.string());
    if (Status status = Reader(file, checked).read(root); !status) return std::move(status).error();
  } catch (const toml::parse_error& error) {
    return failure(ErrorKind::invalid_argument, file.string() + ":" +
                                                    std::to_string(error.source().begin.line) + ": " +
                                                    std::string(error.description()));
  }
  return checked;
}

}  // namespace hermod::server
