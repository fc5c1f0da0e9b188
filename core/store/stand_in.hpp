// Stand-ins: rows of messages whose raw bytes the provider has refused to give out, placed where the messages are, with
// what is known of them. When the bytes come, the message itself takes the placement, and its stand-in goes as any
// message without a placement goes: deleted in the change log, beside the message that is created.
//
// A stand-in has an identity of its own, of its place and the message's object key, so that no copy of the message
// elsewhere is taken for it.
#pragma once

#include "core/store/page.hpp"

namespace hermod::store {

enum class StandInHope : char {
  revisited = 'p',  // it may be had later
  none = 'n',       // it will never be had: it is too large, say
};
std::string stand_in_identity(const ids::ObjectId& collection_id, const Item& item, StandInHope hope);

struct StandIn {
  ids::ObjectId collection_id;
  std::string identity;
  Item item;  // without content; flags, keywords and version are those of the placement
};

// Those to be revisited, in the order of their identities, after that one.
Result<std::vector<StandIn>> stand_ins(Connection& connection, const ids::ObjectId& account_id, const std::string& after,
                                       int limit);
// Those of the messages that are stand-ins, of either hope.
Result<std::vector<ids::ObjectId>> stand_ins_among(Connection& connection, const ids::ObjectId& account_id,
                                                   const std::vector<ids::ObjectId>& message_ids);

}  // namespace hermod::store
