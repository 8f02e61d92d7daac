/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Park against submit: src/sched/worker.cc, pool.cc, publish() of domain.cc. One domain, two workers, two submits of a
 * unit each, then the stop. The submitter does not help: it waits until both units were run.
 *
 * Claimed: each unit is run once, by somebody who sees the job; nobody sleeps for ever.
 */
#ifndef WORKERS
#define WORKERS 2
#define UNITS 1
#endif
#define THREADS (WORKERS + 1) /* the submitter is the last */
#define WORDS (6 + UNITS + WORKERS)

#define JOBS 0 /* how many are on the list */
#define CLAIM 1
#define BUSY 2
#define NEWS 3
#define PARKED 4
#define STOPPING 5
#define BODY 6              /* what the jobs are */
#define EVENT (BODY + UNITS) /* one a worker */

#include "tso.pml"

byte ran[UNITS]; /* not memory: who checks sees it at once */

#define BIT(n) (1 << (n))

/* wake_near, wake_member: turns one parked bit off and wakes that worker. */
inline wake_one() {
  atomic {
    load(parked, PARKED); /* B2 with P1 */
    which = (parked & 1 -> 0 : 1)
  }
  do
  :: parked == 0 -> break
  :: else ->
#ifdef PLAIN_B3
     load(before, PARKED);
     store(PARKED, before & ~BIT(which));
#else
     fetch_and(before, PARKED, ~BIT(which)); /* B3 with P5 */
#endif
     if
     :: before & BIT(which) ->
#ifndef NO_BUMP
        fetch_add(before, EVENT + which, 1); /* B4 with P6 */
#endif
        unpark(EVENT + which);
        break
     :: else ->
        atomic {
          parked = before & ~BIT(which);
          which = (parked & 1 -> 0 : 1)
        }
     fi
  od;
  atomic {
    parked = 0;
    before = 0;
    which = 0
  }
}

inline announce_work() {
#ifdef NEWS_BEFORE_BUSY
  fetch_add(before, NEWS, 1);
  fetch_or(before, BUSY, 1);
#else
  fetch_or(before, BUSY, 1); /* B0 with P4, L3, L6 */
#ifdef PLAIN_B1
  load(before, NEWS);
  store(NEWS, before + 1);
#else
  fetch_add(before, NEWS, 1); /* B1 with P2, P3, P7 */
#endif
#endif
  before = 0
}

/* remainder(): what is on the list and not claimed. */
inline look() {
  load(listed, JOBS); /* U3 with U2 */
  atomic {
    load(unclaimed, CLAIM);
    unclaimed = (BIT(listed) - 1) & ~unclaimed;
    listed = 0
  }
}

inline push() {
  store(BODY + unit, 1);
  fetch_add(before, JOBS, 1) /* U2 with U3 */
}

proctype Submitter(byte me) {
  byte unit, parked, which, before, woken;
  do
  :: unit < UNITS ->
#ifdef WAKE_BEFORE_PUSH
     announce_work();
     wake_one();
     push();
#else
     push();
#ifdef WAKE_BEFORE_NEWS
     wake_one();
     announce_work();
#else
     announce_work();
     wake_one();
#endif
#endif
     unit++
  :: else -> break
  od;
  atomic { ran[0] == 1 && ran[UNITS - 1] == 1 -> unit = 0 }
  exchange(STOPPING, 1); /* X1 with X2, X3 */
  do
  :: unit < WORKERS ->
#ifndef NO_STOP_BUMP
     fetch_add(before, EVENT + unit, 1); /* B5 with P6 */
#endif
     unpark(EVENT + unit);
     unit++
  :: else -> break
  od
}

proctype Worker(byte me) {
  byte news, event, unclaimed, listed, unit, found, parked, which, before, woken;
step: /* choose(), look() */
  skip;
#ifndef EVIDENCE_LATE
  load(news, NEWS); /* P3 with B1 */
#endif
  atomic {
    load(found, BUSY);
    if
    :: found == 0 -> goto idle
    :: else -> found = 0
    fi
  }
  look();
  if
  :: unclaimed == 0 ->
     fetch_and(before, BUSY, 0); /* P4 with B0 */
#ifdef NO_LOOK_AFTER_BUSY
     goto idle;
#else
     look();
     if
     :: unclaimed == 0 -> goto idle
     :: else -> fetch_or(before, BUSY, 1)
     fi
#endif
  :: else
  fi;
  wake_one(); /* worker_step(): somebody else too, then a grain */
  unit = (unclaimed & 1 -> 0 : 1);
#ifdef PLAIN_CLAIM
  load(before, CLAIM);
  store(CLAIM, before | BIT(unit));
#else
  fetch_or(before, CLAIM, BIT(unit));
#endif
  atomic {
    if
    :: before & BIT(unit)
    :: else ->
       load(found, BODY + unit);
       assert(found == 1);
       ran[unit]++;
       assert(ran[unit] == 1)
    fi;
    before = 0;
    unit = 0;
    unclaimed = 0;
    found = 0;
    goto step
  }

idle:
  before = 0;
#ifdef EVIDENCE_LATE
  load(news, NEWS);
#endif
#ifndef EVENT_LATE
  load(event, EVENT + me); /* P6 with B4, B5 */
#endif
#ifdef PLAIN_P1
  load(before, PARKED);
  store(PARKED, before | BIT(me));
#else
  fetch_or(before, PARKED, BIT(me)); /* P1 with B2 */
#endif
#ifdef EVENT_LATE
  load(event, EVENT + me);
#endif
#ifdef NO_LOOK_FOR_NEWS
  found = news;
#else
  load(found, NEWS); /* P2 with B1 */
#endif
#ifdef NO_LOOK_FOR_STOP
  before = 0;
#else
  load(before, STOPPING); /* X2 with X1 */
#endif
  if
  :: found == news && before == 0 -> park(EVENT + me, event)
  :: else
  fi;
  fetch_and(before, PARKED, ~BIT(me)); /* P5 with B3 */
  atomic {
    load(before, STOPPING); /* X3 with X1 */
    event = 0;
    found = 0;
    news = 0;
    if
    :: before == 0 -> goto step
    :: else
    fi
  }
}

init {
  byte thread;
  atomic {
    for (thread : 0 .. THREADS - 1) {
      run Drain(thread);
      if
      :: thread < WORKERS -> run Worker(thread)
      :: else -> run Submitter(thread)
      fi
    }
  }
}
