// Database, Connection, Rows: PostgreSQL through a pool of Poco::Data sessions and libpq underneath them.
//
// Connections are leased from the pool and given back by their destructor; a broken one is connected again. One thread
// at a time uses a connection; the calls block, so coroutines make them on the worker pool. Statements are prepared
// once a connection, by their text. Errors: `unavailable` when the server is away, full or shutting down,
// `conflict` with retry now on a serialization failure or deadlock, `conflict` with retry never on a unique
// violation, `internal` for everything else; the text of a statement and its values are never part of an error.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/store/sql_value.hpp"
#include "hermod/result.hpp"

typedef struct pg_result PGresult;
typedef struct pg_conn PGconn;

namespace hermod::store {

class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}
  Rows(Rows&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  int size() const;
  bool empty() const { return size() == 0; }
  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;  // "" when null
  std::int64_t integer(int row, int column) const;
  bool boolean(int row, int column) const;
  ids::ObjectId id(int row, int column) const;
  std::string bytes(int row, int column) const;                   // of a bytea
  std::vector<std::string> texts(int row, int column) const;      // of a text[]
  std::vector<ids::ObjectId> ids(int row, int column) const;      // of a uuid[]
  std::vector<std::int64_t> integers(int row, int column) const;  // of a smallint[], integer[] or bigint[]
  std::int64_t affected() const;                                  // rows that the statement changed

 private:
  PGresult* result_;
};

class Connection {
 public:
  struct Lease;
  explicit Connection(std::unique_ptr<Lease> lease);
  Connection(Connection&&) noexcept;
  ~Connection();

  // Parameters are $1, $2 …; see sql_value.hpp for what can be passed.
  template <class... Values>
  Result<Rows> query(const std::string& statement, const Values&... values) {
    std::vector<SqlValue> parameters;
    parameters.reserve(sizeof...(values));
    (parameters.push_back(to_sql(values)), ...);
    return run(statement, parameters);
  }
  Result<Rows> run(const std::string& statement, std::span<const SqlValue> parameters);
  // Several statements, unprepared, without parameters.
  Status script(const std::string& statements);

  // The first statements of the transaction are sent with it: one round trip.
  Status begin(const std::string& first);
  Status commit();
  void rollback() noexcept;

  // For change_log.hpp: this connection wrote to the log; Database::on_changes() hears of it after the commit.
  void changes_logged();

  PGconn* handle() const;
  Error error_of(const PGresult* result) const;

 private:
  std::unique_ptr<Lease> lease_;
};

// Rolls back unless committed.
class Transaction {
 public:
  // `first`: as for Connection::script(), its settings for instance.
  static Result<Transaction> begin(Connection& connection, const std::string& first = {}) {
    if (Status begun = connection.begin(first); !begun) return std::move(begun).error();
    return Transaction(connection);
  }
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  ~Transaction() {
    if (connection_ != nullptr) connection_->rollback();
  }
  Status commit() { return std::exchange(connection_, nullptr)->commit(); }

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

class Database {
 public:
  struct Options {
    std::string conninfo;  // libpq's key=value form or a postgresql:// URL
    int connections_max = 16;
  };
  explicit Database(Options options);
  ~Database();
  Database(const Database&) = delete;

  // Waits for a free one when all are leased. Error{unavailable} when the server cannot be reached.
  Result<Connection> connect();
  // A connection outside the pool, for LISTEN.
  Result<Connection> connect_alone();
  // Called after each commit that wrote to the change log, on the thread that committed; must be short. Set while
  // nobody commits.
  void on_changes(std::function<void()> callback);
  // Whether a server answers, known within seconds even when all connections are in use or stuck.
  Status ping() const;

  struct Pool;

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace hermod::store
