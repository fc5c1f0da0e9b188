#include "plugins/imap/wire/uid_set.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace hermod::imap {
namespace {

constexpr std::uint32_t largest = std::numeric_limits<std::uint32_t>::max();

// Takes one number or `*` off the front of `text`.
std::optional<Uid> take_number(std::string_view& text) {
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    return Uid{largest};
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value == 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return Uid{value};
}

// Takes one range in written order, and the comma behind it.
std::optional<UidRange> take_range(std::string_view& text) {
  const auto first = take_number(text);
  if (!first) return std::nullopt;
  auto last = first;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    last = take_number(text);
    if (!last) return std::nullopt;
  }
  if (text.starts_with(',')) {
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
  } else if (!text.empty()) {
    return std::nullopt;
  }
  return UidRange{*first, *last};
}

void append_range(std::string& out, const UidRange& range) {
  out += std::to_string(range.first.value);
  if (range.last != range.first) (out += ':') += std::to_string(range.last.value);
}

}  // namespace

UidSet::UidSet(std::vector<UidRange> ranges) : ranges_(std::move(ranges)) { normalize(); }

UidSet UidSet::of(std::vector<Uid> uids) {
  std::vector<UidRange> ranges;
  ranges.reserve(uids.size());
  for (const Uid uid : uids) ranges.push_back({uid, uid});
  return UidSet(std::move(ranges));
}

std::optional<UidSet> UidSet::parse(std::string_view text) {
  std::vector<UidRange> ranges;
  do {
    const auto range = take_range(text);
    if (!range) return std::nullopt;
    ranges.push_back({std::min(range->first, range->last), std::max(range->first, range->last)});
  } while (!text.empty());
  return UidSet(std::move(ranges));
}

void UidSet::normalize() {
  std::erase_if(ranges_, [](const UidRange& r) { return !r.first || r.last < r.first; });
  const auto ascending = [](const UidRange& a, const UidRange& b) { return a.first < b.first; };
  if (!std::ranges::is_sorted(ranges_, ascending)) std::ranges::sort(ranges_, ascending);
  std::size_t kept = 0;
  for (const UidRange range : ranges_) {
    if (kept != 0 && std::uint64_t{range.first.value} <= std::uint64_t{ranges_[kept - 1].last.value} + 1) {
      ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
  // A server may name one UID a million times.
  if (kept < ranges_.capacity() / 2) ranges_.shrink_to_fit();
}

std::uint64_t UidSet::count() const {
  std::uint64_t sum = 0;
  for (const auto& r : ranges_) sum += std::uint64_t{r.last.value} - r.first.value + 1;
  return sum;
}

bool UidSet::contains(Uid uid) const {
  const auto after = std::ranges::upper_bound(ranges_, uid, {}, &UidRange::first);
  return after != ranges_.begin() && uid <= std::prev(after)->last;
}

UidSet UidSet::newest(std::uint64_t n) const {
  UidSet result;
  for (auto it = ranges_.rbegin(); it != ranges_.rend() && n != 0; ++it) {
    const std::uint64_t size = std::uint64_t{it->last.value} - it->first.value + 1;
    const std::uint64_t taken = std::min(size, n);
    result.ranges_.push_back({Uid{static_cast<std::uint32_t>(it->last.value - taken + 1)}, it->last});
    n -= taken;
  }
  std::ranges::reverse(result.ranges_);
  return result;
}

UidSet UidSet::within(Uid first, Uid last) const {
  UidSet result;
  for (const auto& r : ranges_) {
    if (r.last < first || r.first > last) continue;
    result.ranges_.push_back({std::max(r.first, first), std::min(r.last, last)});
  }
  return result;
}

UidSet UidSet::minus(const UidSet& other) const {
  UidSet result;
  auto hole = other.ranges_.begin();
  for (const auto& r : ranges_) {
    std::uint64_t next = r.first.value;
    while (hole != other.ranges_.end() && hole->last < r.first) ++hole;
    for (auto h = hole; h != other.ranges_.end() && h->first <= r.last; ++h) {
      if (next < h->first.value) {
        result.ranges_.push_back({Uid{static_cast<std::uint32_t>(next)}, Uid{h->first.value - 1}});
      }
      next = std::uint64_t{h->last.value} + 1;
    }
    if (next <= r.last.value) result.ranges_.push_back({Uid{static_cast<std::uint32_t>(next)}, r.last});
  }
  return result;
}

UidSet UidSet::united_with(const UidSet& other) const {
  auto ranges = ranges_;
  ranges.insert(ranges.end(), other.ranges_.begin(), other.ranges_.end());
  return UidSet(std::move(ranges));
}

void UidUnion::add(const UidSet& set) {
  ranges_.insert(ranges_.end(), set.ranges().begin(), set.ranges().end());
}

std::string UidSet::to_wire() const {
  std::string out;
  for (const auto& r : ranges_) {
    if (!out.empty()) out += ',';
    append_range(out, r);
  }
  return out;
}

std::vector<std::string> UidSet::to_wire_pieces(std::size_t bytes_max) const {
  std::vector<std::string> pieces;
  for (const auto& r : ranges_) {
    std::string text;
    append_range(text, r);
    if (pieces.empty() || pieces.back().size() + 1 + text.size() > bytes_max) {
      pieces.push_back(std::move(text));
    } else {
      (pieces.back() += ',') += text;
    }
  }
  return pieces;
}

std::optional<std::vector<Uid>> expand_in_written_order(std::string_view set, std::size_t max) {
  std::vector<Uid> uids;
  while (!set.empty()) {
    const auto range = take_range(set);
    if (!range) return std::nullopt;
    const std::int64_t first = range->first.value, last = range->last.value;
    const std::int64_t step = first <= last ? 1 : -1;
    if (static_cast<std::uint64_t>((last - first) * step) + 1 > max - uids.size()) return std::nullopt;
    for (std::int64_t v = first; v != last + step; v += step)
      uids.push_back(Uid{static_cast<std::uint32_t>(v)});
  }
  return uids;
}

}  // namespace hermod::imap
