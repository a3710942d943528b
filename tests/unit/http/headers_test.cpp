#include "http/headers.h"

#include <gtest/gtest.h>

namespace ashlar::http {
namespace {

Request with_cookies(std::string_view cookies) {
  Request request(Method::get, "/");
  request.add_header("Cookie", cookies);
  return request;
}

TEST(Cookie, IsFoundAndDecoded) {
  const auto request = with_cookies("a=1; session=x%20y;b=\"q\"; session=second");
  EXPECT_EQ(cookie(request, "a"), "1");
  EXPECT_EQ(cookie(request, "session"), "x y");
  EXPECT_EQ(cookie(request, "b"), "q");
  EXPECT_EQ(cookie(request, "c"), std::nullopt);
  EXPECT_EQ(cookie(Request(Method::get, "/"), "a"), std::nullopt);
}

TEST(Cookie, IsWrittenWithItsAttributes) {
  const Moment moment{784111777'000};
  EXPECT_EQ(format_cookie({.name = "a", .value = "1 2", .http_only = false}, moment), "a=1%202; Path=/");
  EXPECT_EQ(format_cookie({.name = "s",
                           .value = "t",
                           .domain = "example.com",
                           .same_site = "lax",
                           .max_age = std::chrono::seconds(60),
                           .secure = true},
                          moment),
            "s=t; Max-Age=60; Domain=example.com; Path=/; Expires=Sun, 06 Nov 1994 08:50:37 GMT; HttpOnly; Secure; "
            "SameSite=Lax");
}

TEST(Cookie, IsRemovedByADateInThePast) {
  const auto text = format_cookie({.name = "s", .max_age = std::chrono::seconds(0)}, Moment{784111777'000});
  EXPECT_EQ(text, "s=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly");
}

TEST(Preferences, AreSortedByQuality) {
  const auto list = parse_preferences("text/html;level=1, image/webp;q=0.5, image/avif;q=0.9,*/*;q=0, ,de");
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list[0].value, "text/html");
  EXPECT_EQ(list[1].value, "de");
  EXPECT_EQ(list[2].value, "image/avif");
  EXPECT_EQ(list[3].value, "image/webp");
}

TEST(Preferences, AcceptWildcards) {
  EXPECT_TRUE(accepts("", "image/avif"));
  EXPECT_TRUE(accepts("text/html, image/*", "image/avif"));
  EXPECT_TRUE(accepts("*/*", "image/avif"));
  EXPECT_FALSE(accepts("text/html, image/webp", "image/avif"));
  EXPECT_FALSE(accepts("image/avif;q=0", "image/avif"));
}

TEST(MediaType, IsSplitFromItsParameters) {
  EXPECT_EQ(media_type("Application/JSON; charset=utf-8"), "application/json");
  EXPECT_EQ(parameter_of("text/html; charset=utf-8", "Charset"), "utf-8");
  EXPECT_EQ(parameter_of(R"(form-data; name="a;\"b"; filename=c)", "name"), "a;\"b");
  EXPECT_EQ(parameter_of(R"(form-data; name="a;\"b"; filename=c)", "filename"), "c");
  EXPECT_EQ(parameter_of("multipart/form-data", "boundary"), std::nullopt);
}

TEST(Range, OfTwentySixBytes) {
  const auto answer = [](std::string_view header) {
    const auto range = parse_range(header, 26);
    return range.kind == Range::Kind::whole ? "whole" : content_range(range, 26);
  };
  EXPECT_EQ(answer("bytes=0-4"), "bytes 0-4/26");
  EXPECT_EQ(answer("bytes=6-"), "bytes 6-25/26");
  EXPECT_EQ(answer("bytes=-5"), "bytes 21-25/26");
  EXPECT_EQ(answer("bytes=-100"), "bytes 0-25/26");
  EXPECT_EQ(answer("bytes=20-500"), "bytes 20-25/26");
  EXPECT_EQ(answer("bytes=0-0"), "bytes 0-0/26");
  EXPECT_EQ(answer("bytes=0-1,4-5"), "bytes 0-1/26");
  for (const auto* header : {"bytes=26-", "bytes=5-3", "bytes=-", "bytes=-0"}) {
    EXPECT_EQ(answer(header), "bytes */26") << header;
  }
  for (const auto* header : {"", "bytes=a-b", "lines=1-2", "bytes=0", "bytes"}) EXPECT_EQ(answer(header), "whole");
}

TEST(HttpDate, IsWrittenAndRead) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), std::nullopt);
  EXPECT_EQ(parse_http_date("Sun, 06 Foo 1994 08:49:37 GMT"), std::nullopt);
}

TEST(ETag, IsComparedWeakly) {
  EXPECT_TRUE(matches_etag(R"("a", W/"b")", R"("b")"));
  EXPECT_TRUE(matches_etag("*", R"("b")"));
  EXPECT_FALSE(matches_etag(R"("a")", R"("b")"));
  EXPECT_FALSE(matches_etag("", R"("b")"));
}

}  // namespace
}  // namespace ashlar::http
