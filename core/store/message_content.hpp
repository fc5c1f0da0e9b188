// From a parsed message to the columns that the store keeps of it. Pure. Its attachments get their ids here.
#pragma once

#include "core/mime/message.hpp"
#include "core/store/page.hpp"

namespace hermod::store {

// All but `identity` and `size`. `provider_thread` is empty where the provider knows no threads.
MessageContent content_of(const mime::ParsedMessage& parsed, std::string provider_thread, std::int64_t received_at);

}  // namespace hermod::store
