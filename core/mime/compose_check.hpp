// Whether an outgoing message can be written, before anything is. See compose.hpp for the limits.
#pragma once

#include <core/mime/compose.hpp>

namespace hermod::mime {

// Error{invalid_argument} or, for what is too large, Error{limit}; both name the member as the API does.
Status check(const OutgoingMessage& message);

// Whether `name` is an addr-spec that can be written in ASCII: its local part is ASCII (RFC 5321 §4.1.2), its
// domain can be.
bool is_address(std::string_view name);

// Whether it can stand in brackets in a header, without them.
bool is_message_id(std::string_view id);

}  // namespace hermod::mime
