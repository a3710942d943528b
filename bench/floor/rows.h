// The objects of the floor's answers, from the rows of either database: column i of the lists in source.h.
#pragma once
#include <string>

#include "json.h"

namespace ashlar::bench {

// Without the closing brace: lists may follow.
template <class Row>
void add_author(std::string& out, const Row& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"name\":";
  row.add_text(out, 1);
  out += ",\"email\":";
  row.add_text(out, 2);
  out += ",\"biography\":";
  row.add_text(out, 3);
  out += ",\"born\":";
  row.add_date(out, 4);
  out += ",\"active\":";
  row.add_boolean(out, 5);
}

template <class Row>
void add_article(std::string& out, const Row& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"title\":";
  row.add_text(out, 1);
  out += ",\"slug\":";
  row.add_text(out, 2);
  out += ",\"status\":";
  row.add_text(out, 3);
  out += ",\"body\":";
  row.add_text(out, 4);
  out += ",\"views\":";
  row.add_integer(out, 5);
  out += ",\"rating\":";
  row.add_double(out, 6);
  out += ",\"featured\":";
  row.add_boolean(out, 7);
  out += ",\"published_on\":";
  row.add_date(out, 8);
  out += ",\"created_at\":";
  row.add_timestamp(out, 9);
  out += ",\"author\":";
  row.add_integer(out, 10);
}

// Whole.
template <class Row>
void add_comment(std::string& out, const Row& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"article\":";
  row.add_integer(out, 1);
  out += ",\"name\":";
  row.add_text(out, 2);
  out += ",\"body\":";
  row.add_text(out, 3);
  out += ",\"approved\":";
  row.add_boolean(out, 4);
  out += ",\"created_at\":";
  row.add_timestamp(out, 5);
  out += '}';
}

template <class Row>
void add_tag(std::string& out, const Row& row, int column) {
  if (row.is_null(column)) {
    out += "{\"tag\":null}";
    return;
  }
  out += "{\"tag\":{\"id\":";
  row.add_integer(out, column);
  out += ",\"name\":";
  row.add_text(out, column + 1);
  out += "}}";
}

template <class Row>
void add_hero(std::string& out, const Row& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"heading\":";
  row.add_text(out, 1);
  out += ",\"text\":";
  row.add_text(out, 2);
  out += '}';
}

template <class Row>
void add_paragraph(std::string& out, const Row& row) {
  out += "{\"id\":";
  row.add_integer(out, 0);
  out += ",\"body\":";
  row.add_text(out, 1);
  out += ",\"wide\":";
  row.add_boolean(out, 2);
  out += '}';
}

// Appends {"data":[ and all rows ]}.
template <class Row, class Write>
void add_list(std::string& out, Row& rows, Write write) {
  out += "{\"data\":[";
  for (bool first = true; rows.next(); first = false) {
    if (!first) out += ',';
    write(rows);
  }
  out += "]}";
}

}  // namespace ashlar::bench
