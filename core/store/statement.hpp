// Statement: the text of a query under construction and its parameters, numbered as they are bound.
#pragma once

#include <string>
#include <vector>

#include "core/store/database.hpp"

namespace hermod::store {

// prepared: once a connection, one plan for all values. each_time: with the values, for filters of which one value
// is rare and another is on every message.
enum class Planning : std::uint8_t { prepared, each_time };

class Statement {
 public:
  // The account is $1 of every statement, so that PostgreSQL can prune partitions.
  explicit Statement(const ids::ObjectId& account_id) { bind(account_id); }

  // The parameter's placeholder.
  template <class Value>
  std::string bind(const Value& value) {
    parameters_.push_back(to_sql(value));
    return "$" + std::to_string(parameters_.size());
  }

  Statement& operator<<(std::string_view sql) {
    text_ += sql;
    return *this;
  }

  Result<Rows> run(Connection& connection, Planning planning = Planning::prepared) const;

 private:
  Result<Rows> run_once(Connection& connection) const;

  std::string text_;
  std::vector<SqlValue> parameters_;
};

}  // namespace hermod::store
