// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A hypervisor's guest memory, made present by an engine that goes on living: a domain for each zone, a later one for
// memory that is hot-added. The guest may start on its first zone while the others are still prepared; an error is a
// status and no SIGBUS. With --qemu, Debian's QEMU then starts on these files, with its own preallocation asked for.
//
//   prefault [--qemu] [MIB]     (of each of the three zones)
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "memmap/memmap.hpp"
#include "memmap/prefault.h"
#include "memmap/runtime.hpp"

namespace {

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A file of guest memory, in memory and without a name, mapped; others open it by its path. Gone with the object.
class GuestFile {
 public:
  explicit GuestFile(size_t nr_bytes) : nr_bytes_(nr_bytes), file_(memfd_create("guest", MFD_CLOEXEC)) {
    if (file_ < 0 || ftruncate(file_, off_t(nr_bytes)) != 0) return;
    void* mapped = mmap(nullptr, nr_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (mapped != MAP_FAILED) memory_ = static_cast<char*>(mapped);
  }
  GuestFile(const GuestFile&) = delete;
  GuestFile& operator=(const GuestFile&) = delete;
  ~GuestFile() {
    if (memory_ != nullptr) munmap(memory_, nr_bytes_);
    close(file_);
  }
  char* memory() const { return memory_; }
  std::string path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_); }
  void cut() const { (void)!ftruncate(file_, 0); }

 private:
  const size_t nr_bytes_;
  const int file_;
  char* memory_ = nullptr;
};

// One zone: its memory, and the domain that makes it present.
class Zone {
 public:
  Zone(memmap::Runtime& runtime, const char* name, void* memory, size_t nr_bytes) : domain_(runtime.pool(), name) {
    memmap_prefault_range(&job_, memory, nr_bytes, 0);
    storage_ = runtime.alloc(memmap_range_bytes(&job_), 0);
    job_.storage = storage_.get();
    job_.storage_bytes = storage_.size();
    status_ = memmap_range_async(&job_, domain_.get());
  }
  // 0, a memmap_status or a negative errno: the first error of any of its threads.
  int wait() { return status_ != MEMMAP_OK ? status_ : domain_.flush(); }

 private:
  memmap::Memory storage_;
  memmap_range job_{};
  memmap::Domain domain_;  // closed first
  int status_ = 0;
};

std::string mib(size_t bytes) { return std::to_string(bytes >> 20) + "M"; }

// Starts the guest, stopped, with `ram` and one DIMM, and asks how much memory it has; how long that took, or -1.
double qemu_ms(const GuestFile& ram, size_t ram_bytes, const GuestFile& dimm, size_t dimm_bytes) {
  const auto backend = [](const char* id, const GuestFile& file, size_t bytes) {
    return " -object memory-backend-file,share=on,prealloc=on,id=" + std::string(id) + ",size=" + mib(bytes) +
           ",mem-path=" + file.path();
  };
  const std::string command =
      "printf 'info memory_size_summary\\nquit\\n' | qemu-system-x86_64 -S -nodefaults -display none -monitor stdio" +
      std::string(" -accel tcg -M q35,memory-backend=ram -m ") + mib(ram_bytes) + ",slots=1,maxmem=8G" +
      backend("ram", ram, ram_bytes) + backend("dimm", dimm, dimm_bytes) + " -device pc-dimm,memdev=dimm 2>&1";
  const double began = now_ms();
  FILE* qemu = popen(command.c_str(), "r");
  std::string says;
  for (int c; qemu != nullptr && (c = fgetc(qemu)) != EOF;) says += char(c);
  const bool plugged = says.find("plugged memory: " + std::to_string(dimm_bytes)) != std::string::npos;
  if (qemu != nullptr && pclose(qemu) == 0 && plugged) return now_ms() - began;
  std::fprintf(stderr, "%s\n%s\n", command.c_str(), says.c_str());
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool with_qemu = argc > 1 && std::strcmp(argv[1], "--qemu") == 0;
  const int first = with_qemu ? 2 : 1;
  const size_t zone_bytes = (argc > first ? std::strtoull(argv[first], nullptr, 10) : 32) << 20;
  memmap::Runtime runtime;  // once a process: its threads wait, parked, for the zones that come
  if (!runtime) return std::fprintf(stderr, "prefault: %s\n", runtime.error()), 1;
  if (zone_bytes == 0) return std::fprintf(stderr, "prefault: expected MIB, a number\n"), 1;
  std::array<double, 2> start_ms{};
  {
    const GuestFile ram(2 * zone_bytes), dimm(zone_bytes);
    if (with_qemu) start_ms[0] = qemu_ms(ram, 2 * zone_bytes, dimm, zone_bytes);
  }
  {
    const GuestFile serial(3 * zone_bytes);
    if (serial.memory() == nullptr) return std::perror("prefault"), 2;
    const double began = now_ms();
    for (size_t at = 0; at < 3 * zone_bytes; at += 4096) *static_cast<volatile char*>(serial.memory() + at) = 0;
    std::printf("before  one thread touches all:      usable after %6.1f ms\n", now_ms() - began);
  }
  const GuestFile ram(2 * zone_bytes), dimm(zone_bytes);
  if (ram.memory() == nullptr || dimm.memory() == nullptr) return std::perror("prefault"), 2;
  const double began = now_ms();
  Zone zone0(runtime, "zone0", ram.memory(), zone_bytes),
      zone1(runtime, "zone1", ram.memory() + zone_bytes, zone_bytes);
  int error = zone0.wait();
  std::printf("after   zone 0, a domain of its own: usable after %6.1f ms\n", now_ms() - began);
  Zone hot_added(runtime, "hot-added", dimm.memory(), zone_bytes);  // zone 1 may be under way still
  error = error != 0 ? error : zone1.wait();
  error = error != 0 ? error : hot_added.wait();
  std::printf("        all, and one hot-added:      usable after %6.1f ms; status %d\n", now_ms() - began, error);

  const GuestFile gone(zone_bytes);
  gone.cut();  // whoever stores into it now is killed by SIGBUS
  const int lost = Zone(runtime, "gone", gone.memory(), zone_bytes).wait();
  std::printf("a file that was cut: status %d, and no SIGBUS\n", lost);
  if (with_qemu) {
    start_ms[1] = qemu_ms(ram, 2 * zone_bytes, dimm, zone_bytes);
    std::printf("QEMU starts and stops: %.0f ms on empty files, %.0f ms on prepared ones\n", start_ms[0], start_ms[1]);
  }
  return error != 0 || lost != -EFAULT || start_ms[0] < 0 || start_ms[1] < 0;
}
