//===- NpyTest.cpp - Tests of .npy files -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/Npy.h"
#include "sattn/Runtime/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstring>
#include <sys/stat.h>

using namespace mlir::sattn;
using llvm::StringRef;

namespace {

/// A folder of its own for each test.
class NpyTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("sattn-npy", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string getPath(StringRef name) const {
    return (folder + "/" + name).str();
  }
  std::string write(StringRef bytes) const {
    std::error_code error;
    std::string path = getPath("a.npy");
    llvm::raw_fd_ostream(path, error) << bytes;
    EXPECT_FALSE(error);
    return path;
  }
  /// The message of reading `bytes` as `type`; empty if it works.
  std::string readError(StringRef bytes,
                        ElementType type = ElementType::F32) const {
    llvm::Expected<HostTensor> tensor = readNpy(write(bytes), type);
    return tensor ? "" : llvm::toString(tensor.takeError());
  }
  template <typename T>
  std::vector<T> read(StringRef bytes, ElementType type,
                      std::vector<int64_t> shape) const {
    llvm::Expected<HostTensor> tensor = readNpy(write(bytes), type);
    if (!tensor) {
      ADD_FAILURE() << llvm::toString(tensor.takeError());
      return {};
    }
    EXPECT_EQ(tensor->getShape().vec(), shape);
    std::vector<T> values(tensor->getNumElements());
    std::memcpy(values.data(), tensor->getData(), tensor->getNumBytes());
    return values;
  }

  llvm::SmallString<128> folder;
};

/// A file of format version `version`.0.
std::string makeFile(StringRef header, StringRef data, int version = 1) {
  std::string file =
      std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
  for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte)
    file += static_cast<char>(header.size() >> (8 * byte));
  return file + header.str() + data.str();
}

template <typename T> std::string bytesOf(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char *>(values.begin()),
                     values.size() * sizeof(T));
}

TEST_F(NpyTest, ReadsEveryVersion) {
  StringRef header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n";
  for (int version : {1, 2, 3})
    EXPECT_EQ(
        read<float>(makeFile(header, bytesOf<float>({1, -2, 3.5}), version),
                    ElementType::F32, {3}),
        (std::vector<float>{1, -2, 3.5}));
}

TEST_F(NpyTest, ReadsFortranOrder) {
  StringRef header = "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3)}";
  EXPECT_EQ(
      read<int32_t>(makeFile(header, bytesOf<int32_t>({1, 4, 2, 5, 3, 6})),
                    ElementType::I32, {2, 3}),
      (std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2)}";
  EXPECT_EQ(read<uint8_t>(
                makeFile(header, bytesOf<uint8_t>({0, 4, 2, 6, 1, 5, 3, 7})),
                ElementType::I8, {2, 2, 2}),
            (std::vector<uint8_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(NpyTest, ReadsBigEndian) {
  StringRef header = "{'descr': '>f8', 'fortran_order': False, 'shape': (1,)}";
  EXPECT_EQ(
      read<double>(
          makeFile(header, StringRef("\x40\x09\x21\xfb\x54\x44\x2d\x18", 8)),
          ElementType::F64, {1}),
      (std::vector<double>{3.141592653589793}));
  header = "{'descr': '>i2', 'fortran_order': True, 'shape': (1, 2)}";
  EXPECT_EQ(read<int16_t>(makeFile(header, StringRef("\x01\x02\xff\xfe", 4)),
                          ElementType::I16, {1, 2}),
            (std::vector<int16_t>{258, -2}));
}

TEST_F(NpyTest, TypeOfTheProgramDecides) {
  for (StringRef descr : {"<V2", "|V2", "<u2", "<i2"}) {
    std::string header =
        ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,)}")
            .str();
    EXPECT_EQ(read<uint16_t>(makeFile(header, bytesOf<uint16_t>({0x3f80})),
                             ElementType::BF16, {1}),
              (std::vector<uint16_t>{0x3f80}));
  }
  for (StringRef descr : {"<u8", "<i8"}) {
    std::string header =
        ("{'descr': '" + descr + "', 'fortran_order': False, 'shape': ()}")
            .str();
    for (ElementType type : {ElementType::I64, ElementType::Index})
      EXPECT_EQ(read<uint64_t>(makeFile(header, bytesOf<uint64_t>({~0ull})),
                               type, {}),
                (std::vector<uint64_t>{~0ull}));
  }
  StringRef header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}";
  std::string file = makeFile(header, bytesOf<float>({1}));
  EXPECT_NE(readError(file, ElementType::F64)
                .find("expected elements that can be read as f64, got f4"),
            std::string::npos);
  for (ElementType type : {ElementType::I32, ElementType::BF16, ElementType::I1,
                           ElementType::Index})
    EXPECT_NE(readError(file, type), "");
  header = "{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}";
  EXPECT_NE(readError(makeFile(header, "ab"), ElementType::BF16), "");
  EXPECT_EQ(readError(makeFile(header, "ab"), ElementType::F16), "");
}

TEST_F(NpyTest, ChecksBooleans) {
  StringRef header = "{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}";
  EXPECT_EQ(read<uint8_t>(makeFile(header, StringRef("\1\0", 2)),
                          ElementType::I1, {2}),
            (std::vector<uint8_t>{1, 0}));
  EXPECT_NE(readError(makeFile(header, "\1\2"), ElementType::I1).find("got 2"),
            std::string::npos);
}

TEST_F(NpyTest, ReadsEmptyArrays) {
  StringRef header = "{'descr': '<f4', 'fortran_order': False, 'shape': (0, "
                     "4611686018427387904, 8)}";
  EXPECT_EQ(read<float>(makeFile(header, ""), ElementType::F32,
                        {0, int64_t(1) << 62, 8}),
            std::vector<float>());
}

TEST_F(NpyTest, ReadsHeadersOfOtherWriters) {
  for (StringRef header :
       {"{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"f4\"}",
        " { 'fortran_order' : True , 'descr' : '<f4' , 'shape' : ( 2 , ) , } ",
        "{'descr':'=f4','fortran_order':False,'shape':(2)}"})
    EXPECT_EQ(read<float>(makeFile(header, bytesOf<float>({1, 2})),
                          ElementType::F32, {2}),
              (std::vector<float>{1, 2}));
}

TEST_F(NpyTest, RefusesBadFiles) {
  StringRef header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
  std::string good = makeFile(header, bytesOf<float>({1, 2}));
  EXPECT_EQ(readError(good), "");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(readError(StringRef(good).take_front(size)), "") << size;
  EXPECT_NE(readError(good + "x").find("too long: expected 8 bytes"),
            std::string::npos);
  EXPECT_NE(readError("PK" + good).find("does not start with"),
            std::string::npos);
  std::string other = good;
  other[6] = 9;
  EXPECT_NE(readError(other).find("got 9.0"), std::string::npos);
  // A header that claims to be longer than the file, or than is reasonable.
  other = good;
  other[8] = other[9] = '\xff';
  EXPECT_NE(readError(other).find("should have 65535 bytes"),
            std::string::npos);
  EXPECT_NE(readError(makeFile(std::string(2 << 20, ' '), "", 2))
                .find("expected a header of at most"),
            std::string::npos);
}

TEST_F(NpyTest, RefusesLyingShapes) {
  auto error = [&](StringRef shape) {
    return readError(makeFile(
        ("{'descr': '<f4', 'fortran_order': True, 'shape': " + shape + "}")
            .str(),
        "12345678"));
  };
  EXPECT_NE(
      error("(1000000000000,)").find("truncated: expected 4000000000000 bytes"),
      std::string::npos);
  EXPECT_NE(error("(4611686018427387904, 2)").find("overflows"),
            std::string::npos);
  EXPECT_NE(error("(4294967296, 4294967296, 4294967296)").find("overflows"),
            std::string::npos);
  EXPECT_NE(error("(99999999999999999999,)").find("overflows"),
            std::string::npos);
  EXPECT_NE(error("(-2, -1)").find("extents >= 0"), std::string::npos);
  EXPECT_NE(
      error("(" + llvm::join(std::vector<std::string>(65, "1"), ",") + ")")
          .find("at most 64 axes"),
      std::string::npos);
}

TEST_F(NpyTest, RefusesBadHeaders) {
  for (StringRef header :
       {"", "{", "}", "{}", "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': "
        "(2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f99999999999', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'extra': 1, 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"})
    EXPECT_NE(readError(makeFile(header, "12345678")).find("bad header: "),
              std::string::npos)
        << header.str();
}

TEST_F(NpyTest, RefusesWhatIsNoRegularFile) {
  auto error = [](StringRef path) {
    return llvm::toString(readNpy(path, ElementType::F32).takeError());
  };
  EXPECT_NE(error(getPath("none.npy")).find("cannot open"), std::string::npos);
  EXPECT_NE(error(folder).find("expected a regular file"), std::string::npos);
  std::string pipe = getPath("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(error(pipe).find("expected a regular file"), std::string::npos);
}

TEST_F(NpyTest, WritesWhatItReads) {
  for (ElementType type :
       {ElementType::I1, ElementType::I8, ElementType::I16, ElementType::I32,
        ElementType::I64, ElementType::Index, ElementType::F16,
        ElementType::BF16, ElementType::F32, ElementType::F64})
    for (std::vector<int64_t> shape : {std::vector<int64_t>{},
                                       {3},
                                       {2, 3},
                                       {0, 2},
                                       std::vector<int64_t>(33, 1)}) {
      llvm::Expected<HostTensor> tensor = HostTensor::create(type, shape);
      ASSERT_TRUE(static_cast<bool>(tensor));
      for (int64_t byte = 0; byte < tensor->getNumBytes(); ++byte)
        tensor->getData()[byte] = byte % (type == ElementType::I1 ? 2 : 100);
      std::string bytes;
      llvm::raw_string_ostream os(bytes);
      writeNpy(os, tensor->getRef());
      EXPECT_EQ((bytes.size() - tensor->getNumBytes()) % 64, 0u);
      std::vector<char> expected(tensor->getData(),
                                 tensor->getData() + tensor->getNumBytes());
      llvm::Expected<HostTensor> again = readNpy(write(bytes), type);
      ASSERT_TRUE(static_cast<bool>(again));
      EXPECT_EQ(again->getShape().vec(), shape);
      EXPECT_EQ(std::vector<char>(again->getData(),
                                  again->getData() + again->getNumBytes()),
                expected);
    }
}

TEST_F(NpyTest, RefusesTensorsThatDoNotFit) {
  for (std::vector<int64_t> shape : {std::vector<int64_t>{-1},
                                     {int64_t(1) << 40, int64_t(1) << 40},
                                     {INT64_MAX}})
    EXPECT_NE(
        llvm::toString(HostTensor::create(ElementType::F64, shape).takeError()),
        "");
}

TEST_F(NpyTest, FilesAppearTogetherOrNotAtAll) {
  auto print = [](llvm::raw_ostream &os) { os << "text"; };
  auto countFiles = [&] {
    std::error_code error;
    int count = 0;
    for (llvm::sys::fs::directory_iterator file(folder, error), end;
         file != end && !error; file.increment(error))
      ++count;
    return count;
  };
  {
    AtomicFiles files;
    ASSERT_FALSE(static_cast<bool>(files.add(getPath("a"), print)));
    EXPECT_EQ(countFiles(), 1); // the temporary one
  }
  EXPECT_EQ(countFiles(), 0);
  {
    AtomicFiles files;
    ASSERT_FALSE(static_cast<bool>(files.add(getPath("a"), print)));
    EXPECT_NE(llvm::toString(files.add(getPath("none/b"), print)), "");
    EXPECT_NE(
        llvm::toString(files.add(folder, print)).find("it is a directory"),
        std::string::npos);
    EXPECT_NE(llvm::toString(files.add("/dev/null", print))
                  .find("not a regular file"),
              std::string::npos);
  }
  EXPECT_EQ(countFiles(), 0);
  AtomicFiles files;
  ASSERT_FALSE(static_cast<bool>(files.add(getPath("a"), print)));
  ASSERT_FALSE(static_cast<bool>(files.add(getPath("b"), print)));
  ASSERT_FALSE(static_cast<bool>(files.commit()));
  EXPECT_EQ(countFiles(), 2);
  auto buffer = llvm::MemoryBuffer::getFile(getPath("b"));
  ASSERT_TRUE(static_cast<bool>(buffer));
  EXPECT_EQ((*buffer)->getBuffer(), "text");
}

} // namespace
