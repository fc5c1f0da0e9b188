#include "core/store/database.hpp"

#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/PostgreSQL/SessionHandle.h>
#include <Poco/Data/PostgreSQL/Utility.h>
#include <Poco/Data/Session.h>
#include <libpq-fe.h>
#include <poll.h>

#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "core/ids/text_encoding.hpp"

namespace hermod::store {

// One server connection: the Poco session and the statements prepared on it.
struct OpenSession {
  Poco::Data::Session session;
  PGconn* handle;
  std::unordered_map<std::string, std::string> prepared;  // statement text → name
};

struct Database::Pool {
  Options options;
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<OpenSession>> idle;
  std::vector<std::unique_ptr<OpenSession>> broken;  // to be connected again
  int leased = 0;
  std::function<void()> on_changes;

  Result<std::unique_ptr<OpenSession>> open();
  ~Pool() {
    // Quirk(Poco 1.11): the destructor of a session whose connection is broken frees neither that nor its socket. They
    // are connected again instead of being thrown away; what is still broken at the end of the program stays as it is.
    static auto& abandoned = *new std::vector<std::unique_ptr<OpenSession>>;
    static std::mutex abandoned_mutex;
    const std::lock_guard lock(abandoned_mutex);
    for (auto& open : broken) abandoned.push_back(std::move(open));
  }
};

struct Connection::Lease {
  std::unique_ptr<OpenSession> open;
  std::shared_ptr<Database::Pool> pool;
  bool pooled = true;  // else it counts for nobody and is closed at the end
  bool changes_logged = false;  // in the transaction under way

  ~Lease() {
    const bool broken = PQstatus(open->handle) != CONNECTION_OK;
    const bool usable = !broken && pooled && PQtransactionStatus(open->handle) == PQTRANS_IDLE;
    const std::lock_guard lock(pool->mutex);
    if (usable) pool->idle.push_back(std::move(open));
    if (broken) pool->broken.push_back(std::move(open));
    if (!pooled) return;
    --pool->leased;
    pool->freed.notify_one();
  }
};

namespace {

constexpr std::size_t prepared_statements_max = 500;  // beyond it the connection starts over

Error unavailable(std::string detail) {
  return {ErrorKind::unavailable, ErrorScope::provider, Retry::after(), "the database cannot be reached",
          std::move(detail), "see `hermod doctor`", {}};
}

// A server that is gone without a word must not hold a thread for longer than a lease lasts. What the operator says
// about it in the connection string counts.
std::string with_limits(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  if (!options) return conninfo;  // connecting will say so
  std::string all = "connect_timeout=5 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=20000";
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    all.append(" ").append(option->keyword).append("='");
    for (const char character : std::string_view(option->val)) {
      if (character == '\'' || character == '\\') all += '\\';
      all += character;
    }
    all += '\'';
  }
  return all;
}

Status ping(const std::string& conninfo) {
  const PGPing answer = PQping(conninfo.c_str());
  if (answer == PQPING_OK) return ok();
  return unavailable(answer == PQPING_REJECT       ? "the server takes no connections now"
                     : answer == PQPING_NO_ATTEMPT ? "the connection's parameters make no sense"
                                                   : "no server answers");
}

// A server that ended has closed the connections that were idle meanwhile: they have an end of file to read, perhaps
// behind a last message.
bool is_alive(PGconn* handle) {
  pollfd readable{PQsocket(handle), POLLIN, 0};
  while (poll(&readable, 1, 0) != 0) {
    if (PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK) return false;
  }
  return true;
}

void set_up(OpenSession& open) {
  open.prepared.clear();
  PQsetNoticeProcessor(open.handle, [](void*, const char*) {}, nullptr);
  PQsetClientEncoding(open.handle, "UTF8");
  PQclear(PQexec(open.handle, "SET synchronous_commit = on; SET timezone = 'UTC'; SET jit = off"));
}

Result<std::unique_ptr<OpenSession>> open_session(const std::string& conninfo) {
  // Quirk(Poco 1.11): a session that cannot connect leaks its PGconn, so one is made only when somebody answers.
  if (Status answer = ping(conninfo); !answer) return std::move(answer).error();
  try {
    // Quirk(libpq): until set_up(), what the server says, that it ends for instance, goes to stderr as it is.
    auto open = std::make_unique<OpenSession>(OpenSession{{"PostgreSQL", conninfo, 10}, nullptr, {}});
    open->handle = static_cast<PGconn*>(*Poco::Data::PostgreSQL::Utility::handle(open->session));
    set_up(*open);
    return open;
  } catch (const Poco::Exception& e) {
    return unavailable(e.displayText());
  }
}

}  // namespace

Rows::~Rows() {
  if (result_ != nullptr) PQclear(result_);
}
int Rows::size() const { return PQntuples(result_); }
bool Rows::is_null(int row, int column) const { return PQgetisnull(result_, row, column) != 0; }
std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(result_, row, column), static_cast<std::size_t>(PQgetlength(result_, row, column))};
}
std::int64_t Rows::integer(int row, int column) const {
  const std::string_view value = text(row, column);
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}
bool Rows::boolean(int row, int column) const { return text(row, column) == "t"; }
ids::ObjectId Rows::id(int row, int column) const {
  return ids::parse_uuid_text(text(row, column)).value_or(ids::ObjectId{});
}
std::string Rows::bytes(int row, int column) const {
  const std::string_view value = text(row, column);
  if (!value.starts_with("\\x")) return {};
  return ids::hex_decode(value.substr(2)).value_or(std::string());
}
std::vector<std::string> Rows::texts(int row, int column) const {
  std::vector<std::string> values;
  const std::string_view literal = text(row, column);
  std::string element;
  bool quoted = false;
  bool any = false;
  for (std::size_t i = 1; i < literal.size(); ++i) {
    const char character = literal[i];
    if (character == '\\') {
      element += literal[++i];
    } else if (character == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (character == ',' || character == '}')) {
      if (any || !element.empty()) values.push_back(std::move(element));
      element.clear();
      any = false;
    } else {
      element += character;
    }
  }
  return values;
}
std::vector<ids::ObjectId> Rows::ids(int row, int column) const {
  std::vector<ids::ObjectId> values;
  for (const std::string& element : texts(row, column)) {
    values.push_back(ids::parse_uuid_text(element).value_or(ids::ObjectId{}));
  }
  return values;
}
std::vector<std::int64_t> Rows::integers(int row, int column) const {
  std::vector<std::int64_t> values;
  for (const std::string& element : texts(row, column)) values.push_back(std::stoll(element));
  return values;
}
std::int64_t Rows::affected() const { return std::strtoll(PQcmdTuples(result_), nullptr, 10); }

Connection::Connection(std::unique_ptr<Lease> lease) : lease_(std::move(lease)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

PGconn* Connection::handle() const { return lease_->open->handle; }

Error Connection::error_of(const PGresult* result) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string code = state != nullptr ? state : "";
  if (PQstatus(handle()) != CONNECTION_OK || code.starts_with("08") || code.starts_with("57P") || code == "53300") {
    return unavailable(code.empty() ? "connection lost" : code);
  }
  if (code.starts_with("53") || code == "58030") {
    return {ErrorKind::unavailable, ErrorScope::provider, Retry::after(), "the database has no room or memory left",
            code, "free disk space where PostgreSQL keeps its data", code};
  }
  if (code == "40001" || code == "40P01" || code == "55P03") {
    return {ErrorKind::conflict, ErrorScope::account, Retry::now(), "the database asks to repeat the transaction",
            code, {}, code};
  }
  if (code == "23505") {
    return {ErrorKind::conflict, ErrorScope::account, Retry::never(), "the object exists already", code, {}, code};
  }
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  // Messages may quote values, those of a trigger whole rows; their code must do. Class 42 names objects alone.
  const bool names_objects = code.starts_with("42");
  return {ErrorKind::internal, ErrorScope::account, Retry::after(), "a database statement failed",
          code + (names_objects && primary != nullptr ? std::string(": ") + primary : ""), {}, code};
}

Result<Rows> Connection::run(const std::string& statement, std::span<const SqlValue> parameters) {
  OpenSession& open = *lease_->open;
  if (open.prepared.size() >= prepared_statements_max) {
    PQclear(PQexec(open.handle, "DEALLOCATE ALL"));
    open.prepared.clear();
  }
  auto found = open.prepared.find(statement);
  if (found == open.prepared.end()) {
    const std::string name = "s" + std::to_string(open.prepared.size());
    PGresult* prepared = PQprepare(open.handle, name.c_str(), statement.c_str(), 0, nullptr);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
      Error error = error_of(prepared);
      PQclear(prepared);
      return error;
    }
    PQclear(prepared);
    found = open.prepared.emplace(statement, name).first;
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  values.reserve(parameters.size());
  for (const SqlValue& parameter : parameters) {
    values.push_back(parameter ? parameter->c_str() : nullptr);
    lengths.push_back(parameter ? static_cast<int>(parameter->size()) : 0);
  }
  PGresult* result = PQexecPrepared(open.handle, found->second.c_str(), static_cast<int>(values.size()), values.data(),
                                    lengths.data(), nullptr, 0);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    Error error = error_of(result);
    PQclear(result);
    return error;
  }
  return Rows(result);
}

Status Connection::script(const std::string& statements) {
  PGresult* result = PQexec(handle(), statements.c_str());
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    Error error = error_of(result);
    PQclear(result);
    return error;
  }
  PQclear(result);
  return ok();
}

Status Connection::begin(const std::string& first) {
  Status begun = script("BEGIN;" + first);
  if (!begun) rollback();
  return begun;
}

Status Connection::commit() {
  const bool logged = std::exchange(lease_->changes_logged, false);
  Status committed = script("COMMIT");
  if (committed && logged && lease_->pool->on_changes) lease_->pool->on_changes();
  return committed;
}

void Connection::rollback() noexcept {
  lease_->changes_logged = false;
  PQclear(PQexec(handle(), "ROLLBACK"));
}

void Connection::changes_logged() { lease_->changes_logged = true; }

// A broken connection made anew, or a new one.
Result<std::unique_ptr<OpenSession>> Database::Pool::open() {
  std::unique_ptr<OpenSession> open;
  {
    const std::lock_guard lock(mutex);
    if (!broken.empty()) {
      open = std::move(broken.back());
      broken.pop_back();
    }
  }
  if (!open) return open_session(options.conninfo);
  PQreset(open->handle);
  if (PQstatus(open->handle) == CONNECTION_OK) {
    set_up(*open);
    return open;
  }
  Error error = unavailable(PQerrorMessage(open->handle));
  const std::lock_guard lock(mutex);
  broken.push_back(std::move(open));
  return error;
}

Database::Database(Options options) : pool_(std::make_shared<Pool>()) {
  pool_->options = std::move(options);
  pool_->options.conninfo = with_limits(pool_->options.conninfo);
  static std::once_flag registered;
  std::call_once(registered, [] { Poco::Data::PostgreSQL::Connector::registerConnector(); });
}
Database::~Database() = default;

void Database::on_changes(std::function<void()> callback) { pool_->on_changes = std::move(callback); }

Status Database::ping() const { return store::ping(pool_->options.conninfo); }

Result<Connection> Database::connect() {
  std::unique_lock lock(pool_->mutex);
  pool_->freed.wait(lock, [&] { return pool_->leased < pool_->options.connections_max; });
  ++pool_->leased;
  std::unique_ptr<OpenSession> open;
  while (!open && !pool_->idle.empty()) {
    std::unique_ptr<OpenSession> idle = std::move(pool_->idle.back());
    pool_->idle.pop_back();
    if (is_alive(idle->handle)) {
      open = std::move(idle);
    } else {
      pool_->broken.push_back(std::move(idle));
    }
  }
  lock.unlock();
  auto opened = open ? Result<std::unique_ptr<OpenSession>>(std::move(open)) : pool_->open();
  if (!opened) {
    lock.lock();
    --pool_->leased;
    pool_->freed.notify_one();
    return std::move(opened).error();
  }
  return Connection(std::make_unique<Connection::Lease>(std::move(*opened), pool_));
}

Result<Connection> Database::connect_alone() {
  auto opened = pool_->open();
  if (!opened) return std::move(opened).error();
  return Connection(std::make_unique<Connection::Lease>(std::move(*opened), pool_, false));
}

}  // namespace hermod::store
