#include "core/store/statement.hpp"

#include <libpq-fe.h>

namespace hermod::store {

Result<Rows> Statement::run(Connection& connection, Planning planning) const {
  if (planning == Planning::prepared) return connection.run(text_, parameters_);
  if (Status set = connection.script("SET plan_cache_mode = force_custom_plan"); !set) return std::move(set).error();
  auto rows = run_once(connection);
  // A connection on which this fails is lost, and so is the setting.
  (void)connection.script("SET plan_cache_mode = force_generic_plan");
  return rows;
}

Result<Rows> Statement::run_once(Connection& connection) const {
  std::vector<const char*> values;
  for (const SqlValue& parameter : parameters_) values.push_back(parameter ? parameter->c_str() : nullptr);
  PGresult* result = PQexecParams(connection.handle(), text_.c_str(), static_cast<int>(values.size()),
                                  nullptr, values.data(), nullptr, nullptr, 0);
  if (PQresultStatus(result) == PGRES_TUPLES_OK) return Rows(result);
  Error error = connection.error_of(result);
  PQclear(result);
  return error;
}

}  // namespace hermod::store
