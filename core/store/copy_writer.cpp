#include "core/store/copy_writer.hpp"

#include <libpq-fe.h>

namespace hermod::store {

namespace {

constexpr std::size_t send_bytes = 64 << 10;

void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    char escape = 0;
    switch (character) {
      case '\\': escape = '\\'; break;
      case '\n': escape = 'n'; break;
      case '\r': escape = 'r'; break;
      case '\t': escape = 't'; break;
      default: continue;
    }
    out.append(text, start, i - start);
    out += '\\';
    out += escape;
    start = i + 1;
  }
  out.append(text, start);
}

}  // namespace

Result<CopyWriter> CopyWriter::begin(Connection& connection, const std::string& table_and_columns) {
  PGresult* result = PQexec(connection.handle(), ("COPY " + table_and_columns + " FROM STDIN").c_str());
  if (PQresultStatus(result) != PGRES_COPY_IN) {
    Error error = connection.error_of(result);
    PQclear(result);
    return error;
  }
  PQclear(result);
  return CopyWriter(connection);
}

CopyWriter::~CopyWriter() {
  if (connection_ == nullptr) return;
  PQputCopyEnd(connection_->handle(), "abandoned");
  while (PGresult* result = PQgetResult(connection_->handle())) PQclear(result);
}

CopyWriter& CopyWriter::text(std::string_view value) {
  separate();
  append_escaped(buffer_, value);
  return *this;
}
CopyWriter& CopyWriter::integer(std::int64_t value) {
  separate();
  buffer_ += std::to_string(value);
  return *this;
}
CopyWriter& CopyWriter::boolean(bool value) {
  separate();
  buffer_ += value ? 't' : 'f';
  return *this;
}
CopyWriter& CopyWriter::id(const ids::ObjectId& value) {
  separate();
  buffer_ += ids::to_uuid_text(value);
  return *this;
}
CopyWriter& CopyWriter::bytes(std::string_view value) {
  separate();
  buffer_ += '\\';  // COPY reads \\ as one backslash
  append_hex(buffer_, value);
  return *this;
}
CopyWriter& CopyWriter::texts(const std::vector<std::string>& values) {
  return text(*to_sql(values));
}
CopyWriter& CopyWriter::null() {
  separate();
  buffer_ += "\\N";
  return *this;
}

Status CopyWriter::end_row() {
  buffer_ += '\n';
  row_empty_ = true;
  return buffer_.size() >= send_bytes ? send() : ok();
}

Status CopyWriter::send() {
  if (buffer_.empty()) return ok();
  const int sent = PQputCopyData(connection_->handle(), buffer_.data(), static_cast<int>(buffer_.size()));
  buffer_.clear();
  if (sent != 1) {
    return Error{ErrorKind::unavailable, ErrorScope::provider, Retry::after(), "the database cannot be reached",
                 "connection lost in COPY", "see `hermod doctor`", {}};
  }
  return ok();
}

Status CopyWriter::finish() {
  if (Status sent = send(); !sent) return sent;
  Connection& connection = *std::exchange(connection_, nullptr);
  PQputCopyEnd(connection.handle(), nullptr);
  Status status = ok();
  while (PGresult* result = PQgetResult(connection.handle())) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK && status) status = connection.error_of(result);
    PQclear(result);
  }
  return status;
}

}  // namespace hermod::store
