// CopyWriter: rows into a table by COPY … FROM STDIN, text format, within the connection's transaction.
//
// Build a row by the field calls in the order of the columns, then end_row(); finish() at the end. Not finished, it
// is aborted by its destructor, and the transaction with it.
#pragma once

#include "core/store/database.hpp"

namespace hermod::store {

class CopyWriter {
 public:
  static Result<CopyWriter> begin(Connection& connection, const std::string& table_and_columns);
  CopyWriter(CopyWriter&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), buffer_(std::move(other.buffer_)) {}
  ~CopyWriter();

  CopyWriter& text(std::string_view value);
  CopyWriter& integer(std::int64_t value);
  CopyWriter& boolean(bool value);
  CopyWriter& id(const ids::ObjectId& value);
  CopyWriter& bytes(std::string_view value);
  CopyWriter& texts(const std::vector<std::string>& values);  // text[]
  CopyWriter& null();
  Status end_row();
  Status finish();

 private:
  explicit CopyWriter(Connection& connection) : connection_(&connection) {}
  Status send();
  void separate() {
    if (!row_empty_) buffer_ += '\t';
    row_empty_ = false;
  }

  Connection* connection_;
  std::string buffer_;
  bool row_empty_ = true;
};

}  // namespace hermod::store
