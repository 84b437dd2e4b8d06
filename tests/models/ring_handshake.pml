// SPDX-License-Identifier: MIT
/* The words through which a queue of the service and its worker meet (src/isolation/queue_page.hpp): commands that are
   published, a worker that falls asleep, a service that waits for the last one, and a supervisor that holds the worker.
   Every access is sequentially consistent, as it is in the code. A sleep has no time limit here, so that a wake-up that
   is lost is a deadlock, which the search reports. With LOST_WAKE defined the worker looks before it announces its
   sleep: the search must find the deadlock. */
#define COMMANDS 3

byte written = 0, completed = 0, started = 0;
byte command_bell = 0, progress_bell = 0;
bool worker_sleeps = false, hold = false, stopping = false;
bool service_sleeps = false;
bool is_running = false;  /* the worker executes a command */
bool stopped = false;     /* the supervisor was told that nothing runs */

proctype service() {
  byte n = 0, seen;
  do
  :: n < COMMANDS ->
    n++;
    written = n;
    if
    :: worker_sleeps -> command_bell++
    :: else
    fi
  :: else -> break
  od;
  do
  :: completed >= COMMANDS -> break
  :: else ->
    seen = progress_bell;
    service_sleeps = true;
    if
    :: completed < COMMANDS -> progress_bell != seen /* futex_wait */
    :: else
    fi
  od;
  stopping = true;
  command_bell++
}

proctype worker() {
  byte consumed = 0, seen;
  do
  :: stopping -> break
  :: !stopping && !hold && written > consumed ->
    started = consumed + 1;
    if
    :: hold -> started = completed
    :: else ->
      assert(!stopped);
      is_running = true;
      is_running = false;
      completed = consumed + 1;
      if
      :: service_sleeps -> service_sleeps = false; progress_bell++
      :: else
      fi;
      consumed++
    fi
  :: !stopping && (hold || written == consumed) ->
#ifdef LOST_WAKE
    if
    :: (hold || written == consumed) && !stopping ->
      seen = command_bell;
      worker_sleeps = true;
      command_bell != seen
    :: else
    fi;
#else
    seen = command_bell;
    worker_sleeps = true;
    if
    :: (hold || written == consumed) && !stopping -> command_bell != seen /* futex_wait */
    :: else
    fi;
#endif
    worker_sleeps = false
  od
}

/* Holds the worker, waits until nothing runs, and lets it go on. */
proctype supervisor() {
  byte begun;
  hold = true;
  do
  :: begun = started;
    if
    :: begun <= completed -> break
    :: else
    fi
  od;
  stopped = true;
  assert(!is_running);
  stopped = false;
  hold = false;
  command_bell++
}

init {
  atomic {
    run service();
    run worker();
    run supervisor()
  }
}
