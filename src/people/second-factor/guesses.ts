/** So many wrong codes in a row delay nobody: people mistype. */
const free = 5
const [firstMs, longestMs] = [30_000, 3_600_000] as const

/**
 * How long the next code waits after so many wrong ones since the last right one, from wherever they came: 11 in the
 * first hour, then one an hour, 34 in a day. Of a million codes three count at a time, so a day of guessing succeeds
 * once in ten thousand. Nobody is locked out: recovery codes do not wait, and sessions that have shown the second factor
 * do not meet it.
 */
export const delayAfter = (guesses: number): number =>
  guesses < free ? 0 : Math.min(firstMs * 2 ** Math.min(guesses - free, 20), longestMs)

/** Then somebody may know the password and nothing else: its owner is told, once. */
export const isAlarming = (guesses: number): boolean => guesses === free
