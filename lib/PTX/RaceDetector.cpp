//===- RaceDetector.cpp - Finds accesses that nothing orders -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vector clocks per warp and shadow words, after "FastTrack: efficient and
// precise dynamic race detection" (Flanagan and Freund, PLDI 2009), with the
// lanes of a warp, asynchronous accesses and the async proxy on top.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Machine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

namespace {
enum StampFlags : uint8_t {
  ByteMask = 0x0f,
  Strong = 0x10,
  Pending = 0x20,
  Async = 0x40,
};
/// Instead of a lane: several lanes of the warp read the word, or successive
/// lanes from a first one on (added) read a half or a byte each.
constexpr uint8_t manyLanes = 32, halvesOfLanes = 64, bytesOfLanes = 128;
/// Stamps of a word of global memory: the writer and two readers.
constexpr unsigned globalStamps = 3;
} // namespace

/// True if of the bytes in `mask` only `lane` touched any when `stamp` was
/// made.
static bool isOnlyLane(const Stamp &stamp, unsigned lane, uint8_t mask) {
  if (stamp.lane < halvesOfLanes)
    return stamp.lane == lane;
  unsigned bytesPerLane = stamp.lane < bytesOfLanes ? 2 : 1;
  for (unsigned byte = 0; byte < 4; ++byte)
    if (stamp.flags & mask & (1 << byte) &&
        stamp.lane % manyLanes + byte / bytesPerLane != lane)
      return false;
  return true;
}

/// The lane of a stamp for reads of `lanes` (a lane or several, of the bytes in
/// `mask`) and then of `lane`, of the bytes in `added`, in one instruction.
static uint8_t addLane(uint8_t lanes, uint8_t mask, uint8_t lane,
                       uint8_t added) {
  // Which successive lanes `lane`, one of them, is part of.
  auto getGroup = [](uint8_t lane, uint8_t mask) -> uint8_t {
    unsigned byte = llvm::countr_zero(mask);
    if (mask == 0x3 || mask == 0xc)
      return lane >= byte / 2 ? halvesOfLanes + lane - byte / 2 : manyLanes;
    return llvm::isPowerOf2_32(mask) && lane >= byte
               ? bytesOfLanes + lane - byte
               : manyLanes;
  };
  uint8_t before = lanes < manyLanes ? getGroup(lanes, mask) : lanes;
  return before == getGroup(lane, added) ? before : manyLanes;
}

/// True if `times` of lanes cover all lanes that touched the bytes in `mask`.
static bool areLanesKnown(const LaneTimes &times, const Stamp &stamp,
                          uint8_t mask) {
  if (stamp.lane < manyLanes)
    return times[stamp.lane] >= stamp.clock;
  // Which ones is not remembered, but that they are two or more.
  if (stamp.lane == manyLanes)
    return llvm::count_if(
               times, [&](uint32_t time) { return time >= stamp.clock; }) > 1;
  unsigned bytesPerLane = stamp.lane < bytesOfLanes ? 2 : 1;
  for (unsigned byte = 0; byte < 4; ++byte)
    if (stamp.flags & mask & (1 << byte) &&
        times[stamp.lane % manyLanes + byte / bytesPerLane] < stamp.clock)
      return false;
  return true;
}

/// True if the access of the warp `position` is known to have happened.
static bool isKnown(const Knowledge &known, const Stamp &stamp,
                    uint32_t position, uint8_t mask, bool useAsync) {
  const std::vector<uint32_t> &times = useAsync ? known.async : known.generic;
  if (position < times.size() && times[position] >= stamp.clock)
    return true;
  if (useAsync || known.lanes.empty())
    return false;
  const LaneTimes *lanes = known.findLanes(position);
  return lanes && areLanesKnown(*lanes, stamp, mask);
}

bool RaceDetector::isOrdered(const Stamp &stamp, const Warp &warp,
                             unsigned lane, uint8_t mask, bool useAsync) const {
  const Cluster &cluster = warp.block.cluster;
  const VectorClock &clock = warp.clock;
  if (stamp.flags & Pending)
    return false;
  uint32_t position = stamp.warp - cluster.firstWarp;
  if (position >= clock.known.generic.size()) {
    auto found = clock.known.foreign.find(stamp.warp);
    return found != clock.known.foreign.end() && found->second >= stamp.clock;
  }
  auto isKnownTo = [&](bool async) {
    return isKnown(clock.known, stamp, position, mask, async) ||
           (clock.laneKnown &&
            isKnown((*clock.laneKnown)[lane], stamp, position, mask, async));
  };
  if (useAsync && !isKnownTo(true))
    return false;
  // Through a barrier or an mbarrier, also from lane to lane of one warp.
  if (isKnownTo(false))
    return true;
  if (stamp.warp != warp.id)
    return false;
  if (isOnlyLane(stamp, lane, mask))
    return true;
  uint32_t synced = clock.synced[lane];
  if (stamp.lane < manyLanes)
    synced = std::min(synced, clock.synced[stamp.lane]);
  return stamp.clock <= synced;
}

bool RaceDetector::report(Warp &warp, const Instruction &instruction,
                          unsigned lane, const Stamp &earlier,
                          bool earlierWrites, bool writes,
                          const llvm::Twine &where) {
  const Statement *statement =
      machine.program.getCode()[earlier.instruction].statement;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "data race on " << where << ": this " << (writes ? "write" : "read")
     << " and the " << (earlierWrites ? "write" : "read") << " of ptx line "
     << statement->line << " (" << statement->text << ") ";
  uint32_t position = earlier.warp - warp.block.cluster.firstWarp;
  if (position < warp.block.cluster.numWarps)
    os << "by warp " << position % warp.block.warps.size();
  else
    os << (position < warp.block.cluster.numClocks ? "by asynchronous work"
                                                   : "by another cluster");
  if (earlier.lane < warpSize)
    os << ", lane " << unsigned(earlier.lane);
  os << (earlier.flags & Pending ? ", which is still in flight, are not ordered"
                                 : " are not ordered");
  warp.fail(instruction, lane, text);
  return false;
}

/// The bytes of [offset, offset + bytes) that lie in a word, as a mask.
static uint8_t getMask(uint64_t offset, unsigned bytes, uint64_t word) {
  uint64_t begin = std::max(offset, word * 4) - word * 4;
  uint64_t end = std::min(offset + bytes, word * 4 + 4) - word * 4;
  return (1u << end) - (1u << begin);
}

/// True if two accesses of one word can be a race at all.
static bool conflicts(const Stamp &stamp, uint32_t startTime, uint8_t mask,
                      RaceDetector::Kind kind) {
  return stamp.clock > startTime && stamp.flags & mask &&
         !(stamp.flags & Strong && kind.strong);
}

namespace {
/// What the checks of one access need again and again.
struct Access {
  Access(Warp &warp, unsigned lane, RaceDetector::Kind kind, uint32_t index)
      : known(warp.clock.known.generic), kind(kind),
        laneKnown(warp.clock.laneKnown
                      ? llvm::ArrayRef((*warp.clock.laneKnown)[lane].generic)
                      : llvm::ArrayRef<uint32_t>()),
        firstWarp(warp.block.cluster.firstWarp),
        startTime(warp.block.cluster.startTime) {
    stamp = {warp.clock.now, index, warp.id, uint8_t(lane),
             uint8_t((kind.strong ? Strong : 0) | (kind.async ? Async : 0))};
  }

  /// True where the stamp is old, or was seen through a barrier or an mbarrier:
  /// no further look is needed.
  bool isSettled(const Stamp &writer) const {
    return isSeen(writer) &&
           (writer.clock <= startTime || !kind.async || writer.flags & Async);
  }
  /// The same for a read, which the async proxy need not know about.
  bool isSeen(const Stamp &other) const {
    if (LLVM_LIKELY(other.clock <= startTime))
      return true;
    uint32_t position = other.warp - firstWarp;
    return !(other.flags & Pending) && position < known.size() &&
           (known[position] >= other.clock ||
            (position < laneKnown.size() &&
             laneKnown[position] >= other.clock));
  }

  /// Four words of a chunk at once; false where one needs a further look, with
  /// nothing changed.
  bool readChunk(const Stamp *writers, Stamp *own) const;
  bool writeChunk(Stamp *writers, llvm::ArrayRef<std::vector<Stamp>> readers,
                  uint32_t word) const;

  llvm::ArrayRef<uint32_t> known;
  RaceDetector::Kind kind;
  llvm::ArrayRef<uint32_t> laneKnown;
  uint32_t firstWarp, startTime;
  /// Of this access, without the bytes.
  Stamp stamp;
};
} // namespace

/// Chunks are what vector accesses, ldmatrix and asynchronous copies touch.
static constexpr unsigned chunkBytes = 16, chunkWords = 4;

bool Access::readChunk(const Stamp *writers, Stamp *own) const {
  bool settled = isSettled(writers[0]), again = false;
  for (unsigned i = 1; i < chunkWords; ++i) {
    bool same = writers[i].clock == writers[0].clock &&
                writers[i].warp == writers[0].warp &&
                writers[i].flags == writers[0].flags;
    settled &= same || isSettled(writers[i]);
  }
  for (unsigned i = 0; i < chunkWords; ++i)
    again |= own[i].clock == stamp.clock;
  if (!settled || again)
    return false;
  Stamp read = stamp;
  read.flags |= ByteMask;
  std::fill(own, own + chunkWords, read);
  return true;
}

bool Access::writeChunk(Stamp *writers,
                        llvm::ArrayRef<std::vector<Stamp>> readers,
                        uint32_t word) const {
  for (unsigned i = 0; i < chunkWords; ++i)
    if (!isSettled(writers[i]))
      return false;
  for (const std::vector<Stamp> &reader : readers)
    for (unsigned i = 0; i < chunkWords && !reader.empty(); ++i)
      if (!isSeen(reader[word + i]))
        return false;
  Stamp write = stamp;
  write.flags |= ByteMask;
  std::fill(writers, writers + chunkWords, write);
  return true;
}

/// Remembers the read of some bytes of a word by a warp.
LLVM_ATTRIBUTE_ALWAYS_INLINE static void
recordRead(Stamp &own, const Stamp &access, uint8_t mask) {
  uint8_t lane = access.lane, flags = access.flags | mask;
  if (own.clock == access.clock && own.lane != lane) {
    lane = addLane(own.lane, own.flags & ByteMask, lane, mask);
    flags |= own.flags & ByteMask;
  }
  own = {access.clock, access.instruction, access.warp, lane, flags};
}

/// A number for a word of shared memory, different from all addresses of words
/// and from those of other blocks of the launch.
static uint64_t getWordNumber(const Block &owner, uint32_t offset) {
  return uint64_t(1) << 63 |
         uint64_t(owner.cluster.firstWarp + owner.rank) << 26 | offset / 4;
}

bool RaceDetector::accessShared(Warp &warp, const Instruction &instruction,
                                unsigned lane, Block &owner, uint32_t offset,
                                unsigned bytes, Kind kind, bool same) {
  if (LLVM_UNLIKELY(machine.options.use != nullptr))
    noteAccess(warp, getWordNumber(owner, offset), offset % 4 + bytes, kind);
  if (LLVM_UNLIKELY(owner.writers.empty()))
    owner.writers.resize((owner.sharedSize + 3) / 4);
  Access access(warp, lane, kind,
                &instruction - machine.program.getCode().data());
  unsigned position = warp.id - access.firstWarp;
  Stamp *own = nullptr;
  if (!kind.write) {
    if (LLVM_UNLIKELY(owner.readers.size() <= position))
      owner.readers.resize(warp.block.cluster.numWarps);
    if (LLVM_UNLIKELY(owner.readers[position].empty()))
      owner.readers[position].resize((owner.sharedSize + 3) / 4);
    own = owner.readers[position].data();
  }
  auto fail = [&](const Stamp &earlier, bool earlierWrites, uint32_t word) {
    return report(warp, instruction, lane, earlier, earlierWrites, kind.write,
                  "shared address " + llvm::Twine(word * 4));
  };
  if (bytes == chunkBytes && offset % chunkBytes == 0) {
    Stamp *writers = owner.writers.data() + offset / 4;
    if (kind.write ? access.writeChunk(writers, owner.readers, offset / 4)
                   : access.readChunk(writers, own + offset / 4))
      return true;
  }
  uint32_t last = (offset + bytes - 1) / 4;
  bool wholeWords = (offset | bytes) % 4 == 0;
  for (uint32_t word = offset / 4; word <= last; ++word) {
    uint8_t mask = wholeWords ? ByteMask : getMask(offset, bytes, word);
    Stamp &writer = owner.writers[word];
    bool raced = !access.isSettled(writer) &&
                 conflicts(writer, access.startTime, mask, kind) &&
                 !isOrdered(writer, warp, lane, mask,
                            kind.async && !(writer.flags & Async));
    if (raced && !(same && kind.write && !(writer.flags & Pending)))
      return fail(writer, true, word);
    if (!kind.write) {
      recordRead(own[word], access.stamp, mask);
      continue;
    }
    for (const std::vector<Stamp> &reader : owner.readers) {
      if (reader.empty() || reader[word].clock <= access.startTime ||
          !conflicts(reader[word], access.startTime, mask, kind) ||
          isOrdered(reader[word], warp, lane, mask, false))
        continue;
      if (!same || reader[word].flags & Pending)
        return fail(reader[word], false, word);
      raced = true;
    }
    if (raced)
      continue;
    writer = access.stamp;
    writer.flags |= mask;
  }
  return true;
}

/// The three stamps of a word.
static Stamp *getStamps(GlobalMemory::Allocation &allocation, uint64_t word) {
  auto &page = allocation.shadow[word / shadowPageWords];
  if (!page)
    page = std::make_unique<Stamp[]>(shadowPageWords * globalStamps);
  return &page[word % shadowPageWords * globalStamps];
}

static void recordRead(Stamp *readers, const Stamp &access) {
  bool second = readers[0].clock && readers[0].warp != access.warp;
  Stamp &own = readers[second];
  bool again = own.clock == access.clock && own.warp == access.warp;
  uint8_t lane = access.lane;
  if (again && own.lane != lane)
    lane =
        addLane(own.lane, own.flags & ByteMask, lane, access.flags & ByteMask);
  uint8_t flags = access.flags | (again ? own.flags & ByteMask : 0);
  own = access;
  own.lane = lane;
  own.flags = flags;
}

bool RaceDetector::accessGlobal(Warp &warp, const Instruction &instruction,
                                unsigned lane,
                                GlobalMemory::Allocation &allocation,
                                uintptr_t address, unsigned bytes, Kind kind,
                                bool same) {
  if (LLVM_UNLIKELY(machine.options.use != nullptr))
    noteAccess(warp, address / 4, address % 4 + bytes, kind);
  if (allocation.shadowLaunch != machine.launchNumber) {
    uint64_t words = (allocation.end - (allocation.begin & ~uintptr_t(3))) / 4;
    allocation.shadow.clear();
    allocation.shadow.resize(words / shadowPageWords + 1);
    allocation.shadowLaunch = machine.launchNumber;
  }
  uint64_t offset = address - (allocation.begin & ~uintptr_t(3));
  Stamp access = {warp.clock.now,
                  uint32_t(&instruction - machine.program.getCode().data()),
                  warp.id, uint8_t(lane), 0};
  for (uint64_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word) {
    uint8_t mask = getMask(offset, bytes, word);
    access.flags = mask | (kind.strong ? Strong : 0);
    Stamp *stamps = getStamps(allocation, word);
    bool raced = false;
    for (unsigned i = 0; i < (kind.write ? globalStamps : 1); ++i) {
      if (!conflicts(stamps[i], 0, mask, kind) ||
          isOrdered(stamps[i], warp, lane, mask, false))
        continue;
      raced = true;
      if (!same)
        return report(warp, instruction, lane, stamps[i], i == 0, kind.write,
                      "global memory");
    }
    if (!kind.write)
      recordRead(stamps + 1, access);
    else if (!raced)
      stamps[0] = access;
  }
  return true;
}

bool RaceDetector::beginAsync(Warp &warp, const Instruction &instruction,
                              unsigned lane, Block &owner, uint32_t offset,
                              unsigned bytes, Kind kind) {
  if (!accessShared(warp, instruction, lane, owner, offset, bytes, kind))
    return false;
  unsigned position = warp.id - warp.block.cluster.firstWarp;
  auto &stamps = kind.write ? owner.writers : owner.readers[position];
  for (uint64_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word)
    stamps[word].flags |= Pending;
  return true;
}

void RaceDetector::endAsync(const Instruction &instruction, unsigned position,
                            uint32_t time, unsigned lane, Block &owner,
                            uint32_t offset, unsigned bytes, Kind kind) {
  uint32_t index = &instruction - machine.program.getCode().data();
  uint32_t id = owner.cluster.firstWarp + position;
  auto end = [&](std::vector<Stamp> &stamps) {
    if (stamps.empty())
      return;
    for (uint64_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word)
      if (stamps[word].flags & Pending && stamps[word].instruction == index)
        stamps[word] = {time, index, id, uint8_t(lane),
                        uint8_t((stamps[word].flags & ByteMask) |
                                (kind.async ? Async : 0))};
  };
  if (kind.write)
    end(owner.writers);
  else
    for (std::vector<Stamp> &stamps : owner.readers)
      end(stamps);
}

//===----------------------------------------------------------------------===//
// Reads of several warps
//===----------------------------------------------------------------------===//

/// Adds `writer` to `writers`, or makes the entry of the same one later.
static void addWriter(std::vector<Stamp> &writers, const Stamp &writer) {
  for (Stamp &seen : writers)
    if (seen.warp == writer.warp && seen.lane == writer.lane &&
        (seen.flags & Async) == (writer.flags & Async)) {
      seen.clock = std::max(seen.clock, writer.clock);
      return;
    }
  writers.push_back(writer);
}

bool RaceDetector::beginRead(Warp &warp, const Instruction &instruction,
                             unsigned position, SharedRead &read) {
  Block &owner = warp.block;
  const Cluster &cluster = owner.cluster;
  size_t words = (owner.sharedSize + 3) / 4;
  owner.writers.resize(words);
  owner.readers.resize(
      std::max<size_t>(owner.readers.size(), cluster.numClocks));
  std::vector<Stamp> &readers = owner.readers[position];
  readers.resize(words);
  Stamp stamp = {warp.clock.now,
                 uint32_t(&instruction - machine.program.getCode().data()),
                 warp.id, 0, uint8_t(ByteMask | Async | Pending)};
  // Neighbours mostly have one writer.
  Stamp last;
  for (uint32_t chunk : read.chunks)
    for (uint32_t word = chunk / 4; word != chunk / 4 + chunkWords; ++word) {
      const Stamp &writer = owner.writers[word];
      readers[word] = stamp;
      if (writer.clock == last.clock && writer.warp == last.warp &&
          writer.lane == last.lane && writer.flags == last.flags)
        continue;
      last = writer;
      if (conflicts(writer, cluster.startTime, ByteMask, {}))
        addWriter(read.writers, writer);
    }
  return joinRead(warp, instruction, read);
}

bool RaceDetector::joinRead(Warp &warp, const Instruction &instruction,
                            const SharedRead &read) {
  auto races = [&](const Stamp &writer) {
    // All lanes issue the work: what one of them wrote it wrote before.
    bool isOwn = writer.warp == warp.id && writer.lane < warpSize;
    return !isOrdered(writer, warp, isOwn ? writer.lane : 0, ByteMask,
                      !(writer.flags & Async));
  };
  if (llvm::none_of(read.writers, races))
    return true;
  for (uint32_t chunk : read.chunks)
    for (uint32_t word = chunk / 4; word != chunk / 4 + chunkWords; ++word) {
      const Stamp &writer = warp.block.writers[word];
      if (conflicts(writer, warp.block.cluster.startTime, ByteMask, {}) &&
          races(writer))
        return report(warp, instruction, 0, writer, true, false,
                      "shared address " + llvm::Twine(word * 4));
    }
  return true;
}

void RaceDetector::endRead(const Instruction &instruction, Block &owner,
                           unsigned position, uint32_t time,
                           const SharedRead &read) {
  uint32_t index = &instruction - machine.program.getCode().data();
  std::vector<Stamp> &readers = owner.readers[position];
  Stamp stamp = {time, index, owner.cluster.firstWarp + position, 0,
                 uint8_t(ByteMask | Async)};
  for (uint32_t chunk : read.chunks)
    for (uint32_t word = chunk / 4; word != chunk / 4 + chunkWords; ++word)
      if (readers[word].flags & Pending && readers[word].instruction == index)
        readers[word] = stamp;
}
