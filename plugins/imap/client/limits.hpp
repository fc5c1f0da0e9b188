// Every maximum and time limit of the IMAP client, in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hermod::imap {

// The greeting of an overloaded server takes long; beyond this it will not come.
inline constexpr std::chrono::seconds greeting_wait_max{60};
// A server that sends nothing for so long while a command is open is gone. SELECT of a cold folder of a
// million messages takes a minute on slow servers.
inline constexpr std::chrono::seconds silence_max{150};
inline constexpr std::chrono::seconds logout_wait_max{5};
// One that sends less than this of a response within that time is gone as well, though it never falls silent.
inline constexpr std::size_t trickle_octets_min = 1024;
// RFC 9051 §6.3.13 asks for less than 29 minutes; NATs and some servers forget a connection after ten.
inline constexpr std::chrono::minutes idle_renewal_default{9};
inline constexpr std::chrono::minutes idle_renewal_max{28};
// After NOTIFY a server may hold changes back until the next command, which is then a NOOP; after a notice it may
// lose others, which a STATUS finds.
inline constexpr std::chrono::seconds notify_settling{2};
// A server that gives NOTIFY up so often is asked for it no more.
inline constexpr std::size_t notify_overflows_max = 3;
// A worker connection that nobody used for so long is closed: an idle account costs one socket.
inline constexpr std::chrono::minutes worker_rest_max{2};

// One that was used within that time is taken to be there still: a write on it is sent without asking first.
inline constexpr std::chrono::seconds trusted_rest_max{10};

inline constexpr std::size_t read_bytes_max = 64u << 10;
// Commands open at once; more gains little and delays interactive ones.
inline constexpr std::size_t pipeline_depth_max = 4;
// One FETCH of bodies asks for at most this much, by the sizes that the server announced.
inline constexpr std::uint64_t body_batch_bytes_max = 2u << 20;
inline constexpr std::size_t body_batch_items_max = 100;
inline constexpr std::size_t capabilities_max = 500;
inline constexpr std::size_t login_challenges_max = 4;
// Malformed responses on one connection, after which it is closed.
inline constexpr std::size_t malformed_max = 1000;
// All that a server sends while commands of one conversation are open, whole messages apart. It bounds what
// is kept of an answer, and ends one that has no end.
inline constexpr std::uint64_t answer_octets_max = 64u << 20;
// What is kept of it, in memory: a response takes many times the octets it came in. The flags of 200,000
// messages and the list of 20,000 folders take less.
inline constexpr std::uint64_t kept_bytes_max = 64u << 20;
// All that a server sends of changed flags. Of more than is kept the folder is listed anew, and it is told so
// by an answer that ends: of a million changes.
inline constexpr std::uint64_t flags_octets_max = 512u << 20;
// Folders of one account.
inline constexpr std::size_t folders_max = 20000;
// A longer name is not remembered between two reports of NOTIFY.
inline constexpr std::size_t remembered_name_bytes_max = 1000;

inline constexpr std::size_t connections_default = 3;  // one waits for changes, the others work
inline constexpr std::size_t connections_max = 10;

}  // namespace hermod::imap
