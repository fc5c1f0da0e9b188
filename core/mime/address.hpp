// Address fields (From, To, …) → name and address. RFC 5322 §3.4 with the obsolete and the broken forms.
//
// One flat pass: nothing nests or recurses, so no field, however many colons it has, costs more than linear
// time. Groups are flattened to their members. Entries without an address ("undisclosed-recipients:;", "<>")
// give nothing; an entry of a single word keeps it as an address without a domain.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <core/mime/message.hpp>

namespace hermod::mime {

struct AddressList {
  std::vector<EmailAddress> addresses;  // each address once, letter case ignored
  bool cut = false;                     // there were more than `addresses_max`
};

// `field` is unfolded and not yet decoded.
AddressList parse_addresses(std::string_view field, std::size_t addresses_max);

}  // namespace hermod::mime
