/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Cancel against close and submit: slot.h, domain.cc (count_in, publish, cancel, begin_close, end_close), work_on() and
 * drop_all() of retire.cc, memmap_domain_close() of src/memmap/api.cc. A domain with one job of one unit on its list; a
 * submit of another job, a cancel, a close after which its storage is gone and the next domain moves into its slot, and
 * a worker whose runs may fail. Each of the three calls may come too late: CLOSED.
 *
 * Claimed: what was accepted is retired once, run or dropped, before cancel or close returns; nothing is run after
 * cancel; nobody touches a closed domain; an old generation does not reach the next domain; all calls end. That a wait
 * for `open` ends, once that is 0, is the claim of flush_retire.pml: here it is one step.
 */
#define THREADS 4 /* closer 0, worker 1, submitter 2, canceller 3; WITHOUT one of the last three */
#ifndef WITHOUT
#define WITHOUT 0
#endif
#define SCANS 2 /* the worker looks that often: if for ever, it would hide a deadlock of the others */

#define WORD 0 /* the slot's: generation * 16, CLOSED_TO_PINS, pins */
#define DOMAIN 1
#define DRAINED 2
#define USED 3
/* Of domain d, whose storage is 8 * d to 8 * d + 7. */
#define STATE (8 * d) /* flags, and ONE_JOB for each that was counted */
#define PUBLISHED (8 * d + 1)
#define JOBS (8 * d + 2) /* how many are on the list */
#define CLAIM (8 * d + 3)
#define OPEN (8 * d + 4) /* and + 5: of each job */
#define WORDS 24

#define FAILED 1
#define CANCELLED 2
#define CLOSING 4
#define FLAGS 7
#define ONE_JOB 8
#define CLOSED_TO_PINS 8
#define PINS 7
#define ANY 0

#define TOUCH(w) (!gone[(w) / 8])
bool gone[3]; /* not memory: the storage of domain 1 was given back */
#include "tso.pml"

byte ran[2], retired[2];
bool cancelled;

#define BIT(n) (1 << (n))

/* Slot::pin: `d` becomes the domain, or 0. */
inline pin(generation) {
  do
  :: load(before, WORD); /* S9 with S10 */
     if
     :: before / 16 == 0 -> break
#ifndef PIN_WHILE_CLOSING
     :: (before & CLOSED_TO_PINS) != 0 -> break
#endif
#ifndef ANY_GENERATION
     :: generation != ANY && before / 16 != generation -> break
#endif
     :: else
     fi;
     compare_exchange(seen, WORD, before, before + 1); /* S2 with S1 */
     if
     :: seen == before ->
        atomic {
          load(d, DOMAIN);
          assert(d == before / 16) /* as opened */
        }
        break
     :: else
     fi
  od;
  atomic {
    seen = 0;
    before = 0
  }
}

/* Slot::unpin. */
inline unpin() {
#ifdef PLAIN_S3
  load(before, WORD);
  store(WORD, before - 1);
#else
  fetch_sub(before, WORD, 1); /* S3 with S5 */
#endif
  d = 0;
  if
  :: (before & (CLOSED_TO_PINS | PINS)) == (CLOSED_TO_PINS | 1) ->
#ifndef NOT_TOLD_OF_THE_LAST_PIN
     fetch_add(before, DRAINED, 1); /* S4 with S6 */
#endif
     unpark(DRAINED)
  :: else
  fi;
  before = 0
}

/* The rest of retire(). */
inline retire(unit) {
  d_step {
    retired[unit]++;
    assert(retired[unit] == 1)
  }
  fetch_sub(before, OPEN + unit, 1) /* R2 with R2; R3 with W3 */
}

/* drop_all(): claims and retires what is on the list and nobody has. */
inline drop_all() {
  load(listed, JOBS); /* U3 with U2 */
  do
  :: listed > 0 ->
     listed--;
     fetch_or(before, CLAIM, BIT(listed));
     if
     :: (before & BIT(listed)) == 0 -> retire(listed)
     :: else
     fi
  :: else -> break
  od;
  before = 0
}

/* A claim of one unit, and work_on(). */
inline work_on(unit) {
  fetch_or(before, CLAIM, BIT(unit));
  if
  :: (before & BIT(unit)) == 0 ->
     d_step {
       assert(!cancelled);
       ran[unit]++
     }
     if
     :: retire(unit)
     :: me == 1 -> /* it fails */
        fetch_or(before, STATE, FAILED); /* F1 with U1, W8 */
        retire(unit);
        drop_all()
     fi
  :: else
  fi;
  before = 0
}

/* next_grain() while there is one, and work_on(). */
inline work_on_all() {
  load(listed, JOBS); /* U3 with U2 */
  last = listed;
  do
  :: listed > 0 ->
     load(seen, STATE);
     if
     :: seen & (FAILED | CANCELLED) -> break
     :: else
     fi;
     listed--;
     atomic {
       unit = listed;
       seen = 0
     }
     work_on(unit);
     atomic {
       listed = unit;
       unit = 0
     }
  :: else -> break
  od;
  atomic {
    listed = 0;
    seen = 0
  }
}

/* wait_published(): what was counted is on the list. */
inline wait_published() {
  load(seen, STATE);
  d_step {
    memory[PUBLISHED] == seen / ONE_JOB -> /* U4 with U5 */
    assert(TOUCH(PUBLISHED));
    seen = 0
  }
}

/* wait_over(): all jobs that were on the list, `last` of them. */
inline wait_over() {
  d_step {
    (last < 1 || memory[OPEN] == 0) && (last < 2 || memory[OPEN + 1] == 0) -> /* W3 with R3 */
    assert(TOUCH(OPEN));
    last = 0
  }
}

proctype Worker(byte me) {
  byte d, seen, before, listed, unit, last, woken, scans;
  do
  :: scans < SCANS ->
     scans++;
     pin(ANY);
     if
     :: d == 1 ->
        work_on_all();
        last = 0;
        unpin()
     :: d == 2 -> unpin()
     :: else
     fi
  :: else -> break
  od
}

proctype Closer(byte me) {
  byte d, seen, before, listed, unit, last, woken;
  pin(1);
  work_on_all(); /* flush, while it is open */
  wait_over();
  /* begin_close */
  load(seen, STATE);
  do
  :: before = seen;
#ifdef PLAIN_C2
     store(STATE, before | CLOSING);
     break
#else
     compare_exchange(seen, STATE, before, before | CLOSING); /* C2 with C3 */
     if
     :: seen == before -> break
     :: else
     fi
#endif
  od;
#ifndef CLOSE_AT_ONCE
  wait_published();
#endif
  work_on_all(); /* flush */
  wait_over();
  unpin();
  /* Slot::close */
  fetch_or(before, WORD, CLOSED_TO_PINS); /* S10 with S9 */
  do
  :: true ->
#ifndef DRAINED_AFTER_PINS
     load(seen, DRAINED); /* S6 with S4 */
#endif
     atomic {
       load(before, WORD); /* S5 with S3 */
       if
       :: (before & PINS) == 0 -> break
       :: else
       fi
     }
#ifdef DRAINED_AFTER_PINS
     load(seen, DRAINED);
#endif
#ifdef NO_WAIT_FOR_PINS
     break
#else
     park(DRAINED, seen)
#endif
  od;
  atomic {
    gone[1] = true;
    assert(retired[0] == 1 && retired[1] == memory[8] / ONE_JOB - 1);
    seen = 0;
    before = 0
  }
  fetch_and(before, USED, 0); /* end_close; S8 with S7, S11 */
  compare_exchange(before, USED, 0, 1); /* open; S7 with S8, W6 */
  load(seen, WORD);
#ifdef WORD_BEFORE_DOMAIN
  store(WORD, (seen / 16 + 1) * 16);
  store(DOMAIN, 2)
#else
  store(DOMAIN, 2);
  store(WORD, (seen / 16 + 1) * 16) /* S1 with S2, S12 */
#endif
}

proctype Submitter(byte me) {
  byte d, seen, before, listed, unit, last, woken;
  pin(1);
  if
  :: d != 0 ->
     /* count_in */
     load(seen, STATE);
     do
     :: (seen & FLAGS) != 0 -> goto refused
     :: else ->
        before = seen;
#ifdef PLAIN_U1
        store(STATE, before + ONE_JOB);
        break;
#else
        compare_exchange(seen, STATE, before, before + ONE_JOB); /* U1 with F1, C1 */
        if
        :: seen == before -> break
        :: else
        fi
#endif
     od;
     /* publish */
     store(OPEN + 1, 1);
     fetch_add(before, JOBS, 1);      /* U2 with U3 */
     fetch_add(before, PUBLISHED, 1); /* U5 with U4 */
#ifdef FLAGS_ONCE
     seen = 0;
#else
     load(seen, STATE); /* W8 with F1, C1 */
#endif
     if
     :: seen & (FAILED | CANCELLED) -> drop_all()
     :: else -> /* left to the worker, or done at once; both look for a stop */
        if
        :: true
        :: work_on_all()
        fi
     fi;
refused:
     atomic {
       seen = 0;
       last = 0;
       before = 0
     }
     unpin()
  :: else
  fi
}

proctype Canceller(byte me) {
  byte d, seen, before, listed, last, woken;
  pin(1);
  if
  :: d != 0 ->
#ifdef PLAIN_C1
     load(before, STATE);
     store(STATE, before | CANCELLED);
#else
     fetch_or(before, STATE, CANCELLED); /* C1 with U1, W8 */
#endif
#ifndef CANCEL_AT_ONCE
     wait_published();
#endif
     drop_all();
#ifndef NO_WAIT_FOR_HOLDERS
     load(last, JOBS);
     wait_over();
#endif
     d_step {
       cancelled = true;
       assert(retired[0] == 1 && retired[1] == memory[STATE] / ONE_JOB - 1)
     }
     unpin()
  :: else
  fi
}

init {
  byte d = 1, thread;
  atomic {
    memory[WORD] = 16;
    memory[DOMAIN] = 1;
    memory[USED] = 1;
    memory[STATE] = ONE_JOB;
    memory[PUBLISHED] = 1;
    memory[JOBS] = 1;
    memory[OPEN] = 1;
    run Closer(0);
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread != 0 && thread == WITHOUT
      :: else ->
         run Drain(thread);
         if
         :: thread == 1 -> run Worker(1)
         :: thread == 2 -> run Submitter(2)
         :: thread == 3 -> run Canceller(3)
         :: else
         fi
      fi
    }
  }
}
