#include "http/multipart.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ashlar::http
