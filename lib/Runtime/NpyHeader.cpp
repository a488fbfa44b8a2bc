//===- NpyHeader.cpp - The Python literal in a .npy header -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The header is a dictionary in Python's syntax, such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// Writers differ in order, blanks, quotes and trailing commas; Python 2 wrote
// extents as 3L. All of that is read, everything else is an error.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace mlir::sattn;
using llvm::StringRef;

/// More axes than NumPy allows.
static constexpr size_t kMaxRank = 64;

std::string NpyHeader::getTypeName() const {
  return std::string(1, kind) + std::to_string(itemSize);
}

namespace {
/// Reads one literal from the front of a text. Each method returns false, with
/// `message` set, where the text is something else.
class LiteralReader {
public:
  explicit LiteralReader(StringRef text) : rest(text) {}

  bool readHeader(NpyHeader &header);
  const std::string &getMessage() const { return message; }

private:
  bool fail(const llvm::Twine &text) {
    if (message.empty())
      message = text.str();
    return false;
  }
  bool consume(char c) {
    rest = rest.ltrim();
    return rest.consume_front(StringRef(&c, 1));
  }
  bool expect(char c) {
    return consume(c) || fail(llvm::Twine("expected '") + llvm::Twine(c) + "'");
  }
  bool readString(StringRef &value);
  bool readBool(bool &value);
  bool readShape(llvm::SmallVectorImpl<int64_t> &shape);
  bool readType(NpyHeader &header);

  StringRef rest;
  std::string message;
};
} // namespace

bool LiteralReader::readString(StringRef &value) {
  rest = rest.ltrim();
  char quote = rest.empty() ? 0 : rest.front();
  if (quote != '\'' && quote != '"')
    return fail("expected a string in quotes");
  size_t end = rest.find(quote, 1);
  if (end == StringRef::npos)
    return fail("expected a closing quote");
  value = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return true;
}

bool LiteralReader::readBool(bool &value) {
  rest = rest.ltrim();
  value = rest.consume_front("True");
  return value || rest.consume_front("False") ||
         fail("expected True or False as 'fortran_order'");
}

bool LiteralReader::readShape(llvm::SmallVectorImpl<int64_t> &shape) {
  if (!expect('('))
    return false;
  while (!consume(')')) {
    rest = rest.ltrim();
    size_t digits = std::min(rest.find_if_not(llvm::isDigit), rest.size());
    int64_t extent;
    if (digits == 0)
      return fail("expected extents >= 0 in 'shape'");
    if (rest.take_front(digits).getAsInteger(10, extent))
      return fail("an extent in 'shape' overflows");
    rest = rest.drop_front(digits);
    rest.consume_front("L");
    if (shape.size() == kMaxRank)
      return fail("expected at most 64 axes in 'shape'");
    shape.push_back(extent);
    if (!consume(',')) {
      if (!expect(')'))
        return false;
      break;
    }
  }
  return true;
}

bool LiteralReader::readType(NpyHeader &header) {
  rest = rest.ltrim();
  if (rest.starts_with("["))
    return fail("structured element types are not supported");
  StringRef descr;
  if (!readString(descr))
    return false;
  StringRef size = descr;
  char order = size.empty() ? 0 : size.front();
  if (order == '<' || order == '>' || order == '|' || order == '=')
    size = size.drop_front();
  header.bigEndian = order == '>';
  header.kind = size.empty() ? 0 : size.front();
  bool known =
      !size.empty() && !size.drop_front().getAsInteger(10, header.itemSize);
  auto isOneOf = [&](std::initializer_list<unsigned> sizes) {
    return llvm::is_contained(sizes, header.itemSize);
  };
  switch (header.kind) {
  case 'f':
    known &= isOneOf({2, 4, 8});
    break;
  case 'i':
  case 'u':
    known &= isOneOf({1, 2, 4, 8});
    break;
  case 'b':
    known &= isOneOf({1});
    break;
  case 'V':
    known &= isOneOf({2});
    break;
  default:
    known = false;
  }
  return known || fail("expected an element type of f2, f4, f8, i1 to i8, u1 "
                       "to u8, b1 or V2 (bf16), got '" +
                       descr.take_front(32) + "'");
}

bool LiteralReader::readHeader(NpyHeader &header) {
  enum { Descr = 1, Order = 2, Shape = 4 };
  int seen = 0;
  if (!expect('{'))
    return false;
  while (!consume('}')) {
    StringRef key;
    if (!readString(key) || !expect(':'))
      return false;
    int bit = key == "descr"           ? Descr
              : key == "fortran_order" ? Order
              : key == "shape"         ? Shape
                                       : 0;
    if (!bit || (seen & bit))
      return fail(
          "expected each of 'descr', 'fortran_order', 'shape' once, got '" +
          key.take_front(32) + "'");
    seen |= bit;
    bool read = bit == Descr   ? readType(header)
                : bit == Order ? readBool(header.fortranOrder)
                               : readShape(header.shape);
    if (!read)
      return false;
    if (!consume(',')) {
      if (!expect('}'))
        return false;
      break;
    }
  }
  if (seen != (Descr | Order | Shape))
    return fail("expected 'descr', 'fortran_order' and 'shape'");
  return rest.trim().empty() || fail("expected nothing after the dictionary");
}

llvm::Expected<NpyHeader> mlir::sattn::parseNpyHeader(StringRef text) {
  LiteralReader reader(text);
  NpyHeader header;
  if (!reader.readHeader(header))
    return llvm::createStringError(reader.getMessage());
  return header;
}
