/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The memory of x86 (TSO), for the models beside this file. Each thread's plain stores wait in a queue of its own until
 * Drain() takes them, oldest first, to memory at any time; it alone sees them before. Locked instructions, and park and
 * unpark, which are system calls, go on once the thread's queue is empty. A queue that is too short is an error here,
 * so nothing is missed for want of room.
 *
 * Expects WORDS, THREADS, and `me` in each process; TOUCH(w), if wanted, is asserted at each access.
 */
#define DEPTH 3
#ifndef TOUCH
#define TOUCH(w) true
#endif

byte memory[WORDS];
typedef Queue {
  byte used;
  byte word[DEPTH];
  byte value[DEPTH]
}
Queue queue[THREADS];
byte asleep_on[THREADS]; /* 1 + the word that it is parked on; 0: awake */

#define drained (queue[me].used == 0)

inline load(result, w) {
  d_step {
    assert(TOUCH(w));
    result = memory[w];
    if :: queue[me].used > 0 && queue[me].word[0] == w -> result = queue[me].value[0] :: else fi;
    if :: queue[me].used > 1 && queue[me].word[1] == w -> result = queue[me].value[1] :: else fi;
    if :: queue[me].used > 2 && queue[me].word[2] == w -> result = queue[me].value[2] :: else fi
  }
}

inline store(w, v) {
  d_step {
    assert(TOUCH(w) && queue[me].used < DEPTH);
    queue[me].word[queue[me].used] = w;
    queue[me].value[queue[me].used] = v;
    queue[me].used++
  }
}

/* Locked instructions; `result` is what was there before. */
inline exchange(w, v) { d_step { drained -> assert(TOUCH(w)); memory[w] = v } }
inline fetch_add(result, w, n) {
  d_step { drained -> assert(TOUCH(w)); result = memory[w]; memory[w] = memory[w] + n }
}
inline fetch_sub(result, w, n) {
  d_step { drained -> assert(TOUCH(w) && memory[w] >= n); result = memory[w]; memory[w] = memory[w] - n }
}
inline fetch_or(result, w, bits) {
  d_step { drained -> assert(TOUCH(w)); result = memory[w]; memory[w] = memory[w] | bits }
}
inline fetch_and(result, w, bits) {
  d_step { drained -> assert(TOUCH(w)); result = memory[w]; memory[w] = memory[w] & (bits) }
}
/* `seen` becomes what was there; the exchange took place if that equals `old`. */
inline compare_exchange(seen, w, old, new) {
  d_step {
    drained -> assert(TOUCH(w));
    seen = memory[w];
    if :: seen == old -> memory[w] = new :: else fi
  }
}

/* Sleeps only if the word still has this value. Nobody wakes without a reason: a lost wake-up is a deadlock. */
inline park(w, v) {
  atomic {
    drained;
    if
    :: memory[w] == v -> asleep_on[me] = w + 1
    :: else
    fi
  }
  asleep_on[me] == 0
}
inline unpark(w) {
  d_step {
    drained ->
    for (woken : 0 .. THREADS - 1) {
      if :: asleep_on[woken] == w + 1 -> asleep_on[woken] = 0 :: else fi
    }
    woken = 0
  }
}

/* One for each thread: `run Drain(0)` and so on. */
proctype Drain(byte me) {
end:
  do
  :: d_step {
       queue[me].used > 0 ->
       assert(TOUCH(queue[me].word[0]));
       memory[queue[me].word[0]] = queue[me].value[0];
       queue[me].word[0] = queue[me].word[1];
       queue[me].value[0] = queue[me].value[1];
       queue[me].word[1] = queue[me].word[2];
       queue[me].value[1] = queue[me].value[2];
       queue[me].word[2] = 0;
       queue[me].value[2] = 0;
       queue[me].used--
     }
  od
}
