/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Flush against retire: src/sched/retire.cc, waiters.cc, wait_until() of domain.cc. A job of one stripe and two units,
 * in different words, each held by a finisher; the second may fail. One waits for the first unit, and with AGAIN then
 * for all; another waits for all, unless ALONE. There is one wait slot, so that it changes hands, and there is a crowd.
 *
 * Claimed: every wait ends, by an error also where the first unit's holder hangs; who waited sees what the units
 * stored, or the error.
 */
#ifdef ALONE
#define THREADS 3
#else
#define THREADS 4 /* finishers 0 and 1, waiters 2 and 3 */
#endif
#define WORDS 14

#define UNIT 0 /* and 1: what they store */
#define DONE 2 /* and 3 */
#define LEFT 4
#define OPEN 5
#define STATE 6 /* 1: failed */
#define ERROR 7
#define ANNOUNCED 8 /* 1: the slot; above: number in the crowd */
#define OCCUPIED 9
#define EVENT 10 /* of the slot */
#define CROWD_EVENT 11
#define SLOT_JOB 12 /* 0: whole jobs; 1: units of the job */
#define SLOT_UNIT 13

#define EVERYBODY 2
#define CROWD_ONE 2

#include "tso.pml"

/* Not memory. */
bool fails, hangs; /* how this execution goes: the second unit's run, the first one's holder */
bool back;         /* who waited for the first unit has returned */

inline bump(event) {
#ifndef NO_BUMP
  fetch_add(before, event, 1); /* R5 with W2 */
#endif
  unpark(event)
}

/* Waiters::wake; `unit`: EVERYBODY, or the one that was retired. */
inline wake(unit) {
  load(announced, ANNOUNCED); /* R4 with W1 */
  if
  :: announced & 1 ->
     load(job, SLOT_JOB);
     atomic {
       load(wanted, SLOT_UNIT);
       wanted = (unit == EVERYBODY || (job == 0 && over) || (job == 1 && wanted == unit))
     }
     if
     :: wanted -> bump(EVENT)
     :: else
     fi
  :: else
  fi;
#ifndef NO_CROWD
  if
  :: announced >= CROWD_ONE -> bump(CROWD_EVENT)
  :: else
  fi;
#endif
  atomic {
    announced = 0;
    job = 0;
    wanted = 0;
    before = 0
  }
}

/* work_on(), retire(); its number is that of its unit. */
proctype Finisher(byte me) {
  byte announced, job, wanted, before, over, woken;
  bool failed = (me == 1 && fails);
  if
  :: me == 0 -> !hangs || back
  :: else
  fi;
#ifdef WAITERS_FIRST
  over = 1;
  wake(me);
#endif
#ifdef DONE_FIRST
  fetch_or(before, DONE + me, 1);
#endif
  if
  :: failed ->
     compare_exchange(before, ERROR, 0, 1);
     fetch_or(before, STATE, 1) /* F1 with U1, W8 */
  :: else ->
     store(UNIT + me, 1);
     fetch_or(before, DONE + me, 1) /* R1 with W4 */
  fi;
#ifdef PLAIN_R2
  load(before, LEFT);
  store(LEFT, before - 1);
#else
  fetch_sub(before, LEFT, 1); /* R2 with R2 */
#endif
  if
  :: before == 1 ->
#ifdef PLAIN_R3
     load(before, OPEN);
     store(OPEN, before - 1);
#else
     fetch_sub(before, OPEN, 1); /* R3 with W3 */
#endif
#ifndef NOBODY_IS_TOLD_OF_THE_END
     over = (before == 1)
#endif
  :: else
  fi;
#ifndef WAITERS_FIRST
  wake(me);
#endif
#ifndef FAILS_QUIETLY
  if
  :: failed -> wake(EVERYBODY)
  :: else
  fi
#endif
}

/* What the wait is for; `found` becomes 1 where it is over. A range's wait ends with a flag too. */
inline look() {
  if
  :: kind == 0 ->
     atomic {
       load(found, OPEN); /* W3 with R3 */
       found = (found == 0)
     }
  :: else ->
     load(found, DONE); /* W4 with R1 */
     if
     :: found == 0 -> load(found, STATE) /* W8 with F1, C1 */
     :: else
     fi
  fi
}

/* wait_until(): kind 0: the job; 1: its first unit. */
inline wait(what) {
  kind = what;
  look();
  if
  :: found
  :: else ->
     compare_exchange(taken, OCCUPIED, 0, 1); /* S7 with S8, W6 */
     taken = !taken;                          /* else: the crowd */
     if
     :: taken ->
#ifdef ANNOUNCED_BEFORE_FILLED
        fetch_add(before, ANNOUNCED, 1);
#endif
        atomic {
          store(SLOT_JOB, kind);
          store(SLOT_UNIT, 0)
        }
#ifndef ANNOUNCED_BEFORE_FILLED
#ifdef PLAIN_W1
        load(before, ANNOUNCED);
        store(ANNOUNCED, before + 1);
#else
        fetch_add(before, ANNOUNCED, 1); /* W1 with R4 */
#endif
#endif
     :: else -> fetch_add(before, ANNOUNCED, CROWD_ONE)
     fi;
     do
     :: true ->
#ifndef EVENT_AFTER_LOOK
        load(event, (taken -> EVENT : CROWD_EVENT)); /* W2 with R5 */
#endif
#ifndef NO_SECOND_LOOK
        look();
        if
        :: found -> break
        :: else
        fi;
#endif
#ifdef EVENT_AFTER_LOOK
        load(event, (taken -> EVENT : CROWD_EVENT));
#endif
        park((taken -> EVENT : CROWD_EVENT), event);
#ifdef NO_SECOND_LOOK
        look();
        if
        :: found -> break
        :: else
        fi
#endif
     od;
     if
     :: taken ->
#ifdef GIVEN_BACK_FIRST
        fetch_and(before, OCCUPIED, 0);
        fetch_sub(before, ANNOUNCED, 1)
#else
        fetch_sub(before, ANNOUNCED, 1);
        fetch_and(before, OCCUPIED, 0) /* W6 with S7 */
#endif
     :: else -> fetch_sub(before, ANNOUNCED, CROWD_ONE)
     fi
  fi;
  atomic {
    found = 0;
    taken = 0;
    event = 0;
    before = 0;
    kind = 0
  }
}

/* What its caller relies on: both units, or the error. */
inline flush() {
  wait(0);
  atomic {
    load(found, STATE);
    if
    :: found -> load(found, ERROR)
    :: else ->
       load(found, UNIT);
       load(before, UNIT + 1);
       found = found & before
    fi;
    assert(found == 1);
    found = 0;
    before = 0
  }
}

/* The unit, or the error. */
inline flush_range() {
  wait(1);
  atomic {
    load(found, DONE);
    if
    :: found -> load(found, UNIT)
    :: else -> load(found, ERROR)
    fi;
    assert(found == 1);
    found = 0;
    back = true
  }
}

proctype Waiter(byte me) {
  byte kind, found, taken, event, before, woken;
  if
  :: me == 2 -> flush_range()
  :: else
  fi;
#ifndef AGAIN
  if
  :: me == 3 -> flush()
  :: else
  fi
#else
  flush()
#endif
}

init {
  byte thread;
  atomic {
    if :: fails = true; if :: hangs = true :: true fi :: true fi;
    memory[LEFT] = 2;
    memory[OPEN] = 1;
    for (thread : 0 .. THREADS - 1) {
      run Drain(thread);
      if
      :: thread < 2 -> run Finisher(thread)
      :: else -> run Waiter(thread)
      fi
    }
  }
}
