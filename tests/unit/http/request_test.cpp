#include "http/request.h"

#include <gtest/gtest.h>

namespace ashlar::http {
namespace {

TEST(Request, SplitsItsTarget) {
  const Request request(Method::get, "/items/a%2Fb?x=1?&y");
  EXPECT_EQ(request.path(), "/items/a%2Fb");
  EXPECT_EQ(request.query(), "x=1?&y");
  EXPECT_EQ(Request(Method::get, "/a").query(), "");
  EXPECT_EQ(Request(Method::get, "/a?").query(), "");
}

TEST(Request, FindsHeadersInAnyCase) {
  Request request(Method::get, "/");
  request.add_header("Content-Type", "text/plain");
  request.add_header("X-A", "1");
  request.add_header("x-a", "2");
  request.add_header("X-Empty", "");
  EXPECT_EQ(request.header("content-type"), "text/plain");
  EXPECT_EQ(request.header("x-A"), "1");
  EXPECT_EQ(request.header("x-b"), "");
  EXPECT_TRUE(request.has_header("x-empty"));
  EXPECT_FALSE(request.has_header("x-b"));
  ASSERT_EQ(request.headers().size(), 4U);
  EXPECT_EQ(request.headers()[2].second, "2");
}

TEST(Request, GivesItsParameters) {
  Request request(Method::get, "/");
  request.parameters = {{"id", "7"}};
  EXPECT_EQ(request.parameter("id"), "7");
  EXPECT_THROW(request.parameter("other"), std::logic_error);
}

TEST(Request, ReadsABufferedBodyAsAStream) {
  Request request(Method::post, "/");
  request.body = "abcde";
  char piece[3];
  EXPECT_EQ(request.body_reader().read(piece, 3), 3U);
  EXPECT_EQ(std::string(piece, 3), "abc");
  EXPECT_EQ(request.body_reader().read(piece, 3), 2U);
  EXPECT_EQ(request.body_reader().read(piece, 3), 0U);
}

TEST(Methods, HaveNames) {
  EXPECT_EQ(method_name(Method::del), "DELETE");
  EXPECT_EQ(method_from_name("SEARCH"), Method::search);
  EXPECT_EQ(method_from_name("get"), Method::other);
  EXPECT_EQ(method_from_name(""), Method::other);
}

}  // namespace
}  // namespace ashlar::http
