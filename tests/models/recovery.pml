// SPDX-License-Identifier: MIT
/* A device that loses its worker (src/execution/recovery.cpp, trial.cpp, supervisor.cpp, src/isolation/worker_link.cpp):
   clients that hand commands over and wait, workers one after another, and the supervisor. The second queue is made at
   any moment, also during a recovery. Choices of the search: which command of the first queue is faulty, whether each
   queue's commands give the same when they run again, and misfortunes: a worker that is killed, a new one that dies at
   its canary, a reset. The device is a GPU: it runs one command of each queue at a time, a fault stops all of it and
   does not say whose it was, and the worker tells late how far it came.

   Checked in every state: no two workers drive the device; what runs twice may; every command has one outcome; what is
   blamed is the faulty one; what is innocent and may run again succeeds; the generation grows by one with each
   replacement, and there are no more of those than the misfortunes and the faulty command explain. A waiter that is
   never answered is a deadlock, which the search reports, since no step is possible that changes nothing.

   Mutations, of which the search must find each: QUEUE_DOES_NOT_WAIT, NO_SILENCE, REPEATS_ALL, BLAMES_ALL,
   OTHERS_RUN_MEANWHILE (during a trial). */
#define QUEUES 2
#define COMMANDS 2
#define WORKERS 7
#ifndef MISFORTUNES
#define MISFORTUNES 2 /* from outside */
#endif
#define at(w, q) ((w) * QUEUES + (q))
#define nth(q, n) ((q) * COMMANDS + (n) - 1)

/* What a queue shares with one worker: memory is fresh for each, so a late one writes where nobody reads. */
byte pushed[16], started[16], finished[16], completed[16];
bool killed[8], ended[8], faulted[8];
byte driver = 0;     /* the worker that has begun something and is not at its end */

byte current = 1, generation = 1, replacements = 0;
bool is_replacing = false, is_recovering = false;
bool is_open[QUEUES], is_known[QUEUES]; /* to the link; to the supervisor */

bool suspended[QUEUES];
byte handed[QUEUES], line[QUEUES], allowed[QUEUES];
byte fail_until[QUEUES];  /* verdicts */
bool skips[QUEUES];       /* behind a failed command */
byte runs[4], outcome[4]; /* 0 none, 1 done, 2 failed */

byte trial_until[QUEUES]; /* 0: not on trial */
bool trial = false;

byte bad;                 /* the command of queue 0 that is faulty; 0: none */
bool repeatable[QUEUES];
bool is_reset = false;
byte misfortunes = 0;     /* so far, of those that come from outside */
byte at_rest = 0;         /* clients that are answered */

inline end_command(q, n, what) {
  assert(outcome[nth(q, n)] == 0);
  outcome[nth(q, n)] = what
}

inline set_page(w, q) { /* nothing is under way */
  pushed[at(w, q)] = line[q]; started[at(w, q)] = line[q];
  finished[at(w, q)] = line[q]; completed[at(w, q)] = line[q]
}

/* The next command of the queue fails without the device once all before it is done. */
#define fails_next(q) (handed[q] == line[q] && (line[q] < fail_until[q] || skips[q]))

proctype client(byte q) {
  if
  :: q == 0 -> skip /* it was there before */
  :: else ->
    atomic { !is_replacing -> pushed[at(current, q)] = 0; is_open[q] = true }
#ifdef QUEUE_DOES_NOT_WAIT
    is_known[q] = true;
#else
    atomic {
      !is_recovering ->
      is_known[q] = true;
      if
      :: trial -> allowed[q] = 0
      :: else
      fi
    }
#endif
  fi;
  do
  :: atomic { line[q] == COMMANDS -> at_rest++; break }
  :: atomic { !suspended[q] && line[q] < COMMANDS && fails_next(q) ->
      end_command(q, line[q] + 1, 2);
      line[q]++; handed[q]++; skips[q] = true;
      set_page(current, q) /* a marker passes through the worker */ }
  :: atomic { !suspended[q] && handed[q] < COMMANDS && handed[q] < allowed[q] && !fails_next(q) &&
              handed[q] >= fail_until[q] && !skips[q] ->
      handed[q]++;
      pushed[at(current, q)] = handed[q] }
  :: atomic { !suspended[q] && completed[at(current, q)] > line[q] && line[q] < handed[q] ->
      end_command(q, line[q] + 1, 1);
      line[q]++ }
  od
}

proctype worker(byte me) {
  byte q;
  do
  :: atomic { killed[me] ->
      if
      :: driver == me -> driver = 0
      :: else
      fi;
      ended[me] = true; break }
  :: atomic { !faulted[me] && pushed[at(me, 0)] > started[at(me, 0)] && started[at(me, 0)] == finished[at(me, 0)] ->
      q = 0; goto begins }
  :: atomic { !faulted[me] && pushed[at(me, 1)] > started[at(me, 1)] && started[at(me, 1)] == finished[at(me, 1)] ->
      q = 1; goto begins }
  :: atomic { !faulted[me] && started[at(me, 0)] > finished[at(me, 0)] ->
      if
      :: started[at(me, 0)] == bad -> faulted[me] = true
      :: else -> finished[at(me, 0)]++
      fi }
  :: atomic { !faulted[me] && started[at(me, 1)] > finished[at(me, 1)] -> finished[at(me, 1)]++ }
  :: atomic { finished[at(me, 0)] > completed[at(me, 0)] -> completed[at(me, 0)] = finished[at(me, 0)] }
  :: atomic { finished[at(me, 1)] > completed[at(me, 1)] -> completed[at(me, 1)] = finished[at(me, 1)] }
  :: false ->
begins:
    atomic {
      assert(driver == 0 || driver == me);
      driver = me;
      started[at(me, q)]++;
      assert(runs[nth(q, started[at(me, q)])] == 0 || repeatable[q]);
      runs[nth(q, started[at(me, q)])] = 1;
      q = 0
    }
  od
}

/* Somebody kills the worker, or asks for a reset. */
proctype outside() {
  do
  :: atomic { misfortunes < MISFORTUNES && at_rest < QUEUES -> misfortunes++; killed[current] = true }
  :: atomic { misfortunes < MISFORTUNES && at_rest < QUEUES -> misfortunes++; is_reset = true }
  :: break
  od
}

/* Commands that were begun by the worker that ended and are not known to be done. */
#define begun(q) (started[at(current, q)] - line[q])

inline judge(q) {
  if
  :: begun(q) == 0 -> skip
  :: else ->
    if
    :: is_fault && candidates == 1 ->
      assert(q == 0 && line[q] + 1 == bad); /* blamed */
      fail_until[q] = line[q] + 1
#ifdef BLAMES_ALL
    :: is_fault && candidates > 1 -> fail_until[q] = line[q] + 1
#endif
#ifdef REPEATS_ALL
    :: !(is_fault && candidates == 1) ->
#else
    :: !(is_fault && candidates == 1) && !repeatable[q] -> fail_until[q] = started[at(current, q)]
    :: !(is_fault && candidates == 1) && repeatable[q] ->
#endif
      if
      :: is_fault -> trial_until[q] = started[at(current, q)]; begins_trial = true
      :: else
      fi
    fi
  fi
}

inline renew(q) { /* for the worker `next` */
  if
  :: is_open[q] ->
    if
    :: ended[current] -> pushed[at(current, q)] = 0; started[at(current, q)] = 0; finished[at(current, q)] = 0;
      completed[at(current, q)] = 0
    :: else
    fi;
    set_page(next, q)
  :: else
  fi
}

inline resume(q) {
  if
  :: suspended[q] ->
    handed[q] = line[q];
    allowed[q] = (trial -> line[q] : COMMANDS);
    suspended[q] = false
  :: else
  fi
}

inline inspect(q) { /* what was reached completes */
  do
  :: suspended[q] && completed[at(current, q)] > line[q] -> end_command(q, line[q] + 1, 1); line[q]++
  :: else -> break
  od
}

proctype supervisor() {
  byte candidates, next = 1, waits_for;
  bool is_fault, begins_trial;
  do
  :: atomic { at_rest == QUEUES -> break }
  :: atomic { at_rest < QUEUES && (faulted[current] || ended[current] || is_reset) ->
      is_recovering = true;
      is_fault = faulted[current] }
    atomic { suspended[0] = is_known[0]; suspended[1] = is_known[1] }
    is_replacing = true;
    atomic {
      if
      :: is_fault || ended[current] -> skip
      :: else -> is_reset = false; trial = false; trial_until[0] = 0; trial_until[1] = 0
      fi;
      killed[current] = true }
#ifndef NO_SILENCE
    ended[current];
#endif
    atomic {
      inspect(0);
      inspect(1);
      candidates = 0; begins_trial = false;
      if
      :: is_fault -> candidates = (suspended[0] -> begun(0) : 0) + (suspended[1] -> begun(1) : 0)
      :: else
      fi;
      if
      :: suspended[0] -> judge(0)
      :: else
      fi;
      if
      :: suspended[1] -> judge(1)
      :: else
      fi;
      trial = trial || begins_trial
    }
bring_in:
    atomic {
      next++;
      assert(next <= WORKERS);
      renew(0);
      renew(1);
      run worker(next)
    }
    if /* the canary */
    :: atomic { misfortunes < MISFORTUNES -> misfortunes++; killed[next] = true }
      ended[next];
      goto bring_in
    :: skip
    fi;
    atomic {
      current = next;
      is_replacing = false;
      generation++;
      replacements++;
      assert(generation == replacements + 1)
    }
    atomic { resume(0); resume(1); is_recovering = false }
  /* A trial: one command at a time, of one queue after the other. */
  :: atomic { trial && !faulted[current] && trial_until[0] > line[0] && allowed[0] != line[0] + 1 ->
      allowed[0] = line[0] + 1 }
  :: atomic { trial && !faulted[current] && trial_until[0] <= line[0] && trial_until[1] > line[1] &&
              allowed[1] != line[1] + 1 ->
      allowed[1] = line[1] + 1 }
  :: atomic { trial && trial_until[0] <= line[0] && trial_until[1] <= line[1] ->
      trial = false; trial_until[0] = 0; trial_until[1] = 0;
      allowed[0] = COMMANDS; allowed[1] = COMMANDS }
#ifdef OTHERS_RUN_MEANWHILE
  :: atomic { trial && allowed[1] != COMMANDS -> allowed[1] = COMMANDS }
#endif
  od;
  /* Every command of the innocent that may run again has succeeded; those behind the faulty one were not run. */
  assert(!repeatable[1] || (outcome[2] == 1 && outcome[3] == 1));
  assert(!repeatable[0] || bad == 1 || outcome[0] == 1);
  assert(!repeatable[0] || bad != 0 || outcome[1] == 1);
  assert(bad == 0 || outcome[nth(0, bad)] == 2);
  killed[current] = true
}

init {
  atomic {
    if
    :: bad = 0
    :: bad = 1
    :: bad = 2
    fi;
    if
    :: repeatable[0] = true
    :: repeatable[0] = false
    fi;
    if
    :: repeatable[1] = true
    :: repeatable[1] = false
    fi;
    allowed[0] = COMMANDS; allowed[1] = COMMANDS;
    is_open[0] = true; is_known[0] = true;
    run worker(1);
    run client(0);
    run client(1);
    run outside();
    run supervisor()
  }
}
