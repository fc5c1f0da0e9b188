// The certificate of the HTTPS listener. TLS 1.2 and newer, forward secrecy only. Used at start, on the main
// thread.
#pragma once

#include <Poco/Net/Context.h>

#include <filesystem>
#include <hermod/result.hpp>

namespace hermod::server {

// On failure the message says which file is wrong and why: missing, not PEM, encrypted, not a pair, expired.
Result<Poco::Net::Context::Ptr> server_tls_context(const std::filesystem::path& certificate,
                                                   const std::filesystem::path& key);

}  // namespace hermod::server
