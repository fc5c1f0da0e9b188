// Threads as the API writes them (contract C3): what their messages sum up to.
#pragma once

#include "core/store/thread_query.hpp"
#include "server/api/selection.hpp"
#include "server/json/writer.hpp"

namespace hermod::server {

void write_thread(JsonWriter& writer, const store::ThreadRow& thread, std::string_view grant_id,
                  const Selection& selected);

}  // namespace hermod::server
