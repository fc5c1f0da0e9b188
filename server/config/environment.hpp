// The environment variables of the process as a map, so that tests hand in their own.
#pragma once

#include <map>
#include <string>

namespace hermod::server {

using Environment = std::map<std::string, std::string, std::less<>>;

// Reads the variables of this process once; called at start, before any thread.
Environment process_environment();

}  // namespace hermod::server
