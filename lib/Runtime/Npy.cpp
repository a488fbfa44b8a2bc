//===- Npy.cpp - Read and write NumPy's .npy files -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file is magic, version, length of the header, header, data. Nothing that
// the header says is believed before it agrees with the size of the file, so a
// lying header costs no memory.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Errno.h"
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir::sattn;
using llvm::StringRef;
using llvm::Twine;

static constexpr StringRef kMagic("\x93NUMPY", 6);
/// NumPy itself refuses headers above 10,000 bytes unless told to trust them.
static constexpr uint64_t kMaxHeaderLength = 1 << 20;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// A regular file opened for reading.
class InputFile {
public:
  explicit InputFile(StringRef path) : path(path.str()) {}
  ~InputFile() {
    if (descriptor >= 0)
      ::close(descriptor);
  }

  llvm::Error open();
  uint64_t getSize() const { return size; }
  /// Reads exactly `count` bytes.
  llvm::Error read(char *target, uint64_t count);
  llvm::Error error(const Twine &text) const {
    return llvm::createStringError("'" + path + "': " + text);
  }

private:
  std::string path;
  int descriptor = -1;
  uint64_t size = 0;
};
} // namespace

llvm::Error InputFile::open() {
  // A pipe without a writer must not block.
  descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0)
    return error("cannot open: " + llvm::sys::StrError());
  if (!S_ISREG(status.st_mode))
    return error("expected a regular file");
  size = status.st_size;
  return llvm::Error::success();
}

llvm::Error InputFile::read(char *target, uint64_t count) {
  while (count > 0) {
    ssize_t got =
        ::read(descriptor, target, std::min<uint64_t>(count, 1 << 30));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return error("cannot read: " + llvm::sys::StrError());
    if (got == 0)
      return error("the file ended while it was read");
    target += got;
    count -= got;
  }
  return llvm::Error::success();
}

/// Reads everything in front of the data.
static llvm::Expected<NpyHeader> readHeader(InputFile &file,
                                            uint64_t &headerEnd) {
  char start[12] = {};
  if (file.getSize() < 10)
    return file.error("expected a .npy file, got " + Twine(file.getSize()) +
                      " bytes");
  if (llvm::Error error = file.read(start, 10))
    return error;
  if (StringRef(start, 6) != kMagic)
    return file.error(
        "expected a .npy file (it does not start with \\x93NUMPY)");
  unsigned version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    return file.error(
        "expected version 1.0, 2.0 or 3.0 of the .npy format, got " +
        Twine(version) + "." +
        Twine(static_cast<unsigned>(static_cast<unsigned char>(start[7]))));
  headerEnd = version == 1 ? 10 : 12;
  if (file.getSize() < headerEnd)
    return file.error("truncated in the header");
  if (version > 1)
    if (llvm::Error error = file.read(start + 10, 2))
      return error;
  uint64_t length = version == 1 ? llvm::support::endian::read16le(start + 8)
                                 : llvm::support::endian::read32le(start + 8);
  if (length > file.getSize() - headerEnd)
    return file.error("truncated in the header: it should have " +
                      Twine(length) + " bytes, " +
                      Twine(file.getSize() - headerEnd) + " are left");
  if (length > kMaxHeaderLength)
    return file.error("expected a header of at most " +
                      Twine(kMaxHeaderLength) + " bytes, got " + Twine(length));
  headerEnd += length;
  std::string text(length, '\0');
  if (llvm::Error error = file.read(text.data(), length))
    return error;
  llvm::Expected<NpyHeader> header = parseNpyHeader(text);
  if (!header)
    return file.error("bad header: " + llvm::toString(header.takeError()));
  return header;
}

/// True if elements as the header describes them can be read as `type`.
static bool isCompatible(const NpyHeader &header, ElementType type) {
  if (header.itemSize != getElementSize(type))
    return false;
  bool isInteger = header.kind == 'i' || header.kind == 'u';
  switch (type) {
  case ElementType::I1:
    return isInteger || header.kind == 'b';
  case ElementType::BF16:
    return isInteger || header.kind == 'V';
  case ElementType::F16:
  case ElementType::F32:
  case ElementType::F64:
    return header.kind == 'f';
  default:
    return isInteger;
  }
}

/// Copies column-major `source` to row-major `target`.
template <typename T>
static void copyTransposed(const T *source, T *target,
                           llvm::ArrayRef<int64_t> shape, int64_t count) {
  llvm::SmallVector<int64_t> index(shape.size(), 0), stride(shape.size(), 1);
  for (size_t axis = 1; axis < shape.size(); ++axis)
    stride[axis] = stride[axis - 1] * shape[axis - 1];
  int64_t position = 0;
  for (int64_t element = 0; element < count; ++element) {
    target[element] = source[position];
    for (size_t axis = shape.size(); axis-- > 0;) {
      position += stride[axis];
      if (++index[axis] < shape[axis])
        break;
      position -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/// Turns the bytes of a file into a row-major, native tensor.
template <typename T>
static void normalise(const NpyHeader &header, HostTensor &stored,
                      HostTensor &target) {
  T *data = reinterpret_cast<T *>(stored.getData());
  int64_t count = stored.getNumElements();
  if (header.bigEndian == llvm::sys::IsLittleEndianHost)
    for (int64_t element = 0; element < count; ++element)
      data[element] = llvm::byteswap(data[element]);
  if (&stored != &target)
    copyTransposed(data, reinterpret_cast<T *>(target.getData()),
                   stored.getShape(), count);
}

static void normalise(const NpyHeader &header, HostTensor &stored,
                      HostTensor &target) {
  switch (header.itemSize) {
  case 1:
    return normalise<uint8_t>(header, stored, target);
  case 2:
    return normalise<uint16_t>(header, stored, target);
  case 4:
    return normalise<uint32_t>(header, stored, target);
  default:
    return normalise<uint64_t>(header, stored, target);
  }
}

llvm::Expected<HostTensor> mlir::sattn::readNpy(StringRef path,
                                                ElementType type) {
  InputFile file(path);
  if (llvm::Error error = file.open())
    return error;
  uint64_t headerEnd = 0;
  llvm::Expected<NpyHeader> header = readHeader(file, headerEnd);
  if (!header)
    return header.takeError();
  if (!isCompatible(*header, type))
    return file.error("expected elements that can be read as " +
                      getElementName(type) + ", got " + header->getTypeName());
  std::optional<int64_t> count = countElements(header->shape, header->itemSize);
  if (!count)
    return file.error("bad header: the number of bytes of shape " +
                      formatShapedType(header->shape, header->getTypeName()) +
                      " overflows");
  uint64_t expected = *count * header->itemSize,
           got = file.getSize() - headerEnd;
  if (got != expected)
    return file.error(Twine(got < expected ? "truncated" : "too long") +
                      ": expected " + Twine(expected) + " bytes of data for " +
                      formatShapedType(header->shape, header->getTypeName()) +
                      ", got " + Twine(got));
  llvm::Expected<HostTensor> stored = HostTensor::create(type, header->shape);
  if (!stored)
    return file.error(llvm::toString(stored.takeError()));
  if (llvm::Error error = file.read(stored->getData(), expected))
    return error;
  llvm::Expected<HostTensor> transposed = HostTensor();
  bool transpose = header->fortranOrder && header->shape.size() > 1;
  if (transpose && !(transposed = HostTensor::create(type, header->shape)))
    return file.error(llvm::toString(transposed.takeError()));
  HostTensor &result = transpose ? *transposed : *stored;
  normalise(*header, *stored, result);
  if (type == ElementType::I1)
    for (char value :
         llvm::ArrayRef<char>(result.getData(), result.getNumElements()))
      if (value != 0 && value != 1)
        return file.error(
            "expected bytes 0 and 1 for i1, got " +
            Twine(static_cast<unsigned>(static_cast<unsigned char>(value))));
  return std::move(result);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static StringRef getNpyTypeName(ElementType type) {
  switch (type) {
  case ElementType::I1:
    return "|b1";
  case ElementType::I8:
    return "|i1";
  case ElementType::I16:
    return "<i2";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
  case ElementType::Index:
    return "<i8";
  case ElementType::F16:
    return "<f2";
  case ElementType::BF16:
    return "<V2";
  case ElementType::F32:
    return "<f4";
  case ElementType::F64:
    return "<f8";
  }
  return "";
}

void mlir::sattn::writeNpy(llvm::raw_ostream &os, const TensorRef &tensor) {
  std::string header = ("{'descr': '" + getNpyTypeName(tensor.type) +
                        "', 'fortran_order': False, 'shape': (")
                           .str();
  for (int64_t extent : tensor.shape)
    header += std::to_string(extent) + ", ";
  header += "), }";
  // NumPy pads so that the data starts at a multiple of 64 bytes.
  size_t start = header.size() + 10 + 64 > UINT16_MAX ? 12 : 10;
  header.append(63 - (start + header.size()) % 64, ' ');
  header += '\n';
  char length[4];
  llvm::support::endian::write32le(length, header.size());
  os << kMagic << (start == 10 ? '\1' : '\2') << '\0'
     << StringRef(length, start - 8) << header;

  unsigned size = getElementSize(tensor.type);
  int64_t count = countElements(tensor.shape, size).value_or(0);
  const char *data = static_cast<const char *>(tensor.data);
  if (llvm::sys::IsLittleEndianHost || size == 1) {
    os.write(data, count * size);
    return;
  }
  for (int64_t element = 0; element < count; ++element)
    for (unsigned byte = size; byte-- > 0;)
      os << data[element * size + byte];
}
