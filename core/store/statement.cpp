#include "core/store/statement.hpp"

#include <libpq-fe.h>

namespace hermod::store {

Result<Rows> Statement::run(Connection& connection, Planning planning) const {
  if (planning == Planning::prepared) return connection.run(text_, parameters_);
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
