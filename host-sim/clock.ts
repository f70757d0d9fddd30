/**
 * The one time base of a simulation: microseconds that move only when somebody charges for
 * something. Events due on the way run in the order of their time, and events of the same time in
 * the order they were asked for, so that a run depends on nothing but its seed.
 */

/** Cancels a scheduled event; does nothing when the event has run or was cancelled before. */
export type CancelEvent = () => void;

interface ScheduledEvent {
  timeUs: number;
  order: number;
  callback: (() => void) | undefined;
}

export class VirtualClock {
  /** Microseconds since the start of the simulation; may have a fraction. */
  nowUs = 0;
  /** Sorted, the next event last, because few events wait at any time and the next is popped. */
  private readonly waiting: ScheduledEvent[] = [];
  private nextOrder = 0;
  private isRunningEvent = false;

  /** Lets `durationUs` pass and runs what falls due. An event may schedule, but not advance. */
  advance(durationUs: number): void {
    if (!(durationUs >= 0)) throw new RangeError(`time cannot pass by ${durationUs} us`);
    if (this.isRunningEvent) throw new Error("an event tried to advance the clock that runs it");
    const targetUs = this.nowUs + durationUs;
    while (this.waiting.length > 0 && this.waiting[this.waiting.length - 1].timeUs <= targetUs) {
      this.runNext();
    }
    this.nowUs = targetUs;
  }

  /** Runs `callback` at `timeUs`; a time that has passed means as soon as time moves again. */
  at(timeUs: number, callback: () => void): CancelEvent {
    if (Number.isNaN(timeUs)) throw new RangeError("an event needs a time");
    const event: ScheduledEvent = {
      timeUs: Math.max(timeUs, this.nowUs),
      order: this.nextOrder++,
      callback,
    };
    this.insert(event);
    return () => this.cancel(event);
  }

  /** Runs `callback` after `delayUs`. */
  after(delayUs: number, callback: () => void): CancelEvent {
    return this.at(this.nowUs + delayUs, callback);
  }

  /** Time of the next event, or undefined when none waits. */
  nextEventUs(): number | undefined {
    return this.waiting.length === 0 ? undefined : this.waiting[this.waiting.length - 1].timeUs;
  }

  private insert(event: ScheduledEvent): void {
    let place = this.waiting.length;
    while (place > 0 && isDueBefore(this.waiting[place - 1], event)) place--;
    this.waiting.splice(place, 0, event);
  }

  private cancel(event: ScheduledEvent): void {
    if (event.callback === undefined) return;
    event.callback = undefined;
    this.waiting.splice(this.waiting.indexOf(event), 1);
  }

  private runNext(): void {
    const event = this.waiting.pop()!;
    const callback = event.callback!;
    event.callback = undefined;
    this.nowUs = event.timeUs;
    this.isRunningEvent = true;
    try {
      callback();
    } finally {
      this.isRunningEvent = false;
    }
  }
}

function isDueBefore(waiting: ScheduledEvent, added: ScheduledEvent): boolean {
  if (waiting.timeUs !== added.timeUs) return waiting.timeUs < added.timeUs;
  return waiting.order < added.order;
}
