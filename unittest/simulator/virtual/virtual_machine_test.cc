// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Fibers on CPUs: who shares a CPU takes turns, who loses it moves, far memory is slower, and all of it is the seed's.
#include "simulator/virtual/virtual_machine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace memmap::virtual_time {
namespace {

// Two sockets of two CPUs; node 2 hangs off the first.
MachineModel model() {
  MachineModel machine;
  NodeModel socket;
  socket.cpus = 2;
  socket.write_gbs = 64;  // a record takes the memory 1 ns
  socket.link_gbs = 16;
  NodeModel pmem = socket;
  pmem.memory = "pmem";
  pmem.cpus = 0;
  pmem.beside = 0;
  machine.nodes = {socket, socket, pmem};
  machine.distances = {10, 20, 17, 20, 10, 27, 17, 27, 10};
  machine.core = {10, 10, 10, 10, 10, 0.5};
  return machine;
}

class Machine : public testing::Test {
 protected:
  void run() { EXPECT_EQ(machine_.world().run(), ""); }
  MachineModel model_ = model();
  VirtualMachine machine_{model_, 1};
};

TEST(Threads, OfOneCoreTakeLongerThanOfTwo) {
  MachineModel with_threads = model();
  with_threads.nodes[0].cpus = 4;
  with_threads.nodes[0].cores = 2;
  const auto took_ns = [&](uint32_t other) {
    VirtualMachine machine(with_threads, 1);
    for (const uint32_t cpu : {0u, other})
      machine.spawn("writer", cpu, [&machine] {
        for (int i = 0; i < 10; ++i) machine.write(10, 0, 100);
      });
    EXPECT_EQ(machine.world().run(), "");
    return double(machine.now_ns());
  };
  EXPECT_NEAR(took_ns(1), 10'000, 700) << "a core each";
  EXPECT_NEAR(took_ns(2), 19'000, 700) << "9 of 10 ns are the core's own";
}

TEST(Guests, WhoeverWritesStandsStillMeanwhile) {
  MachineModel one = model();
  one.nodes[0].cpus = 1;
  VirtualMachine machine(one, 1);
  uint64_t worker_ns = 0, guest_ns = 0;
  machine.spawn_worker("worker", 0, 0, 0, [&] {
    machine.write(10, 0, 1000);
    worker_ns = machine.now_ns();
  });
  machine.spawn("guest", 0, [&] {
    machine.world().sleep(2000);
    machine.write(10, 0, 100);
    guest_ns = machine.now_ns();
  });
  EXPECT_EQ(machine.world().run(), "");
  EXPECT_NEAR(double(guest_ns), 3000, 1) << "as fast as alone";
  EXPECT_NEAR(double(worker_ns), 11'000, 1) << "later by that";
}

TEST_F(Machine, AWriterAloneTakesItsTime) {
  machine_.spawn("near", 0, [&] { machine_.write(10, 0, 1000); });
  run();
  EXPECT_EQ(machine_.now_ns(), 10'000u);
  EXPECT_EQ(machine_.use(0).local_records, 1000u);
  EXPECT_EQ(machine_.use(0).busy_ns, 10'000u);
  EXPECT_EQ(machine_.use(0).cpu_ns, 10'000u);
}

TEST_F(Machine, MemoryOfAnotherSocketIsFarther) {
  machine_.spawn("far", 0, [&] { machine_.write(10, 1, 1000); });
  run();
  EXPECT_EQ(machine_.now_ns(), 15'000u) << "half as long again for once the local distance more";
  EXPECT_EQ(machine_.use(1).remote_records, 1000u);
  EXPECT_EQ(machine_.use(0).cpu_ns, 15'000u) << "the CPUs' node's time";
}

TEST_F(Machine, WhatHangsOffTheOwnSocketIsNot) {
  machine_.spawn("near", 0, [&] { machine_.write(10, 2, 1000); });
  run();
  EXPECT_EQ(machine_.now_ns(), 10'000u);
  EXPECT_EQ(machine_.use(2).local_records, 1000u);
}

TEST_F(Machine, PinnedFibersShareTheirCpuByPieces) {
  std::vector<uint64_t> ends;
  for (uint32_t worker = 0; worker < 2; ++worker)
    machine_.spawn_worker("worker", 0, worker, 0, [&] {
      for (int i = 0; i < 3; ++i) machine_.write(10, 0, 100);
      ends.push_back(machine_.now_ns());
    });
  run();
  EXPECT_EQ(ends, (std::vector<uint64_t>{5'000, 6'000}));
}

TEST_F(Machine, OthersGoToAnIdleCpuAndWaitNotWhenTheyHaveSlept) {
  std::vector<uint64_t> ends;
  for (int i = 0; i < 3; ++i)
    machine_.spawn("caller", 0, [&] {
      for (int piece = 0; piece < 2; ++piece) machine_.compute(250'000);
      ends.push_back(machine_.now_ns());
    });
  run();
  EXPECT_EQ(ends, (std::vector<uint64_t>{500'000, 500'000, 750'000})) << "two CPUs; the first piece waits for nobody";
}

TEST_F(Machine, WhoLosesItsCpuMoves) {
  machine_.take_offline(0);
  machine_.take_offline(1);
  machine_.spawn_worker("worker", 0, 0, 0, [&] {
    machine_.write(10, 0, 1000);
    EXPECT_EQ(machine_.cpu_of_current(), 2u);
  });
  run();
  EXPECT_EQ(machine_.use(0).remote_records, 1000u) << "from the other socket";
}

TEST_F(Machine, WithoutAnyCpuNobodyGoesOn) {
  for (uint32_t cpu = 0; cpu < 4; ++cpu) machine_.take_offline(cpu);
  machine_.spawn("caller", 0, [&] { machine_.compute(1); });
  EXPECT_EQ(machine_.world().run(), "no CPU is online");
}

TEST(SlowMachine, SlowCpusTakeLonger) {
  MachineModel slow = model();
  slow.slow.push_back({1, 1, 4});
  VirtualMachine machine(slow, 1);
  machine.spawn("slow", 2, [&] { machine.write(10, 1, 1000); });
  EXPECT_EQ(machine.world().run(), "");
  EXPECT_EQ(machine.now_ns(), 40'000u);
}

TEST_F(Machine, GatesAndLocks) {
  Gate gate(machine_);
  QueuedLock lock(machine_);
  std::string order;
  for (const char name : {'a', 'b', 'c'})
    machine_.spawn("waiter", 0, [&, name] {
      gate.wait();
      lock.lock();
      const uint64_t begin_ns = machine_.now_ns();
      machine_.world().sleep(10);
      EXPECT_EQ(machine_.now_ns(), begin_ns + 10);
      order += name;
      lock.unlock();
    });
  machine_.spawn("opener", 0, [&] {
    machine_.world().sleep(100);
    EXPECT_EQ(order, "");
    gate.open();
  });
  run();
  EXPECT_EQ(order.size(), 3u);
  EXPECT_EQ(machine_.now_ns(), 130u) << "one after the other";
  EXPECT_TRUE(gate.is_open());
}

std::string order_of(uint64_t seed) {
  const MachineModel machine_model = model();
  VirtualMachine machine(machine_model, seed);
  std::string order;
  for (char name = 'a'; name <= 'h'; ++name)
    machine.spawn("writer", uint32_t(name - 'a') % 4, [&, name] {
      for (int i = 0; i < 20; ++i) {
        machine.write(3, uint32_t(i) % 2, 100);
        order += name;
      }
    });
  EXPECT_EQ(machine.world().run(), "");
  return order + std::to_string(machine.now_ns());
}

TEST(SeededMachine, TheSameSeedIsTheSameRun) {
  EXPECT_EQ(order_of(7), order_of(7));
  EXPECT_NE(order_of(7), order_of(8));
}

TEST(ImpossibleMachine, IsRefusedByName) {
  EXPECT_TRUE(check(model()).ok());
  const auto refused = [](auto change) {
    MachineModel machine = model();
    change(machine);
    return std::string(check(machine).message());
  };
  EXPECT_EQ(refused([](MachineModel& m) { m.nodes[1].write_gbs = 0; }),
            "impossible machine: node 1 (dram) has no write bandwidth, expected write = \"46GB/s\" or the like");
  EXPECT_EQ(refused([](MachineModel& m) { m.nodes[0].link_gbs = 100; }),
            "impossible machine: node 0 (dram) has a link of 100 GB/s, expected at most its own 64 GB/s");
  EXPECT_EQ(refused([](MachineModel& m) { m.distances[1] = 9; }),
            "impossible machine: distance 9 from node 0 to node 1, expected more than 10");
  EXPECT_EQ(refused([](MachineModel& m) { m.nodes[0].cpus = m.nodes[1].cpus = 0; }),
            "impossible machine: 0 CPUs, expected 1 to 8192");
  EXPECT_EQ(refused([](MachineModel& m) {
              m.slow.push_back({1, 3, 2});
            }),
            "impossible machine: 3 slow CPUs on node 1, expected at most as many as it has");
}

}  // namespace
}  // namespace memmap::virtual_time
