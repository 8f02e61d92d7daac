// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Each file of docs/litmus is true: its outcome is never reached with the orders that the source has, and is reached
// where an access is weaker than the file says it must be.
#include "support/litmus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace memmap::explore {
namespace {

std::vector<std::string> files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("docs/litmus"))
    if (entry.path().extension() == ".litmus") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Litmus read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  Litmus litmus;
  const std::string wrong = parse_litmus(text.str(), &litmus);
  EXPECT_EQ(wrong, "") << path;
  return litmus;
}

class LitmusFile : public ::testing::TestWithParam<std::string> {};

TEST_P(LitmusFile, IsTrue) {
  const Litmus litmus = read(GetParam());
  EXPECT_EQ("docs/litmus/" + litmus.name + ".litmus", GetParam());
  ASSERT_EQ(litmus.result, "Never");
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak}) {
    const Outcome outcome = run_litmus(litmus, memory);
    EXPECT_TRUE(!outcome.reached && outcome.complete);
  }
  EXPECT_NE(litmus.needs, "nothing") << "a test that cannot fail";
  EXPECT_EQ(litmus.needs, weakest_orders(litmus, Memory::weak));
  EXPECT_EQ(litmus.on_x86, weakest_orders(litmus, Memory::store_buffer));
}

TEST_P(LitmusFile, LosesNoOutcomeByBreakingOff) {
  const Litmus litmus = read(GetParam());
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak})
    EXPECT_EQ(litmus_outcomes(litmus, memory, true), litmus_outcomes(litmus, memory, false));
}

INSTANTIATE_TEST_SUITE_P(All, LitmusFile, ::testing::ValuesIn(files()), [](const auto& file) {
  std::string name = std::filesystem::path(file.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

constexpr char kStoreBuffering[] = R"(C sb
(*
 * Result: Never
 * Needs: A1 seq_cst, A2 seq_cst
 *)
{ y=0; }
P0(atomic_int *x, atomic_int *y) {
  atomic_fetch_add_explicit(x, 1, memory_order_seq_cst);  // A1: why
  int r0 = atomic_load_explicit(y, memory_order_seq_cst);  // A2
}
P1(atomic_int *x, atomic_int *y) {
  atomic_fetch_or_explicit(y, 1, memory_order_seq_cst);
  int r0 = atomic_load_explicit(x, memory_order_seq_cst);
}
exists (0:r0=0 /\ 1:r0=0)
)";

std::string replaced(std::string text, const std::string& before, const std::string& after) {
  return text.replace(text.find(before), before.size(), after);
}

TEST(Litmus, ReadsWhatAFileSays) {
  Litmus litmus;
  ASSERT_EQ(parse_litmus(kStoreBuffering, &litmus), "");
  EXPECT_EQ(litmus.name, "sb");
  EXPECT_EQ(litmus.needs, "A1 seq_cst, A2 seq_cst");
  EXPECT_EQ(litmus.labels(), (std::vector<std::string>{"A1", "A2"}));
  ASSERT_EQ(litmus.threads.size(), 2u);
  EXPECT_EQ(litmus.threads[0][0].kind, LitmusAccess::kAdd);
  EXPECT_EQ(litmus.threads[1][1].strength, kSeqCst);
}

TEST(Litmus, FindsTheWeakestOrders) {
  Litmus litmus;
  ASSERT_EQ(parse_litmus(kStoreBuffering, &litmus), "");
  EXPECT_EQ(weakest_orders(litmus, Memory::weak), "A1 seq_cst, A2 seq_cst");
  EXPECT_EQ(weakest_orders(litmus, Memory::store_buffer), "A1 relaxed") << "any locked instruction empties the buffer";
  ASSERT_EQ(parse_litmus(replaced(kStoreBuffering, "exists (0:r0=0", "exists (0:r0=2"), &litmus), "");
  EXPECT_EQ(weakest_orders(litmus, Memory::weak), "nothing");
}

TEST(Litmus, ReachesWhatCanHappen) {
  Litmus litmus;
  for (const char* clause : {"exists (0:r0=1 /\\ 1:r0=0)", "exists ((0:r0=7 \\/ 0:r0=0) /\\ x=1)"}) {
    ASSERT_EQ(parse_litmus(replaced(kStoreBuffering, "exists (0:r0=0 /\\ 1:r0=0)", clause), &litmus), "");
    EXPECT_TRUE(run_litmus(litmus, Memory::interleaved).reached) << clause;
  }
}

TEST(Litmus, ACompareExchangeThatFailsChangesNothing) {
  const char* const text = R"(C cas
(*
 * Result: Never
 *)
{ x=1; one=1; two=2; }
P0(atomic_int *x, int *two) {
  int r0 = atomic_compare_exchange_strong_explicit(x, two, 7, memory_order_relaxed, memory_order_relaxed);
}
P1(atomic_int *x, int *one) {
  int r0 = atomic_compare_exchange_strong_explicit(x, one, 3, memory_order_relaxed, memory_order_relaxed);
}
exists (0:r0=1 \/ 1:r0=0 \/ x=7)
)";
  Litmus litmus;
  ASSERT_EQ(parse_litmus(text, &litmus), "");
  EXPECT_FALSE(run_litmus(litmus, Memory::weak).reached);
  ASSERT_EQ(parse_litmus(replaced(text, "x=7", "x=3"), &litmus), "");
  EXPECT_TRUE(run_litmus(litmus, Memory::weak).reached);
}

TEST(Litmus, SaysWhatIsWrongInAFile) {
  const auto wrong = [](const std::string& before, const std::string& after) {
    Litmus litmus;
    return parse_litmus(replaced(kStoreBuffering, before, after), &litmus);
  };
  EXPECT_EQ(wrong("C sb", "X86 sb"), "1: found 'X86', expected 'C'");
  EXPECT_EQ(wrong("Result", "Outcome"), "1: found no verdict, expected a line 'Result: Never'");
  EXPECT_EQ(wrong("y=0;", "y;"), "6: found ';', expected '='");
  EXPECT_EQ(wrong("seq_cst);  // A1", "strict);  // A1"), "8: found 'memory_order_strict', expected a memory order");
  EXPECT_EQ(wrong("atomic_fetch_add", "atomic_fetch_xor"),
            "8: found 'atomic_fetch_xor_explicit', expected one of the calls that litmus.h names");
  EXPECT_EQ(wrong("add_explicit(x", "add_explicit(z"), "8: found 'z', expected a parameter of this thread");
  EXPECT_EQ(wrong("0:r0=0", "2:r0=0"), "15: found '2', expected a thread");
  EXPECT_EQ(wrong("0:r0=0", "0:r1=0"), "15: found 'r1', expected a register of that thread");
  EXPECT_EQ(wrong("exists", "forall"), "15: found 'forall', expected 'exists'");
  EXPECT_EQ(wrong("1:r0=0)", "1:r0=0"), "16: found the end, expected ')'");
}

}  // namespace
}  // namespace memmap::explore
