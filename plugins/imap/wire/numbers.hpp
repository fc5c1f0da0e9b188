// The four numbers of IMAP that must not be mixed up, as types of their own (RFC 9051 §2.3.1, RFC 7162 §3.1).
// Values; zero means "none" for Uid, SequenceNumber and ModSeq. UIDVALIDITY 0 is seen from Exchange and is a
// value.
#pragma once

#include <compare>
#include <cstdint>

namespace hermod::imap {

template <class Kind, class Rep>
struct Number {
  Rep value = 0;
  constexpr Number() = default;
  constexpr explicit Number(Rep v) : value(v) {}
  friend constexpr auto operator<=>(Number, Number) = default;
  constexpr explicit operator bool() const { return value != 0; }
};

using Uid = Number<struct UidKind, std::uint32_t>;
using SequenceNumber = Number<struct SequenceNumberKind, std::uint32_t>;
using UidValidity = Number<struct UidValidityKind, std::uint32_t>;
// 63 bits (RFC 7162 §7).
using ModSeq = Number<struct ModSeqKind, std::uint64_t>;

inline constexpr std::uint64_t modseq_max = (std::uint64_t{1} << 63) - 1;

}  // namespace hermod::imap
