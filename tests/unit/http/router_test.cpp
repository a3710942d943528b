#include "http/router.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace ashlar::http {
namespace {

// Says which route it is, and the parameters it got.
Handler says(const std::string& name) {
  return [name](Request& request) {
    auto text = name;
    for (const auto& parameter : request.parameters) {
      text += " " + std::string(parameter.name) + "=" + parameter.value;
    }
    return Response::text(text);
  };
}

std::string ask(const Router& router, Method method, const std::string& target) {
  Request request(method, target);
  const auto* route = router.find(request);
  return route ? router.answer(*route, request).body : "none";
}

std::string ask(const Router& router, const std::string& target) { return ask(router, Method::get, target); }

TEST(Router, FindsByMethodAndPath) {
  Router router;
  router.get("/", says("root"));
  router.get("/items/{collection}", says("list"));
  router.post("/items/{collection}", says("create"));
  router.get("/items/{collection}/{id}", says("one"));
  EXPECT_EQ(ask(router, "/"), "root");
  EXPECT_EQ(ask(router, "/items/a?limit=1"), "list collection=a");
  EXPECT_EQ(ask(router, Method::post, "/items/a"), "create collection=a");
  EXPECT_EQ(ask(router, "/items/a/1"), "one collection=a id=1");
  EXPECT_EQ(ask(router, Method::del, "/items/a"), "none");
  EXPECT_EQ(ask(router, "/items"), "none");
  EXPECT_EQ(ask(router, "/items/a/1/2"), "none");
  EXPECT_EQ(ask(router, "/nothing"), "none");
}

TEST(Router, MatchesLiteralsInAnyCaseAndKeepsTheCaseOfParameters) {
  Router router;
  router.get("/Server/Ping", says("ping"));
  router.get("/items/{collection}", says("list"));
  EXPECT_EQ(ask(router, "/sErVeR/piNG"), "ping");
  EXPECT_EQ(ask(router, "/ITEMS/Articles"), "list collection=Articles");
}

TEST(Router, AllowsOneTrailingSlashAndNoEmptySegments) {
  Router router;
  router.get("/", says("root"));
  router.get("/items/{collection}", says("list"));
  EXPECT_EQ(ask(router, "/items/a/"), "list collection=a");
  EXPECT_EQ(ask(router, "/items/a//"), "none");
  EXPECT_EQ(ask(router, "//items/a"), "none");
  EXPECT_EQ(ask(router, "/items//a"), "none");
  EXPECT_EQ(ask(router, "/items//"), "none");
  EXPECT_EQ(ask(router, "//"), "none");
}

TEST(Router, PrefersLiteralsToParametersWhateverTheOrder) {
  Router router;
  router.get("/users/{id}", says("one"));
  router.get("/users/me", says("me"));
  router.get("/users/{id}/tfa", says("tfa of one"));
  EXPECT_EQ(ask(router, "/users/me"), "me");
  EXPECT_EQ(ask(router, "/users/you"), "one id=you");
  EXPECT_EQ(ask(router, "/users/me/tfa"), "tfa of one id=me");
}

TEST(Router, PassesOverPatternsWithoutTheMethod) {
  Router router;
  router.get("/users/me", says("me"));
  router.del("/users/{id}", says("delete"));
  EXPECT_EQ(ask(router, Method::del, "/users/me"), "delete id=me");
}

TEST(Router, TellsParametersApartByType) {
  Router router;
  router.get("/assets/{key}", says("key"));
  router.get("/assets/{id:uuid}", says("uuid"));
  router.get("/assets/{number:int}", says("int"));
  EXPECT_EQ(ask(router, "/assets/5f6b3a1c-0d2e-4b7a-9c8d-1e2f3a4b5c6d"),
            "uuid id=5f6b3a1c-0d2e-4b7a-9c8d-1e2f3a4b5c6d");
  EXPECT_EQ(ask(router, "/assets/42"), "int number=42");
  EXPECT_EQ(ask(router, "/assets/42x"), "key key=42x");
}

TEST(Router, TakesTheRestOfAPathAsTheLastResort) {
  Router router;
  router.get("/admin/{path*}", says("app"));
  router.get("/admin/assets/{name}", says("asset"));
  EXPECT_EQ(ask(router, "/admin"), "app path=");
  EXPECT_EQ(ask(router, "/admin/"), "app path=");
  EXPECT_EQ(ask(router, "/admin/a/b%20c/"), "app path=a/b c/");
  EXPECT_EQ(ask(router, "/admin/assets/x.js"), "asset name=x.js");
  EXPECT_EQ(ask(router, "/admin/assets/x/y"), "app path=assets/x/y");
  EXPECT_EQ(ask(router, "/administrator"), "none");
}

TEST(Router, DecodesParametersAfterSplitting) {
  Router router;
  router.get("/items/{collection}/{id}", says("one"));
  EXPECT_EQ(ask(router, "/items/a%2Fb/%C3%A4%20+"), "one collection=a/b id=ä +");
}

TEST(Router, AnswersHeadByGetUnlessItHasItsOwn) {
  Router router;
  router.get("/a", says("get"));
  router.get("/b", says("get"));
  router.head("/b", says("head"));
  router.post("/c", says("post"));
  EXPECT_EQ(ask(router, Method::head, "/a"), "get");
  EXPECT_EQ(ask(router, Method::head, "/b"), "head");
  EXPECT_EQ(ask(router, Method::head, "/c"), "none");
}

TEST(Router, AnyTakesWhatIsLeft) {
  Router router;
  router.any("/hook/{path*}", says("any"));
  router.get("/hook/{path*}", says("get"));
  EXPECT_EQ(ask(router, Method::get, "/hook/x"), "get path=x");
  EXPECT_EQ(ask(router, Method::other, "/hook/x"), "any path=x");
}

TEST(Router, RefusesMalformedAndRepeatedPatterns) {
  Router router;
  router.get("/items/{collection}", says("list"));
  for (const auto* pattern : {"", "items", "/items//x", "/items/{", "/items/{}", "/x{id}", "/x/{id:float}", "/x/{:int}",
                              "/x/{rest*}/y", "/ITEMS/{other}", "/items/"}) {
    EXPECT_THROW(router.get(pattern, says("bad")), std::logic_error) << pattern;
  }
}

TEST(Router, StreamedBodiesRunElastic) {
  Router router;
  router.post("/files", says("upload"), {.body = Body::streamed});
  Request request(Method::post, "/files");
  EXPECT_EQ(router.find(request)->options.run, Run::elastic);
}

TEST(Middleware, WrapsHandlersFromTheOutsideIn) {
  Router router;
  const auto wrap = [](const std::string& name) {
    return [name](Request& request, const Next& next) {
      auto response = next(request);
      response.body = name + "(" + response.body + ")";
      return response;
    };
  };
  router.use(wrap("outer"));
  router.use(wrap("inner"));
  router.get("/a", says("a"));
  EXPECT_EQ(ask(router, "/a"), "outer(inner(a))");
}

TEST(Middleware, CanAnswerByItself) {
  Router router;
  router.use([](Request& request, const Next& next) {
    return request.method == Method::options ? Response::no_content() : next(request);
  });
  Request request(Method::options, "/anything");
  EXPECT_EQ(router.find(request), nullptr);
  EXPECT_EQ(router.answer(router.fallback(), request).status, 204);
}

TEST(Middleware, SeesTheAnswersToErrors) {
  Router router;
  router.use([](Request& request, const Next& next) {
    auto response = next(request);
    response.add_header("Access-Control-Allow-Origin", "*");
    return response;
  });
  router.get("/forbidden", [](Request&) -> Response { throw ApiError::forbidden(); });
  Request request(Method::get, "/forbidden");
  const auto response = router.answer(*router.find(request), request);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.header("access-control-allow-origin"), "*");
}

TEST(Errors, HaveTheUsualForm) {
  Router router;
  router.get("/two", [](Request&) -> Response {
    throw ApiError({{400, "A", "first \"quoted\"", {{"field", "x"}}}, {403, "B", "second", {}}});
  });
  Request request(Method::get, "/two");
  const auto response = router.answer(*router.find(request), request);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(response.body, R"({"errors":[{"message":"first \"quoted\"","extensions":{"field":"x","code":"A"}},)"
                           R"({"message":"second","extensions":{"code":"B"}}]})");
}

TEST(Errors, UnknownRoutesNameThePath) {
  const Router router;
  Request request(Method::get, "/no/such?x=1");
  const auto response = router.answer(router.fallback(), request);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"errors":[{"message":"Route /no/such doesn't exist.","extensions":{"path":"/no/such",)"
                           R"("code":"ROUTE_NOT_FOUND"}}]})");
}

TEST(Errors, AreTurnedIntoAnswersInOnePlace) {
  Router router;
  router.on_error([](std::exception_ptr, Request& request) {
    return Response::text("sorry about " + std::string(request.path()), 418);
  });
  router.get("/a", [](Request&) -> Response { throw std::runtime_error("secret"); });
  EXPECT_EQ(ask(router, "/a"), "sorry about /a");
}

TEST(Errors, UnexpectedOnesKeepTheirReasonToThemselves) {
  Router router;
  router.get("/a", [](Request&) -> Response { throw std::runtime_error("secret"); });
  EXPECT_EQ(ask(router, "/a").find("secret"), std::string::npos);
}

TEST(Errors, NobodyAnswersClientsThatHaveGone) {
  Router router;
  router.get("/a", [](Request&) -> Response { throw ClientGone("away"); });
  EXPECT_THROW(ask(router, "/a"), ClientGone);
}

TEST(Path, IsValidWhereItIsUtf8WithoutNul) {
  for (const auto* path : {"/", "/a", "/%C3%A4", "/ä", "/a%2Fb", "//"}) EXPECT_TRUE(is_valid_path(path)) << path;
  for (const auto* path : {"", "a", "*", "/%", "/%2", "/%zz", "/%00", "/%FF", "/\xff", "/a%C3"}) {
    EXPECT_FALSE(is_valid_path(path)) << path;
  }
}

}  // namespace
}  // namespace ashlar::http
