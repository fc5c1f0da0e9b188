// Every maximum of an IMAP session's passes over folders, in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hermod::imap {

// UIDs looked at by one SEARCH for what exists; doubled while little is found, up to the second.
inline constexpr std::uint32_t search_window_first = 20'000;
inline constexpr std::uint32_t search_window_max = 640'000;
// Removals in one page.
inline constexpr std::size_t page_removals_max = 10'000;
// Known items read at once; below the first number of UIDs wanted they are read one by one.
inline constexpr std::size_t known_page_items = 5'000;
inline constexpr std::size_t known_singles_max = 16;

// Messages looked at to find one by its Message-ID or size; the newest count.
inline constexpr std::uint64_t candidates_max = 100;

// A folder without mod-sequences is compared as a whole in every pass up to this many messages. A larger one
// is compared as a whole at this interval, or when the number of messages shows a deletion; in between its
// newest.
inline constexpr std::uint32_t whole_comparison_messages_max = 20'000;
inline constexpr std::uint64_t recent_comparison_messages = 2'000;
inline constexpr std::chrono::minutes whole_comparison_interval{15};

}  // namespace hermod::imap
