#include <core/mime/tnef.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

#include <core/mime/charset.hpp>

namespace hermod::mime {
namespace {

constexpr std::string_view signature = "\x78\x9F\x3E\x22";  // §2.1.3.1
constexpr std::size_t checksum_bytes = 2;
constexpr std::size_t text_bytes_max = 4096;  // of a name or a type

// Attributes (§2.1.3.3): type and id in one number, as they stand in the stream.
constexpr std::uint32_t att_attach_rend_data = 0x00069002, att_attach_title = 0x00018010,
                        att_attach_data = 0x0006800F, att_attachment = 0x00069005,
                        att_oem_codepage = 0x00069007;

// Properties ([MS-OXPROPS]) and their types ([MS-OXCDATA] §2.11.1).
constexpr std::uint16_t pid_attach_data = 0x3701, pid_attach_filename = 0x3704,
                        pid_attach_long_filename = 0x3707, pid_attach_mime_tag = 0x370E,
                        pid_attach_content_id = 0x3712, pid_display_name = 0x3001;
constexpr std::uint16_t type_object = 0x000D, type_string8 = 0x001E, type_unicode = 0x001F,
                        type_binary = 0x0102, multiple_values = 0x1000;
constexpr std::uint16_t first_named_property = 0x8000;
constexpr std::size_t guid_bytes = 16;

// Little-endian numbers and counted bytes off the front of what is left; nothing once it does not suffice.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  // Values are padded to four bytes; the padding at the very end may be missing.
  std::optional<std::string_view> take_padded(std::size_t count) {
    const auto taken = take(count);
    if (taken) rest_.remove_prefix(std::min((4 - count % 4) % 4, rest_.size()));
    return taken;
  }
  std::optional<std::uint32_t> number(std::size_t bytes) {
    const auto taken = take(bytes);
    if (!taken) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i > 0; --i) value = value << 8 | static_cast<unsigned char>((*taken)[i - 1]);
    return value;
  }

 private:
  std::string_view rest_;
};

// Bytes of a value of fixed length, with padding; 0 for types of no fixed length.
std::size_t fixed_bytes(std::uint16_t type) {
  switch (type) {
    case 0x0002:  // Integer16
    case 0x0003:  // Integer32
    case 0x0004:  // Floating32
    case 0x000A:  // ErrorCode
    case 0x000B:  // Boolean
      return 4;
    case 0x0005:  // Floating64
    case 0x0006:  // Currency
    case 0x0007:  // FloatingTime
    case 0x0014:  // Integer64
    case 0x0040:  // Time
      return 8;
    case 0x0048:  // Guid
      return guid_bytes;
    default:
      return 0;
  }
}

struct Property {
  std::uint16_t type = 0, id = 0;
  std::string_view value;  // the first one
};

// The properties of an attachment, in order (§2.1.3.4).
class PropertyReader {
 public:
  explicit PropertyReader(std::string_view list) : bytes_(list), left_(bytes_.number(4).value_or(0)) {}

  std::optional<Property> next() {
    if (left_ == 0) return std::nullopt;
    --left_;
    const auto type = bytes_.number(2), id = bytes_.number(2);
    if (!type || !id) return std::nullopt;
    Property property{static_cast<std::uint16_t>(*type), static_cast<std::uint16_t>(*id), {}};
    if (property.id >= first_named_property && !skip_name()) return std::nullopt;
    return read_values(property) ? std::optional(property) : std::nullopt;
  }

 private:
  bool skip_name() {
    const auto name_space = bytes_.take(guid_bytes);
    const auto kind = bytes_.number(4), number_or_size = bytes_.number(4);
    if (!name_space || !kind || !number_or_size) return false;
    return *kind == 0 || bytes_.take_padded(*number_or_size).has_value();
  }

  bool read_values(Property& property) {
    const auto type = static_cast<std::uint16_t>(property.type & ~multiple_values);
    const std::size_t fixed = fixed_bytes(type);
    const bool variable =
        type == type_object || type == type_string8 || type == type_unicode || type == type_binary;
    if (fixed == 0 && !variable) return false;  // how long it is cannot be known
    const bool counted = variable || (property.type & multiple_values) != 0;
    const auto count = counted ? bytes_.number(4) : std::optional<std::uint32_t>(1);
    if (!count) return false;
    for (std::uint32_t i = 0; i < *count; ++i) {
      const auto size = variable ? bytes_.number(4) : std::optional(static_cast<std::uint32_t>(fixed));
      const auto value = size ? bytes_.take_padded(*size) : std::nullopt;
      if (!value) return false;
      if (i == 0) property.value = *value;
    }
    return true;
  }

  ByteReader bytes_;
  std::uint32_t left_;
};

class TnefReader {
 public:
  explicit TnefReader(std::size_t files_max) : files_max_(files_max) {}

  std::vector<TnefFile> read(std::string_view stream) {
    ByteReader bytes(stream.substr(std::min(signature.size() + 2, stream.size())));  // and the key
    while (const auto level = bytes.number(1)) {
      const auto attribute = bytes.number(4), size = bytes.number(4);
      const auto data = attribute && size ? bytes.take(*size) : std::nullopt;
      if (!data || (*level != 1 && *level != 2)) break;
      read_attribute(*attribute, *data);
      if (!bytes.take(checksum_bytes)) break;
    }
    std::erase_if(files_, [](const TnefFile& file) { return file.bytes.data() == nullptr; });
    return std::move(files_);
  }

 private:
  void read_attribute(std::uint32_t attribute, std::string_view data) {
    if (attribute == att_oem_codepage) {
      codepage_ = "cp" + std::to_string(ByteReader(data).number(4).value_or(1252));
    } else if (attribute == att_attach_rend_data) {  // the first one of each attachment
      open_ = files_.size() < files_max_;
      if (open_) files_.emplace_back();
    } else if (open_ && attribute == att_attach_title && files_.back().name.empty()) {
      files_.back().name = narrow_text(data);
    } else if (open_ && attribute == att_attach_data) {
      files_.back().bytes = data;
    } else if (open_ && attribute == att_attachment) {
      read_properties(data, files_.back());
    }
  }

  void read_properties(std::string_view list, TnefFile& file) const {
    PropertyReader properties(list);
    bool has_long_name = false;
    while (const auto property = properties.next()) {
      switch (property->id) {
        case pid_attach_long_filename:
          file.name = text(*property);
          has_long_name = !file.name.empty();
          break;
        case pid_attach_filename:
        case pid_display_name:
          if (!has_long_name && file.name.empty()) file.name = text(*property);
          break;
        case pid_attach_mime_tag:
          file.content_type = text(*property);
          break;
        case pid_attach_content_id:
          file.content_id = text(*property);
          break;
        case pid_attach_data:
          read_data(*property, file);
          break;
        default:
          break;
      }
    }
  }

  // An object starts with the id of its interface; what follows is an embedded message's TNEF stream or a
  // storage.
  static void read_data(const Property& property, TnefFile& file) {
    if (file.bytes.data() != nullptr) return;
    file.bytes = property.value;
    if (property.type != type_object || file.bytes.size() < guid_bytes) return;
    file.bytes.remove_prefix(guid_bytes);
    if (file.content_type.empty() && is_tnef(file.bytes)) file.content_type = "application/ms-tnef";
  }

  // Up to the closing NUL.
  std::string narrow_text(std::string_view bytes) const {
    bytes = bytes.substr(0, std::min(bytes.find('\0'), text_bytes_max));
    return decode_charset(bytes, codepage_).text;
  }

  std::string text(const Property& property) const {
    if (property.type == type_string8) return narrow_text(property.value);
    if (property.type != type_unicode) return {};
    std::string_view units = property.value.substr(0, text_bytes_max);
    if (units.ends_with(std::string_view("\0\0", 2)) && units.size() % 2 == 0) units.remove_suffix(2);
    return decode_charset(units, "utf-16le").text;
  }

  std::size_t files_max_;
  std::string codepage_ = "cp1252";
  std::vector<TnefFile> files_;
  bool open_ = false;  // the attributes read belong to the last one of files_
};

}  // namespace

bool is_tnef(std::string_view bytes) { return bytes.starts_with(signature); }

std::vector<TnefFile> read_tnef_files(std::string_view stream, std::size_t files_max) {
  return is_tnef(stream) ? TnefReader(files_max).read(stream) : std::vector<TnefFile>();
}

}  // namespace hermod::mime
