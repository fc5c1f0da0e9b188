// Keys of threading: what two messages of one thread have in common.
//
// mid_key: of a Message-ID. subject_key: of a subject without reply prefixes and list tags (RFC 5256 §2.1, with the
// prefixes that clients write in other languages), folded in case. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids/object_id.hpp"

namespace hermod::threading {

// The first 128 bits of the SHA-256 of the Message-ID without brackets and white space around it.
ids::ObjectId mid_key(std::string_view message_id);

enum class SubjectKind : std::uint8_t { original, reply };  // reply: it had a reply or forward prefix
struct BaseSubject {
  std::string text;
  SubjectKind kind = SubjectKind::original;
};
BaseSubject base_subject(std::string_view subject);

// Positive; nothing for an empty base subject.
std::optional<std::int64_t> subject_key(const BaseSubject& subject);

}  // namespace hermod::threading
