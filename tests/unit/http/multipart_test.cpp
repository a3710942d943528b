#include "http/multipart.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace ashlar::http {
namespace {

const std::string type = "multipart/form-data; boundary=XX";

TEST(Form, HasValuesAndFiles) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".yaml\"\r\n"
      "Content-Type: Text/YAML; charset=utf-8\r\n\r\na: 1\r\n--X\r\n\r\n--XX--\r\n";
  const auto parts = parse_form(type, body);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "note");
  EXPECT_FALSE((*parts)[0].file_name);
  EXPECT_EQ((*parts)[0].data, "hello");
  EXPECT_EQ((*parts)[1].file_name, "a \"b\".yaml");
  EXPECT_EQ((*parts)[1].content_type, "text/yaml");
  EXPECT_EQ((*parts)[1].data, "a: 1\r\n--X\r\n");
}

TEST(Form, MayBeEmpty) {
  const auto parts = parse_form("multipart/form-data; boundary=\"X X\"", "--X X--\r\n");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->empty());
}

TEST(Form, IsRefusedWhereItIsBroken) {
  EXPECT_FALSE(parse_form("multipart/form-data", "--XX--"));
  EXPECT_FALSE(parse_form(type, ""));
  EXPECT_FALSE(parse_form(type, "--XX\r\n"));
  EXPECT_FALSE(parse_form(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"));
  EXPECT_FALSE(parse_form(type, "--XX\r\nX: y\r\n\r\nno name\r\n--XX--"));
  EXPECT_FALSE(parse_form(type, "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n--XX--"));
}

// Gives one byte at a time, so that every delimiter is cut everywhere.
FormReader::Source byte_by_byte(const std::string& body) {
  return [rest = std::string_view(body)](char* buffer, std::size_t) mutable -> std::size_t {
    if (rest.empty()) return 0;
    *buffer = rest.front();
    rest.remove_prefix(1);
    return 1;
  };
}

TEST(FormReader, FindsPartsHoweverTheBodyIsCut) {
  const std::string body =
      "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--X\r\n"
      "--XX  \r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''%C3%A6.txt; filename=\"x.txt\"\r\n\r\n"
      "skipped\r\n--XX\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--XX--\r\nepilogue";
  FormReader reader(type, byte_by_byte(body));
  auto part = reader.next();
  ASSERT_TRUE(part);
  EXPECT_EQ(reader.read_text(100), "\r\n--X");
  part = reader.next();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->file_name, "\xC3\xA6.txt");
  EXPECT_FALSE(part->content_type);
  part = reader.next();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->name, "empty");
  EXPECT_EQ(reader.read_text(100), "");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(FormReader, LimitsFieldsAndHeads) {
  const std::string field =
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + std::string(100, 'x') + "\r\n--XX--";
  FormReader long_field(type, byte_by_byte(field));
  long_field.next();
  EXPECT_THROW(long_field.read_text(99), ApiError);
  const std::string head = "--XX\r\nX-Long: " + std::string(100'000, 'x');
  FormReader long_head(type, byte_by_byte(head));
  EXPECT_THROW(long_head.next(), ApiError);
}

}  // namespace
}  // namespace ashlar::http
