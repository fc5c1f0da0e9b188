// UidSet: a set of UIDs as disjoint ascending ranges (RFC 9051 §9, sequence-set). A value.
//
// Ranges are never expanded: `1:4294967295` from a server costs eight bytes. On the wire they are always
// ascending (QQ refuses `9:1`), and a set is cut into pieces that fit a command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/imap/wire/numbers.hpp"

namespace hermod::imap {

struct UidRange {
  Uid first;
  Uid last;  // inclusive, >= first
  friend constexpr bool operator==(const UidRange&, const UidRange&) = default;
};

class UidSet {
 public:
  UidSet() = default;
  explicit UidSet(std::vector<UidRange> ranges);
  static UidSet of(std::vector<Uid> uids);

  // Parses `1:3,7`; `*` is taken as the largest UID. Absent when the text is no set or holds a zero.
  static std::optional<UidSet> parse(std::string_view text);

  bool empty() const { return ranges_.empty(); }
  std::uint64_t count() const;
  bool contains(Uid uid) const;
  const std::vector<UidRange>& ranges() const { return ranges_; }

  // The `n` largest UIDs, or all when there are fewer.
  UidSet newest(std::uint64_t n) const;
  // What lies within [first, last].
  UidSet within(Uid first, Uid last) const;
  UidSet minus(const UidSet& other) const;
  UidSet united_with(const UidSet& other) const;

  std::string to_wire() const;
  // The set in pieces of at most `bytes_max` octets each; none for an empty set.
  std::vector<std::string> to_wire_pieces(std::size_t bytes_max) const;

  friend bool operator==(const UidSet&, const UidSet&) = default;

 private:
  void normalize();
  std::vector<UidRange> ranges_;
};

// The union of many sets, made at once: set by set, all that was there would be copied for each.
class UidUnion {
 public:
  void add(const UidSet& set);
  UidSet take() { return UidSet(std::move(ranges_)); }

 private:
  std::vector<UidRange> ranges_;
};

// The members in written order, not sorted, as COPYUID needs them (RFC 4315 §3). Absent when more than `max`.
std::optional<std::vector<Uid>> expand_in_written_order(std::string_view set, std::size_t max);

}  // namespace hermod::imap
