#include "items/import_rows.h"

namespace ashlar::items {

ByteReader::ByteReader(ByteSource source)
    : source_(std::move(source)), buffer_(std::make_unique_for_overwrite<char[]>(size)) {}

bool ByteReader::fill() {
  at_ = 0;
  filled_ = source_(buffer_.get(), size);
  return filled_ > 0;
}

void ByteReader::skip_mark() {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (available().starts_with(mark)) skip(mark.size());
}

}  // namespace ashlar::items
