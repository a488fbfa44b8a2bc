//===- DeviceTest.cpp - Devices that run PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The emulated device through the interface that a card has too, what is said
// where there is no card, and the state behind the functions that lowered code calls.
//
//===----------------------------------------------------------------------===//

#include "sattn/Runtime/GpuRuntime.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace mlir::sattn;

namespace {
/// out[i] = scale * in[i]
const char *scaleKernel = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry scale(.param .u64 in, .param .u64 out, .param .f32 factor,
                      .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %d<4>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mad.lo.u32 %r1, %r1, %r2, %r3;
  ld.param.u32 %r4, [count];
  setp.ge.u32 %p1, %r1, %r4;
  @%p1 ret;
  ld.param.u64 %d1, [in];
  ld.param.u64 %d2, [out];
  ld.param.f32 %r5, [factor];
  mad.wide.u32 %d1, %r1, 4, %d1;
  mad.wide.u32 %d2, %r1, 4, %d2;
  ld.global.f32 %r6, [%d1];
  mul.f32 %r6, %r6, %r5;
  st.global.f32 [%d2], %r6;
  ret;
})";

template <typename T> T unwrap(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  return T();
}

void expectSuccess(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  EXPECT_EQ(text, "");
}

/// Scales 100 numbers on `device` and compares.
void scaleNumbers(Device &device) {
  std::vector<float> in(100), out(100);
  std::iota(in.begin(), in.end(), 1);
  uint64_t from = unwrap(device.allocate(400)),
           to = unwrap(device.allocate(400));
  DeviceStream stream = unwrap(device.createStream());
  DeviceEvent start = unwrap(device.createEvent()),
              end = unwrap(device.createEvent());
  expectSuccess(device.copyToDevice(from, in.data(), 400, stream));
  expectSuccess(device.fill(to, 0, 400, stream));
  DeviceModule module = unwrap(device.load(scaleKernel));
  float factor = 3;
  uint32_t count = 99;
  const void *parameters[] = {&from, &to, &factor, &count};
  DeviceLaunch launch;
  launch.grid.x = 4;
  launch.block.x = 32;
  launch.parameters = parameters;
  expectSuccess(device.record(start, stream));
  expectSuccess(device.launch(module, "scale", launch, stream));
  expectSuccess(device.record(end, stream));
  expectSuccess(device.copyToHost(out.data(), to, 400, stream));
  expectSuccess(device.synchronize(stream));
  for (unsigned i = 0; i < 100; ++i)
    EXPECT_EQ(out[i], i < 99 ? 3 * in[i] : 0);
  EXPECT_GE(unwrap(device.getElapsed(start, end)), 0);
  expectSuccess(device.unload(module));
  expectSuccess(device.release(from));
  expectSuccess(device.release(to));
  expectSuccess(device.destroyEvent(start));
  expectSuccess(device.destroyEvent(end));
  expectSuccess(device.destroyStream(stream));
}

template <typename T> std::string getError(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}
} // namespace

TEST(DeviceTest, emulatedDeviceRunsAKernel) {
  auto device = unwrap(createDevice("emulated-sm_90a"));
  ASSERT_TRUE(device);
  EXPECT_EQ(device->getName(), "emulated-sm_90a");
  EXPECT_EQ(device->getArchitecture(), 90u);
  scaleNumbers(*device);
}

TEST(DeviceTest, cardRunsTheSameKernelOrSaysThatThereIsNone) {
  auto device = createDevice("cuda");
  if (device) {
    scaleNumbers(**device);
    return;
  }
  std::string text = llvm::toString(device.takeError());
  EXPECT_TRUE(
      text == "no NVIDIA driver is installed: cannot load "
              "libcuda.so.1" ||
      llvm::StringRef(text).starts_with("cuInit: CUDA_ERROR") ||
      llvm::StringRef(text).starts_with("the NVIDIA driver is too old") ||
      llvm::StringRef(text).starts_with("expected a card below"))
      << text;
}

TEST(DeviceTest, mistakesAreErrors) {
  auto device = unwrap(createDevice("emulated-sm_75"));
  ASSERT_TRUE(device);
  EXPECT_EQ(getError(device->load(scaleKernel)),
            "the module is for sm_80, the device is sm_75");
  EXPECT_EQ(getError(device->load("nonsense")),
            "ptx line 1: expected a directive, got 'nonsense'");
  EXPECT_EQ(getError(device->allocate(0)),
            "cannot allocate 0 bytes of device memory");
  uint64_t data = unwrap(device->allocate(8));
  EXPECT_EQ(llvm::toString(device->fill(data, 0, 9)),
            "a copy of 9 bytes is outside of the memory that was allocated on "
            "the device");
  EXPECT_EQ(llvm::toString(device->release(data + 1)),
            "expected an address that was allocated on the device");
  EXPECT_EQ(llvm::toString(device->launch(77, "k", DeviceLaunch())),
            "expected a module that is loaded");
  EXPECT_EQ(getError(createDevice("emulated-sm_6")),
            "expected a target from sm_70 on, got 'sm_6'");
  EXPECT_EQ(getError(createDevice("opencl")),
            "expected a device 'cuda', 'cuda:<number>' or "
            "'emulated-sm_<number>', got 'opencl'");
}

//===----------------------------------------------------------------------===//
// GpuRuntime
//===----------------------------------------------------------------------===//

/// The function that lowered code calls by this name.
template <typename F> static F *getFunction(llvm::StringRef name) {
  for (const GpuRuntime::Function &function : GpuRuntime::getFunctions())
    if (function.name == name)
      return reinterpret_cast<F *>(function.address);
  ADD_FAILURE() << "no function " << name.str();
  return nullptr;
}

namespace {
/// `scale` launched as lowered code does it.
struct LoweredProgram {
  uint64_t (*load)(const char *, int) =
      getFunction<uint64_t(const char *, int)>("mgpuModuleLoadJIT");
  void *(*getKernel)(uint64_t, const char *) =
      getFunction<void *(uint64_t, const char *)>("mgpuModuleGetFunction");
  void *(*allocate)(uint64_t, uint64_t, bool) =
      getFunction<void *(uint64_t, uint64_t, bool)>("mgpuMemAlloc");
  void (*copy)(void *, void *, size_t, uint64_t) =
      getFunction<void(void *, void *, size_t, uint64_t)>("mgpuMemcpy");
  void (*launch)(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                 intptr_t, int32_t, uint64_t, void **, void **, size_t) =
      getFunction<void(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                       intptr_t, int32_t, uint64_t, void **, void **, size_t)>(
          "mgpuLaunchKernel");

  /// Doubles `values`, of which the device has `count`, in `blocks` blocks.
  void run(std::vector<float> &values, size_t count, unsigned blocks) {
    void *kernel = getKernel(load(scaleKernel, 0), "scale");
    void *data = allocate(4 * count, 0, false);
    copy(data, values.data(), 4 * count, 0);
    float factor = 2;
    uint32_t size = values.size();
    void *parameters[] = {&data, &data, &factor, &size};
    launch(kernel, blocks, 1, 1, 32, 1, 1, 0, 0, parameters, nullptr, 4);
    copy(values.data(), data, 4 * count, 0);
  }
};
} // namespace

TEST(GpuRuntimeTest, countsWhatKernelsDo) {
  GpuRuntime runtime(unwrap(createDevice("emulated-sm_80")));
  runtime.setTimed(true);
  GpuRuntime::Scope scope(runtime);
  std::vector<float> values = {1, 2, 3};
  LoweredProgram().run(values, 3, 2);
  EXPECT_EQ(values, std::vector<float>({2, 4, 6}));
  LoweredProgram().run(values, 3, 1);
  // No block is no launch.
  LoweredProgram().run(values, 3, 0);
  EXPECT_EQ(values, std::vector<float>({4, 8, 12}));
  expectSuccess(runtime.takeError());
  ASSERT_EQ(runtime.getStatistics().size(), 1u);
  const KernelStatistics &statistics = runtime.getStatistics().front();
  EXPECT_EQ(statistics.kernel, "scale");
  EXPECT_EQ(statistics.launches, 2u);
  EXPECT_EQ(statistics.blocks, 3u);
  // One warp per block. The block without a number of its own ends at the branch,
  // its seventh instruction; the others execute all 16.
  EXPECT_EQ(statistics.warpInstructions, 16u + 7u + 16u);
  EXPECT_GT(statistics.milliseconds, 0);
  runtime.resetStatistics();
  EXPECT_TRUE(runtime.getStatistics().empty());
}

TEST(GpuRuntimeTest, firstErrorIsKept) {
  GpuRuntime runtime(unwrap(createDevice("emulated-sm_80")));
  GpuRuntime::Scope scope(runtime);
  std::vector<float> values = {1, 2, 3, 4};
  // The fourth number is not on the device.
  LoweredProgram().run(values, 3, 1);
  // Nothing is done any more.
  LoweredProgram().run(values, 4, 1);
  EXPECT_EQ(values, std::vector<float>({1, 2, 3, 4}));
  std::string text = llvm::toString(runtime.takeError());
  EXPECT_TRUE(llvm::StringRef(text).starts_with("kernel 'scale': ptx line 23: "))
      << text;
  expectSuccess(runtime.takeError());
  LoweredProgram().run(values, 4, 1);
  EXPECT_EQ(values, std::vector<float>({2, 4, 6, 8}));
  expectSuccess(runtime.takeError());
}

/// A thread of the other warp overwrites what a thread still reads: a barrier is
/// missing.
static const char *const racingKernel = R"(
.version 7.0
.target sm_80
.address_size 64
.shared .align 4 .b8 buffer[512];
.visible .entry race()
{
  .reg .b32 %r<4>;
  mov.u32 %r1, %tid.x;
  shl.b32 %r1, %r1, 2;
  mov.u32 %r2, buffer;
  add.u32 %r1, %r1, %r2;
  st.shared.u32 [%r1], %r1;
  bar.sync 0;
  ld.shared.u32 %r3, [%r1];
  xor.b32 %r1, %r1, 128;
  st.shared.u32 [%r1], %r3;
  ret;
})";

TEST(GpuRuntimeTest, raceNamesKernelAndBothLines) {
  GpuRuntime runtime(unwrap(createDevice("emulated-sm_80")));
  GpuRuntime::Scope scope(runtime);
  LoweredProgram program;
  void *kernel = program.getKernel(program.load(racingKernel, 0), "race");
  program.launch(kernel, 1, 1, 1, 64, 1, 1, 0, 0, nullptr, nullptr, 0);
  std::string text = llvm::toString(runtime.takeError());
  EXPECT_TRUE(llvm::StringRef(text).starts_with("kernel 'race': ptx line "))
      << text;
  for (const char *part : {"ptx line 15", "ptx line 17", "data race"})
    EXPECT_TRUE(llvm::StringRef(text).contains(part)) << text;
}
