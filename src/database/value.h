// Values that go to the database as parameters, and cells that come back.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ashlar::database {

struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// A parameter of a statement. Texts are UTF-8; a time is bound in the form that the dialect stores
// (Dialect::time_value).
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Blob>;

// One column of the current row. `text` holds texts and the bytes of blobs, and on PostgreSQL everything else too, in
// the database's own spelling (booleans t and f); it is valid until the cursor moves. SQLite and MySQL give whole
// numbers as `integer` and floating ones as `real`, without a text.
struct Cell {
  enum class Kind : std::uint8_t { null, integer, real, text, blob };

  Kind kind = Kind::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;

  bool is_null() const { return kind == Kind::null; }
  std::int64_t to_integer() const;  // 0 where it is null or no number
  bool to_bool() const;             // 1, t, true
  std::string to_string() const;    // empty where it is null
  Value to_value() const;           // as a parameter of a further statement
};

}  // namespace ashlar::database
