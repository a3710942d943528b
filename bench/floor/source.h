// The floor: a program that gives the answers of Ashlar's benchmark requests and can do nothing else. Same HTTP
// library, same database libraries, the same rows; SQL and JSON written by hand for just these answers. What it costs
// is what a server in C++ has to pay; bench/run.mjs says how far Ashlar is from it.
//
// A Source writes the answers out of one database. Each thread has its own, with its own connection.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace ashlar::bench {

class Source {
 public:
  virtual ~Source() = default;
  // Each appends {"data":...}.
  virtual void row(std::string& out, std::int64_t key) = 0;  // an article by its key
  virtual void rows(std::string& out) = 0;                   // the first 100 articles
  virtual void filtered(std::string& out) = 0;               // the first 100 articles with two properties
  virtual void related(std::string& out) = 0;                // the first 100 articles with an unapproved comment
  virtual void nested(std::string& out) = 0;                 // the first 100 authors, their articles, their comments
  virtual void tagged(std::string& out) = 0;                 // the first 100 articles with their tags
  virtual void pages(std::string& out) = 0;                  // the first 100 pages with their blocks of two kinds
  virtual void grouped(std::string& out) = 0;                // articles and views by status
  virtual void count(std::string& out) = 0;                  // how many articles there are
};

// Throw std::runtime_error.
std::unique_ptr<Source> open_sqlite(const std::string& filename);
std::unique_ptr<Source> open_postgres(const std::string& connection_string);

// What the answers hold; the same in both.
inline constexpr const char* author_columns = "id, name, email, biography, born, active";
inline constexpr const char* article_columns =
    "id, title, slug, status, body, views, rating, featured, published_on, created_at, author";
inline constexpr const char* comment_columns = "id, article, name, body, approved, created_at";
inline constexpr const char* hero_columns = "id, heading, text";
inline constexpr const char* paragraph_columns = "id, body, wide";
inline constexpr const char* filtered_articles =
    " from articles where status = 'published' and views > 90000 order by id limit 100";
inline constexpr const char* commented_articles =
    " from articles where exists (select 1 from comments where article = articles.id and not approved) "
    "order by id limit 100";

// As many of a parent's articles, and of an article's comments, are shown at most.
inline constexpr int list_limit = 100;

}  // namespace ashlar::bench
