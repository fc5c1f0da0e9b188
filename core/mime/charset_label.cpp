#include <core/mime/charset_label.hpp>

#include <algorithm>
#include <utility>

#include <core/mime/ascii.hpp>

namespace hermod::mime {
namespace {

constexpr std::size_t label_bytes_max = 64;  // the longest registered name has 45

struct Alias {
  std::string_view label, target;
};

// Targets without a converter of their own.
constexpr std::string_view western = "*western", latin1 = "*latin1", utf8 = "*utf8", utf16 = "*utf16";

// Labels without '-' and '_', sorted. A superset is chosen where mailers label it as its subset.
constexpr Alias aliases[] = {
    {"", western},
    {"7bit", western},
    {"8bit", western},
    {"ansix341968", western},
    {"ascii", western},
    {"big5", "big5-hkscs"},
    {"big5hkscs", "big5-hkscs"},
    {"binary", western},
    {"cn-gb", "gb18030"},
    {"cngb", "gb18030"},
    {"cp50220", "iso-2022-jp"},
    {"cp50221", "iso-2022-jp"},
    {"cp50222", "iso-2022-jp"},
    {"cp65001", utf8},
    {"cp932", "windows-31j"},
    {"cp936", "gb18030"},
    {"cp949", "windows-949"},
    {"cp950", "big5-hkscs"},
    {"default", western},
    {"euccn", "gb18030"},
    {"euckr", "windows-949"},
    {"gb18030", "gb18030"},
    {"gb2312", "gb18030"},
    {"gb231280", "gb18030"},
    {"gbk", "gb18030"},
    {"hzgb2312", "hz"},
    {"iso2022jp", "iso-2022-jp"},
    {"iso2022jp1", "iso-2022-jp"},
    {"iso2022jp2", "iso-2022-jp"},
    {"iso2022jp3", "iso-2022-jp"},
    {"iso2022jpms", "iso-2022-jp"},
    {"iso88591", latin1},
    {"iso885911", "windows-874"},
    {"iso88598e", "iso-8859-8"},
    {"iso88598i", "iso-8859-8"},
    {"iso88599", "windows-1254"},
    {"isolatin1", latin1},
    {"koi8", "koi8-r"},
    {"koi8u", "koi8-u"},
    {"ksc5601", "windows-949"},
    {"ksc56011987", "windows-949"},
    {"ksc56011989", "windows-949"},
    {"kz1048", "rk1048"},
    {"latin1", latin1},
    {"latin5", "windows-1254"},
    {"mac", "macintosh"},
    {"macroman", "macintosh"},
    {"mskanji", "windows-31j"},
    {"none", western},
    {"ptcp154", "pt154"},
    {"shiftjis", "windows-31j"},
    {"sjis", "windows-31j"},
    {"tis620", "windows-874"},
    {"unicode", utf16},
    {"unicode11utf7", "utf-7"},
    {"unicode11utf8", utf8},
    {"unknown", western},
    {"unknown8bit", western},
    {"usascii", western},
    {"utf16", utf16},
    {"utf7", "utf-7"},
    {"utf8", utf8},
    {"utf8sig", utf8},
    {"utf8mb4", utf8},
    {"windows31j", "windows-31j"},
    {"windows936", "gb18030"},
    {"windows949", "windows-949"},
    {"xunknown", western},
};

const Alias* find_alias(std::string_view label) {
  const auto* found = std::ranges::find(aliases, label, &Alias::label);
  return found == std::end(aliases) ? nullptr : found;
}

std::string without_dashes(std::string_view label) {
  std::string plain;
  for (const char c : label)
    if (c != '-' && c != '_') plain += c;
  return plain;
}

// Lower case, without quotes, blanks and what follows a ';' or the language's '*'.
std::string cleaned(std::string_view label) {
  std::string clean;
  for (const char c : label.substr(0, label_bytes_max)) {
    if (c == ';' || c == '*' || c == ',') break;
    if (static_cast<unsigned char>(c) > ' ' && c != '"' && c != '\'' && c != '<' && c != '>')
      clean += c == '_' ? '-' : ascii_lower(c);
  }
  return clean;
}

// Converters that are known by such a name alone.
bool has_own_name(std::string_view label) {
  return label.starts_with("x-mac-") || label.starts_with("cskoi");
}

}  // namespace

Charset charset_from_label(std::string_view label) {
  std::string name = cleaned(label), whole = name;
  const Alias* alias = find_alias(without_dashes(name));
  for (const std::string_view prefix : {"x-", "cs", "win-"}) {
    if (alias != nullptr || !name.starts_with(prefix)) continue;
    name.erase(0, prefix.size());
    if (prefix == "win-") name.insert(0, "windows-");
    alias = find_alias(without_dashes(name));
  }
  if (alias == nullptr)
    return {CharsetKind::converter, has_own_name(whole) ? std::move(whole) : std::move(name)};
  if (alias->target == western) return {CharsetKind::western, {}};
  if (alias->target == latin1) return {CharsetKind::latin1, {}};
  if (alias->target == utf8) return {CharsetKind::utf8, {}};
  if (alias->target == utf16) return {CharsetKind::utf16, {}};
  return {CharsetKind::converter, std::string(alias->target)};
}

}  // namespace hermod::mime
